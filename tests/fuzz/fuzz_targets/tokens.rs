//! The text of a token under every scheme of tokens with a shared secret: nothing panics, nothing is accepted.
//!
//! Input: one byte that chooses the entry, the token to the first line end, the body.
#![no_main]

use doorbell_core::provider::ALL;
use doorbell_core::verify::jwt::{Algorithm, Place};
use doorbell_core::verify::{self, Scheme, Tokens};
use doorbell_fuzz::{NOW, delivery, head, line, ring};
use libfuzzer_sys::fuzz_target;

const KEY_SET: &[u8] = include_bytes!("../seeds/keys.json");

fuzz_target!(|data: &[u8]| {
    let [chosen, rest @ ..] = data else { return };
    let (token, body) = line(rest);
    let entries: Vec<_> = ALL.iter().filter(|entry| matches!(entry.scheme, Scheme::Jwt(_))).collect();
    let Some(entry) = entries.get(usize::from(*chosen) % entries.len()) else { return };
    let text = |text: &str| Some(text.to_owned());
    let scheme = entry.scheme.clone().for_tokens(&Tokens {
        issuer: text("https://issuer.example"),
        audience: text("audience"),
        email: text("sender@issuer.example"),
        url: text("https://hooks.example.com/hooks"),
    });
    let Scheme::Jwt(jwt) = &scheme else { return };
    let secret = if jwt.algorithm == Algorithm::Hs256 { b"a secret that no input knows" } else { KEY_SET };
    let Some(keys) = ring(&scheme, secret) else { return };
    let (header, prefix) = match &jwt.place {
        Place::Header(name, scheme) => (name.as_ref(), scheme.map(|scheme| format!("{scheme} ")).unwrap_or_default()),
        Place::Json(_) | Place::Body => ("x-none", String::new()),
    };
    let Some(head) = head(header, &[prefix.as_bytes(), token].concat(), b"") else { return };
    let delivery = delivery(head, if matches!(jwt.place, Place::Body) { token } else { body });
    assert!(verify::verify(delivery, &scheme, Some(&keys), NOW).is_err(), "accepted without the key");
});
