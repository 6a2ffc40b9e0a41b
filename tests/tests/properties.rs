//! What must hold for any input at all.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use bytes::Bytes;
use conformance::case::Bench;
use conformance::destination::Scripted;
use conformance::door::Request;
use conformance::source::{keyring, scheme_of, source};
use conformance::stage::secret_of;
use doorbell_core::pick;
use doorbell_core::provider::{ALL, Provider};
use doorbell_core::verify::{Part, Scheme};
use doorbell_core::{Delivery, Timestamp};
use http::{HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

/// A document with repeated keys, which a tree cannot hold.
#[derive(Clone, Debug)]
enum Node {
    Scalar(Value),
    List(Vec<Node>),
    Object(Vec<(&'static str, Node)>),
}

/// Few keys, so that pointers meet them and objects repeat them.
const KEYS: &[&str] = &["a", "b", "id", "0", "1", "", "\u{e9}\""];

fn scalar() -> impl Strategy<Value = Node> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ]
    .prop_map(Node::Scalar)
}

fn node() -> impl Strategy<Value = Node> {
    scalar().prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Node::List),
            vec((prop::sample::select(KEYS), inner), 0..6).prop_map(Node::Object),
        ]
    })
}

/// The document, with `blank` wherever JSON allows one.
fn write(node: &Node, blank: &str) -> String {
    let joined = |entries: Vec<String>| entries.join(&format!("{blank},{blank}"));
    match node {
        Node::Scalar(value) => value.to_string(),
        Node::List(items) => {
            format!("[{blank}{}{blank}]", joined(items.iter().map(|item| write(item, blank)).collect()))
        }
        Node::Object(entries) => {
            let entry =
                |(key, value): &(&str, Node)| format!("{}{blank}:{blank}{}", Value::from(*key), write(value, blank));
            format!("{{{blank}{}{blank}}}", joined(entries.iter().map(entry).collect()))
        }
    }
}

fn pointer() -> impl Strategy<Value = String> {
    vec(prop::sample::select(KEYS), 1..5).prop_map(|keys| keys.iter().map(|key| format!("/{key}")).collect())
}

/// What a tree says of that place, in `pick`'s words.
fn in_a_tree(tree: &Value, pointer: &str) -> Option<String> {
    match tree.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A source of that entry, and the headers that its scheme reads.
fn bench(provider: &'static Provider) -> (Bench, Vec<&'static str>) {
    let kept = Scripted::new(&[]);
    let keys = keyring(&scheme_of(provider), &[secret_of(provider)]).unwrap();
    let source = source(provider, "/in", Some(keys), vec![kept.target("kept")]);
    let mut headers: Vec<&str> =
        provider.scheme.evidence_header().into_iter().chain(provider.required.iter().copied()).collect();
    if let Scheme::Mac(mac) = &provider.scheme {
        headers.extend(mac.message.parts.iter().filter_map(|part| {
            let Part::Header(name) = part else { return None };
            Some(name.as_ref())
        }));
    }
    (Bench::new(source, Arc::clone(&kept), now()), headers)
}

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000)
}

/// Anything that HTTP can carry, and things that look like evidence.
fn value() -> impl Strategy<Value = HeaderValue> {
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..200),
        "(sha256=|v0=|v1,|t=1790000000,v1=)?[0-9a-fA-F+/=, .v-]{0,120}".prop_map(String::into_bytes),
        "(t=[0-9-]{0,25},?|v[012]=[0-9a-f]{64},?|v1,[A-Za-z0-9+/]{43}= ?){0,20}".prop_map(String::into_bytes),
        "[0-9]{1,30}".prop_map(String::into_bytes),
    ];
    bytes.prop_filter_map("no header value", |bytes| HeaderValue::from_bytes(bytes.trim_ascii()).ok())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn any_bytes_can_be_picked_from(document in vec(any::<u8>(), 0..300), pointers in vec(".*", 0..4)) {
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        prop_assert_eq!(pick::json(&document, &pointers).len(), pointers.len());
    }

    #[test]
    fn text_that_is_nearly_json_can_be_picked_from(document in "[\\[\\]{}:,\"a0\\\\e.\\- \\n]{0,60}", pointer in "(/[a0]?){0,4}") {
        prop_assert_eq!(pick::json(document.as_bytes(), &[&pointer]).len(), 1);
    }

    #[test]
    fn what_is_picked_is_what_a_tree_holds(
        node in node(),
        pointers in vec(pointer(), 1..6),
        blank in prop::sample::select(&["", " ", "\r\n\t"]),
    ) {
        let document = write(&node, blank);
        let tree: Value = serde_json::from_str(&document).unwrap();
        let wanted: Vec<_> = pointers.iter().map(|pointer| in_a_tree(&tree, pointer)).collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        prop_assert_eq!(pick::json(document.as_bytes(), &pointers), wanted, "{}", document);
    }

    #[test]
    fn a_document_that_breaks_off_holds_nothing(node in node(), pointer in pointer(), cut in any::<prop::sample::Index>()) {
        let document = write(&Node::Object(vec![("a", node)]), "");
        let cut = cut.index(document.len());
        prop_assert_eq!(pick::json(&document.as_bytes()[..cut], &[&pointer]), vec![None]);
    }
}

proptest! {
    #![proptest_config(config(400))]

    /// Whatever stands in the headers, the chain ends in a refusal: it neither panics nor believes.
    #[test]
    fn no_headers_make_a_proof_without_the_secret(
        values in vec(vec(value(), 0..3), 8),
        form in any::<bool>(),
        body in vec(any::<u8>(), 0..100),
    ) {
        for provider in ALL.iter().copied() {
            let (bench, names) = bench(provider);
            let mut request = Request::post("/in", Bytes::from(body.clone()));
            if form {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            }
            for (name, values) in names.into_iter().zip(&values) {
                values.iter().for_each(|value| { request.headers.append(HeaderName::from_static(name), value.clone()); });
            }
            // The gate itself, also where the head was enough for an answer.
            let scheme = scheme_of(provider);
            let keys = keyring(&scheme, &[secret_of(provider)]).unwrap();
            let delivery = Delivery::new(request.head(now()), request.body.clone());
            prop_assert!(doorbell_core::verify::verify(delivery, &scheme, Some(&keys), now()).is_err());
            let played = bench.play(request);
            prop_assert_eq!(played.heard.outcome(), "refused", "{}", provider.label());
            prop_assert!(matches!(played.heard.status, 400 | 401));
            prop_assert!(played.taken.is_none());
        }
    }
}

/// No text of such a number is exact, and two that differ must not become one id.
#[test]
fn a_number_beyond_64_bits_is_no_fact() {
    for number in ["12345678901234567890123", "12345678901234567890124", "1.5", "1e3", "-0.0"] {
        assert_eq!(pick::json(format!(r#"{{"id":{number}}}"#).as_bytes(), &["/id"]), [None], "{number}");
    }
    for number in ["18446744073709551615", "-9223372036854775808", "0"] {
        assert_eq!(pick::json(format!(r#"{{"id":{number}}}"#).as_bytes(), &["/id"]), [Some(number.to_owned())]);
    }
}
