//! A batch whose items each carry a tag (Adyen's).

use conformance::door::Request;
use conformance::source::keyring;
use conformance::stage::secret_of;
use doorbell_core::Delivery;
use doorbell_core::provider::{Provider, find};
use doorbell_core::verify::{Signer, verify};
use serde_json::{Value, json};

use super::NOW;

fn adyen() -> &'static Provider {
    find("adyen", Some("payments")).unwrap()
}

/// A genuine batch of so many items.
fn batch(items: usize) -> Value {
    let item = |number| {
        json!({ "NotificationRequestItem": {
            "pspReference": format!("psp-{number}"),
            "additionalData": { "hmacSignature": "" },
            "eventCode": "AUTHORISATION",
        } })
    };
    let body = json!({ "notificationItems": (0..items).map(item).collect::<Vec<_>>() }).to_string();
    let (provider, mut head) = (adyen(), Request::post("/in", "").head(NOW));
    let keys = keyring(&provider.scheme, &[secret_of(provider)]).unwrap();
    let signed = provider.scheme.sign(&mut head, body.as_bytes(), Signer::Shared(&keys), NOW).unwrap().unwrap();
    serde_json::from_slice(&signed).unwrap()
}

/// `accept`, or the guard.
fn decided(batch: &Value) -> &'static str {
    let (provider, request) = (adyen(), Request::post("/in", batch.to_string()));
    let keys = keyring(&provider.scheme, &[secret_of(provider)]).unwrap();
    let delivery = Delivery::new(request.head(NOW), request.body);
    verify(delivery, &provider.scheme, Some(&keys), NOW).map_or_else(|refused| refused.rejection.code(), |_| "accept")
}

/// Each costs a digest, and whoever sends garbage may put as many as fit into a body.
#[test]
fn a_batch_has_a_limit_and_all_below_it_are_taken() {
    for (items, was) in [(1, "accept"), (63, "accept"), (64, "accept"), (65, "too-many-signatures")] {
        assert_eq!(decided(&batch(items)), was, "{items}");
    }
    assert_eq!(decided(&json!({ "notificationItems": [] })), "missing-signature");
}

/// One item that was changed spoils its batch.
#[test]
fn every_signed_field_of_every_item_counts() {
    for (pointer, value) in [
        ("/notificationItems/0/NotificationRequestItem/pspReference", "psp-2"),
        ("/notificationItems/1/NotificationRequestItem/eventCode", "CAPTURE"),
    ] {
        let mut batch = batch(2);
        *batch.pointer_mut(pointer).unwrap() = json!(value);
        assert_eq!(decided(&batch), "bad-signature", "{pointer}");
    }
    let mut batch = batch(2);
    batch["notificationItems"][1]["NotificationRequestItem"]["merchantReference"] = json!("added");
    assert_eq!(decided(&batch), "bad-signature");
}

/// An endpoint whose key Adyen was never given gets no tags, and its operator has to see that.
#[test]
fn the_guard_says_what_is_wrong_with_the_tag_of_one_item() {
    for (tag, was) in [
        (json!(""), "empty-signature"),
        (Value::Null, "malformed-signature"),
        (json!(1), "malformed-signature"),
        (json!("abc"), "malformed-signature"),
        (json!("AAAA"), "malformed-signature"),
        (json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), "bad-signature"),
    ] {
        let mut batch = batch(2);
        batch["notificationItems"][1]["NotificationRequestItem"]["additionalData"]["hmacSignature"] = tag.clone();
        assert_eq!(decided(&batch), was, "{tag}");
    }
    let mut batch = batch(2);
    batch["notificationItems"][1]["NotificationRequestItem"]["additionalData"] = json!({});
    assert_eq!(decided(&batch), "missing-signature");
}
