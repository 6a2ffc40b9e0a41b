//! A JWKS document under every scheme of tokens.
#![no_main]

use doorbell_core::provider::ALL;
use doorbell_core::verify::Scheme;
use doorbell_fuzz::ring;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for entry in ALL.iter().filter(|entry| matches!(entry.scheme, Scheme::Jwt(_))) {
        ring(&entry.scheme, data);
    }
});
