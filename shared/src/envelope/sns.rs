//! An SNS notification: as the record of an invocation (docs.aws.amazon.com/lambda/latest/dg/with-sns.html), and as it is
//! posted (docs.aws.amazon.com/sns/latest/dg/http-notification-json.html).

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;

use super::Letter;
use super::sqs::FACTS;
use crate::{Rejection, Timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sns: Notification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    #[serde(rename = "Type")]
    kind: String,
    message_id: String,
    topic_arn: String,
    message: String,
    timestamp: Option<String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    value: Option<String>,
}

/// What is no CloudEvent is an event all the same: most of what comes from topics is AWS's own.
pub(super) fn open(record: &Bytes) -> Result<Letter, Rejection> {
    let Record { sns } = serde_json::from_slice(record).map_err(|_| Rejection::MalformedEnvelope)?;
    read(sns)
}

/// The same of a message that was posted: notifications, and what SNS says of the subscription. Its attributes are not
/// signed. A captured message with another id among them would pass for another event, so the id is the signed one.
pub(super) fn open_message(message: &Bytes) -> Result<Letter, Rejection> {
    let sns: Notification = serde_json::from_slice(message).map_err(|_| Rejection::MalformedEnvelope)?;
    let signed = sns.message_attributes.contains_key(FACTS).then(|| sns.message_id.clone());
    let letter = read(sns)?;
    Ok(Letter { id: signed.or(letter.id), ..letter })
}

fn read(sns: Notification) -> Result<Letter, Rejection> {
    let mut letter = Letter {
        id: Some(sns.message_id),
        kind: Some(sns.kind),
        origin: Some(sns.topic_arn),
        time: sns.timestamp.and_then(|text| Timestamp::parse_rfc3339(&text)),
        ..Letter::default()
    };
    if let Some(facts) = sns.message_attributes.get(FACTS) {
        letter.read_beside(facts.value.as_deref().ok_or(Rejection::MalformedEnvelope)?, &sns.message)?;
    } else if !letter.read_structured(&sns.message)? {
        letter.body = sns.message.into();
    }
    Ok(letter)
}
