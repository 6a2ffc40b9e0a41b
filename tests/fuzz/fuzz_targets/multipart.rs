//! A field of a multipart body: what was put in comes out, and nothing comes out that was not in.
//!
//! Input: the boundary to the first line end, the value.
#![no_main]

use std::borrow::Cow::Borrowed;

use doorbell_core::locate::{Locate, find};
use doorbell_fuzz::{head, line};
use libfuzzer_sys::fuzz_target;

const PLACE: &[Locate] = &[Locate::Form(Borrowed("f"))];

fn read(body: &[u8]) -> Option<String> {
    let head = head("x-id", b"1", b"").expect("a head");
    find(&head, body, [PLACE]).into_iter().next().flatten().map(|(_, text)| text)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fuzz_target!(|data: &[u8]| {
    if let Some(text) = read(data).filter(|_| data.starts_with(b"--")) {
        assert!(position(data, text.as_bytes()).is_some(), "{text:?} is not in the body");
    }
    let (boundary, value) = line(data);
    let Ok(text) = std::str::from_utf8(value) else { return };
    let delimiter = [b"\r\n--", boundary].concat();
    let part = [b"\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n", value].concat();
    // A value may not hold the delimiter, nor begin with what the line before makes one of (RFC 2046, 5.1.1).
    let is_clean = position(&[&part[..], &delimiter].concat(), &delimiter) == Some(part.len());
    if !is_clean || text.is_empty() || !(1..=70).contains(&boundary.len()) || boundary.ends_with(b"\r") {
        return;
    }
    let body = [&delimiter[2..], &part[..], &delimiter, b"--\r\n"].concat();
    assert_eq!(read(&body).as_deref(), Some(text));
});
