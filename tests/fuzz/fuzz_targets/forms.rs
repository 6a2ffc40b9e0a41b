//! Facts out of forms and queries. Input: the query to the first line end, the body.
#![no_main]

use std::borrow::Cow::Borrowed;

use doorbell_core::locate::{Locate, find};
use doorbell_fuzz::{head, line};
use libfuzzer_sys::fuzz_target;

const PLACES: &[Locate] = &[
    Locate::Query(Borrowed("id")),
    Locate::Form(Borrowed("id")),
    Locate::FormJson(Borrowed("payload"), Borrowed("/id")),
    Locate::Member(Borrowed("id")),
    Locate::Json(Borrowed("/id")),
];

fuzz_target!(|data: &[u8]| {
    let (query, body) = line(data);
    let Some(head) = head("x-id", b"1", query) else { return };
    for place in PLACES {
        let [found] = find(&head, body, [std::slice::from_ref(place)]);
        assert!(found.is_none_or(|(_, text)| !text.is_empty()), "{place:?}: an empty fact");
    }
});
