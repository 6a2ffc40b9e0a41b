//! What a body says, whatever its content type: JSON is what serde_json reads, a form has the fields that facts are read from,
//! text is itself, and what is found in XML is in it.
//!
//! Input: the content type to the first line end, the body.
#![no_main]

use std::sync::LazyLock;

use doorbell_core::locate::{Locate, find};
use doorbell_core::source::Source;
use doorbell_core::view::{Kind, XmlPath, XmlTree};
use doorbell_core::{Event, Receiver};
use doorbell_fuzz::{chain, head, line};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static RECEIVER: LazyLock<Receiver> = LazyLock::new(|| chain::watched(chain::source("bodies"), look));
static ELEMENTS: LazyLock<XmlPath> = LazyLock::new(|| XmlPath::parse("count(//*)").expect("an expression"));

fn look(event: &Event, _source: &Source) {
    let bare = event.body().strip_prefix(b"\xef\xbb\xbf").unwrap_or(event.body());
    let json = serde_json::from_slice::<Value>(bare).ok().filter(|value| value.is_object() || value.is_array());
    let Ok(view) = event.view() else {
        assert_eq!(json, None, "JSON is malformed");
        return;
    };
    match view.kind() {
        Kind::Json => assert_eq!(json.as_ref(), Some(view.value())),
        Kind::Form => fields(event, view.value()),
        Kind::Xml | Kind::Text => assert_eq!(view.value().as_str().map(str::as_bytes), Some(bare)),
        Kind::Binary => assert!(std::str::from_utf8(bare).is_err() && view.value().is_null()),
    }
    if let Ok(tree) = XmlTree::of(event.body()) {
        let count = tree.find(&ELEMENTS).expect("of a small document").expect("a number");
        let begun = bare.iter().filter(|byte| **byte == b'<').count();
        assert!((1..=begun).contains(&count.parse().expect("a whole number")), "{count} elements");
    }
}

fn fields(event: &Event, form: &Value) {
    let fact = |name: &str| {
        let place = [Locate::Form(name.to_owned().into())];
        let [found] = find(event.head(), event.body(), [&place]);
        found.map(|(_, text)| text)
    };
    // The fields of the object that `payload` holds are none of the body's.
    let is_payload = fact("payload").is_some_and(|text| text.trim_start().starts_with('{'));
    for (name, value) in form.as_object().expect("a form has fields").iter().filter(|_| !is_payload) {
        let first = value.get(0).unwrap_or(value).as_str();
        assert!(first.zip(fact(name)).is_none_or(|(text, fact)| text == fact), "{name:?} is read in two ways");
    }
}

fuzz_target!(|data: &[u8]| {
    let (content_type, body) = line(data);
    let Some(head) = head("content-type", content_type, b"") else { return };
    chain::ring(&RECEIVER, head, body);
});
