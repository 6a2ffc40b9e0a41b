//! A push delivery of Google Cloud Pub/Sub.
//!
//! Wrapped, the body is JSON around the message (docs.cloud.google.com/pubsub/docs/push, "Receive push messages").
//! Unwrapped and with its metadata written, the body is the data; the metadata stands in `x-goog-pubsub-*` headers, and
//! the attributes are headers of their own names (docs.cloud.google.com/pubsub/docs/payload-unwrapping). Unwrapped
//! without metadata nothing tells one message from another, so it is refused like anything else that is no message.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::Letter;
use crate::delivery::Head;
use crate::{Rejection, Timestamp};

/// What Eventarc calls the same event (docs.cloud.google.com/eventarc/docs/cloudevents).
const PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";
/// Before the name of each attribute of a CloudEvent (github.com/google/knative-gcp,
/// `docs/spec/pubsub-protocol-binding.md`), as Doorbell's own destination writes them, too.
const PREFIX: &str = "ce-";
pub(super) const MESSAGE_ID: &str = "x-goog-pubsub-message-id";

/// The body of a wrapped delivery. Both spellings of a field are sent; one that stands twice is refused by the parser.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Push {
    message: Message,
    delivery_attempt: Option<u32>,
}

#[derive(Deserialize)]
struct Message {
    /// Absent where a message has attributes only.
    data: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    #[serde(rename = "messageId")]
    id: Option<String>,
    #[serde(rename = "message_id")]
    id_in_snake_case: Option<String>,
    #[serde(rename = "publishTime")]
    published: Option<String>,
    #[serde(rename = "publish_time")]
    published_in_snake_case: Option<String>,
    #[serde(rename = "orderingKey")]
    ordering_key: Option<String>,
    #[serde(rename = "ordering_key")]
    ordering_key_in_snake_case: Option<String>,
}

pub(super) fn open(head: &Head, body: &Bytes) -> Result<Letter, Rejection> {
    if head.headers.contains_key(MESSAGE_ID) { unwrapped(head, body) } else { wrapped(body) }
}

fn wrapped(body: &Bytes) -> Result<Letter, Rejection> {
    let Push { message, delivery_attempt } = serde_json::from_slice(body).map_err(|_| Rejection::MalformedEnvelope)?;
    let data = STANDARD.decode(message.data.unwrap_or_default()).map_err(|_| Rejection::MalformedEnvelope)?;
    let attributes = message.attributes.unwrap_or_default();
    let declared = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
    let mut letter = plain(
        message.id.or(message.id_in_snake_case),
        message.published.or(message.published_in_snake_case),
        message.ordering_key.or(message.ordering_key_in_snake_case),
    );
    letter.body = data.into();
    letter.attempt = delivery_attempt;
    letter.content_type = declared.map(|(_, value)| value.clone());
    let named: Vec<(&str, &str)> =
        attributes.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value.as_str()))).collect();
    letter.read_cloudevent(&named);
    Ok(letter)
}

/// An attribute that a publisher named like one of the metadata stands beside it, and then nobody knows which is which.
fn unwrapped(head: &Head, body: &Bytes) -> Result<Letter, Rejection> {
    let one = |name: &str| head.one_header(name).map_err(|_| Rejection::MalformedEnvelope);
    let held = |name: &str| one(name).map(|text| text.map(str::to_owned));
    let mut letter = plain(held(MESSAGE_ID)?, held("x-goog-pubsub-publish-time")?, held("x-goog-pubsub-ordering-key")?);
    letter.body = body.clone();
    letter.attempt = one("x-goog-pubsub-delivery-attempt")?.and_then(|text| text.parse().ok());
    letter.content_type = held(CONTENT_TYPE.as_str())?;
    let mut named = Vec::new();
    for name in head.headers.keys() {
        if let Some(attribute) = name.as_str().strip_prefix(PREFIX) {
            named.extend(one(name.as_str())?.map(|value| (attribute, value)));
        }
    }
    letter.read_cloudevent(&named);
    Ok(letter)
}

/// The message as Pub/Sub itself describes it.
fn plain(id: Option<String>, published: Option<String>, ordering_key: Option<String>) -> Letter {
    let present = |text: Option<String>| text.filter(|text| !text.is_empty());
    Letter {
        id: present(id),
        kind: Some(PUBLISHED.to_owned()),
        time: published.and_then(|text| Timestamp::parse_rfc3339(&text)),
        ordering_key: present(ordering_key),
        ..Letter::default()
    }
}
