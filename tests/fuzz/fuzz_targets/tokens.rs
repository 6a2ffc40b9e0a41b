//! The text of a token, and of a detached signature, under every scheme that takes some: nothing panics, nothing is accepted.
//!
//! Input: the entry's label to the first line end, the token to the second, the body.
#![no_main]

use std::sync::LazyLock;

use doorbell_core::secret::Keyring;
use doorbell_core::verify::jwt::{Algorithm, Place};
use doorbell_core::verify::{self, Scheme};
use doorbell_fuzz::{Made, NOW, delivery, filled, head, line, ring};
use libfuzzer_sys::fuzz_target;

const KEY_SET: &[u8] = include_bytes!("../seeds/keys.json");

/// A scheme under a key, the header with the token, and what stands before it there; without a header the body is the token.
struct Entry {
    scheme: Scheme,
    keys: Keyring,
    header: Option<String>,
    before: String,
}

static ENTRIES: LazyLock<Made<Entry>> = LazyLock::new(|| {
    Made::of(|entry| {
        let scheme = filled(&entry.scheme);
        let (algorithm, header, before) = match &scheme {
            Scheme::Jwt(jwt) => match &jwt.place {
                Place::Header(name, before) => (jwt.algorithm, Some(name.to_string()), *before),
                Place::Json(_) | Place::Body => (jwt.algorithm, None, None),
            },
            Scheme::Detached(detached) => (detached.algorithm, Some(detached.header.to_string()), None),
            _ => return None,
        };
        let secret = if algorithm == Algorithm::Hs256 { b"a secret that no input knows" } else { KEY_SET };
        let keys = ring(&scheme, secret).expect("the set has a key for every algorithm");
        let before = before.map(|name| format!("{name} ")).unwrap_or_default();
        Some(Entry { scheme, keys, header, before })
    })
});

fuzz_target!(|data: &[u8]| {
    let ((label, Entry { scheme, keys, header, before }), rest) = ENTRIES.chosen(data);
    let (token, body) = line(rest);
    let Some(head) = head(header.as_deref().unwrap_or("x-none"), &[before.as_bytes(), token].concat(), b"") else {
        return;
    };
    let delivery = delivery(head, if header.is_some() { body } else { token });
    assert!(verify::verify(delivery, scheme, Some(keys), NOW).is_err(), "{label}: accepted without the key");
});
