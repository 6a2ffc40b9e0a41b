//! A record of an SQS batch (docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, "Example SQS message event").

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;

use super::Letter;
use crate::{Rejection, Timestamp};

/// There is no name of AWS's for it.
const MESSAGE: &str = "com.amazonaws.sqs.message";
/// The attribute in which the facts of an event travel beside its body.
pub(super) const FACTS: &str = "cloudevents";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
    #[serde(default)]
    attributes: System,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    #[serde(rename = "eventSourceARN")]
    queue: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct System {
    sent_timestamp: Option<String>,
    message_group_id: Option<String>,
    approximate_receive_count: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    string_value: Option<String>,
}

pub(super) fn open(record: &Bytes, plain: bool) -> Result<Letter, Rejection> {
    let Record { message_id, body, attributes, message_attributes, queue } =
        serde_json::from_slice(record).map_err(|_| Rejection::MalformedEnvelope)?;
    let mut letter = Letter {
        id: Some(message_id),
        kind: Some(MESSAGE.to_owned()),
        origin: queue,
        time: attributes.sent_timestamp.and_then(|millis| millis.parse().ok()).map(Timestamp::from_unix_millis),
        ordering_key: attributes.message_group_id,
        attempt: attributes.approximate_receive_count.and_then(|count| count.parse().ok()),
        ..Letter::default()
    };
    if let Some(facts) = message_attributes.get(FACTS) {
        let facts = facts.string_value.as_deref().ok_or(Rejection::MalformedEnvelope)?;
        letter.read_beside(facts, &body)?;
    } else if !letter.read_structured(&body)? {
        letter.body = body.into();
        if !plain {
            return Err(Rejection::MalformedEnvelope);
        }
    }
    Ok(letter)
}
