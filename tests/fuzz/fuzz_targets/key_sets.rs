//! A JWKS document under every scheme of tokens and of detached signatures.
#![no_main]

use doorbell_core::provider::ALL;
use doorbell_core::verify::Scheme;
use doorbell_fuzz::ring;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for entry in ALL.iter().filter(|entry| matches!(entry.scheme, Scheme::Jwt(_) | Scheme::Detached(_))) {
        ring(&entry.scheme, data);
    }
});
