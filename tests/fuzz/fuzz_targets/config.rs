//! The config: any text is a config or has problems, each with a place, a fact and a next step.
#![no_main]

use doorbell_core::config::{Config, Kind, Registry};
use doorbell_core::destination::Durability;
use doorbell_core::provider::ALL;
use libfuzzer_sys::fuzz_target;

const fn kind(name: &'static str) -> Kind {
    Kind {
        name,
        keys: &[],
        doc: "a kind",
        built: true,
        durability: Durability::None,
        danger: None,
        relays: false,
        largest: None,
        parks: false,
    }
}
const REGISTRY: Registry = Registry {
    destinations: &[kind("stdout")],
    stores: &[kind("memory")],
    secret_schemes: &["env", "file"],
    providers: ALL,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Config::parse(text, "doorbell.toml", &REGISTRY) {
        Ok(config) => drop(config.warnings()),
        Err(problems) => {
            assert!(!problems.all().is_empty());
            assert!(problems.all().iter().all(|problem| !problem.line("doorbell.toml").is_empty()));
        }
    }
});
