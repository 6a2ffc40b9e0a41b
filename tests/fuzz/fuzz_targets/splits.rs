//! Batches: the events of an array, each of bytes that stand in the body, are the values that a parser of the whole document finds
//! there; any other delivery is one event, as it came.
//!
//! Input: the body, which has its array at one of the places.
#![no_main]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use doorbell_core::locate::{Locate, find};
use doorbell_core::source::Source;
use doorbell_fuzz::{chain, head};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const POINTERS: [&str; 3] = ["", "/events", "/data/events"];

/// The events that a source with its array at that place makes of a body.
fn events(body: &[u8], at: Locate) -> Vec<Bytes> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let source = Source { split: Some(at), ..chain::source("splits") };
    let see = Arc::clone(&seen);
    let receiver = chain::watched(source, move |event, _| see.lock().expect("one thread").push(event.body().clone()));
    chain::ring(&receiver, head("x-id", b"1", b"").expect("a head"), body);
    std::mem::take(&mut *seen.lock().expect("one thread"))
}

/// They are sent on in no promised order.
fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(Value::to_string);
    values
}

fn check(body: &[u8], document: &[u8], at: Locate, pointer: &str) {
    let Ok(whole) = serde_json::from_slice::<Value>(document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document)) else {
        return;
    };
    let events = events(body, at);
    let Some(array) = whole.pointer(pointer).and_then(Value::as_array) else { return assert_eq!(events, [body]) };
    assert!(events.iter().all(|event| document.windows(event.len()).any(|window| window == event)));
    let joined = [b"[", &events.join(&b',')[..], b"]"].concat();
    let found = serde_json::from_slice(&joined).expect("values are JSON");
    assert_eq!(sorted(found), sorted(array.clone()), "at {pointer:?}");
}

fuzz_target!(|data: &[u8]| {
    for pointer in POINTERS {
        check(data, data, Locate::Json(pointer.into()), pointer);
        let held = [Locate::Form("events".into())];
        let [found] = find(&head("x-id", b"1", b"").expect("a head"), data, [&held]);
        if let Some((_, document)) = found {
            check(data, document.as_bytes(), Locate::FormJson("events".into(), pointer.into()), pointer);
        }
    }
});
