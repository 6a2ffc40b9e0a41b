//! A scheme that a config describes, and a delivery under it: whatever the check lets through proves only what was signed.
//!
//! Input: the keys of `verify` to the first line end, then a delivery as `written` has it.
#![no_main]

use doorbell_core::config::{Config, Kind, Registry, VerifierConfig};
use doorbell_core::destination::Durability;
use doorbell_core::provider::ALL;
use doorbell_core::verify::verify;
use doorbell_fuzz::{NOW, any_ring, delivery, filled, line, written};
use libfuzzer_sys::fuzz_target;

const STDOUT: Kind = Kind {
    name: "stdout",
    keys: &[],
    doc: "a kind",
    built: true,
    durability: Durability::Durable,
    danger: None,
    relays: false,
    largest: None,
    parks: false,
};
const MEMORY: Kind = Kind { name: "memory", ..STDOUT };
const REGISTRY: Registry =
    Registry { destinations: &[STDOUT], stores: &[MEMORY], secret_schemes: &["env"], providers: ALL };

fuzz_target!(|data: &[u8]| {
    let (keys, rest) = line(data);
    let Ok(keys) = std::str::from_utf8(keys) else { return };
    let text = format!(
        "public_url = \"https://hooks.example.com\"\n[source.own]\nsecret = \"env://A\"\nverify = {{ {keys} }}\n\
         [destination.out]\nkind = \"stdout\"\n[[route]]\nto = [\"out\"]\n"
    );
    let Ok(config) = Config::parse(&text, "doorbell.toml", &REGISTRY) else { return };
    for source in config.sources {
        let VerifierConfig::Described(scheme) = source.verifier else { continue };
        let (scheme, Some((head, body))) = (filled(&scheme), written(rest)) else { continue };
        let keys = any_ring(&scheme).expect("one of ours is of its form");
        assert!(verify(delivery(head, body), &scheme, Some(&keys), NOW).is_err(), "accepted without the secret");
    }
});
