//! What a delivery means behind the gate: handshakes, envelopes, facts, the event that leaves. The receiver catches no panic
//! here: the fuzzer's hook ends the process before it could.
//!
//! Input: the entry's label to the first line end, then a delivery as `written` has it.
#![no_main]

use std::sync::LazyLock;

use doorbell_core::Receiver;
use doorbell_fuzz::{Made, chain, written};
use libfuzzer_sys::fuzz_target;

static RECEIVERS: LazyLock<Made<Receiver>> = LazyLock::new(|| Made::of(|entry| Some(chain::receiver(entry))));

fuzz_target!(|data: &[u8]| {
    let ((label, receiver), rest) = RECEIVERS.chosen(data);
    let Some((mut head, body)) = written(rest) else { return };
    head.path = "/hooks".to_owned();
    let status = chain::ring(receiver, head, body).status();
    assert!((200..=503).contains(&status) && status != 500, "{label}: {status}");
});
