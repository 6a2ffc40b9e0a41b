//! Every entry of the table: nothing panics, and nothing is accepted that was not signed. This has what its scheme reads before
//! the proof: canonical forms, notifications of items, messages of topics, detached signatures.
//!
//! Input: the entry's label to the first line end, then a delivery as `written` has it.
#![no_main]

use std::sync::LazyLock;

use doorbell_core::secret::Keyring;
use doorbell_core::verify::{Scheme, verify};
use doorbell_fuzz::{Made, NOW, any_ring, delivery, filled, written};
use libfuzzer_sys::fuzz_target;

/// The schemes that need a key, each under one.
static SCHEMES: LazyLock<Made<(Scheme, Keyring)>> = LazyLock::new(|| {
    Made::of(|entry| {
        let scheme = filled(&entry.scheme);
        let keys = || any_ring(&scheme).unwrap_or_else(|| panic!("{}: no key of ours is of its form", entry.label()));
        scheme.needs_keys().then(keys).map(|keys| (scheme.clone(), keys))
    })
});

fuzz_target!(|data: &[u8]| {
    let ((label, (scheme, keys)), rest) = SCHEMES.chosen(data);
    let Some((head, body)) = written(rest) else { return };
    assert!(verify(delivery(head, body), scheme, Some(keys), NOW).is_err(), "{label}: accepted without the secret");
});
