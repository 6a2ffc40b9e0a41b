//! Public keys and certificates: PEM, hex, base64, under every scheme that takes some.
#![no_main]

use doorbell_core::provider::ALL;
use doorbell_core::verify::Scheme;
use doorbell_fuzz::{TOPIC, ring};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for entry in
        ALL.iter().filter(|entry| matches!(entry.scheme, Scheme::Signature(_) | Scheme::Sns(_) | Scheme::Chained(_)))
    {
        ring(&entry.scheme.clone().for_topic(TOPIC), data);
    }
});
