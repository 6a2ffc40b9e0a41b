//! What a message says, before anything of it is believed.

use std::borrow::Cow;

use serde::Deserialize;

use crate::{Rejection, Timestamp};

/// The fields that are signed, and those that say how. A field that stands twice is refused by the parser: two readers
/// would read two things. Others are passed over, without recursion, so that depth costs nothing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message<'a> {
    #[serde(rename = "Type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subject: Option<Cow<'a, str>>,
    #[serde(rename = "SubscribeURL", borrow)]
    subscribe_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    topic_arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    signature: Option<Cow<'a, str>>,
    #[serde(borrow)]
    signature_version: Option<Cow<'a, str>>,
    #[serde(rename = "SigningCertURL", borrow)]
    signing_cert_url: Option<Cow<'a, str>>,
}

impl<'a> Message<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Rejection> {
        // The parser takes an array of the fields in their order for the object as well; whoever reads on does not.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Rejection::MalformedSignature);
        }
        serde_json::from_slice(body).map_err(|_| Rejection::MalformedSignature)
    }

    pub(super) fn signature(&self) -> Result<&str, Rejection> {
        match self.signature.as_deref() {
            None => Err(Rejection::MissingSignature),
            Some("") => Err(Rejection::EmptySignature),
            Some(text) => Ok(text),
        }
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.signature_version.as_deref()
    }

    pub(super) fn topic(&self) -> Option<&str> {
        self.topic_arn.as_deref()
    }

    pub(super) fn certificate(&self) -> Option<&str> {
        self.signing_cert_url.as_deref()
    }

    pub(super) fn time(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(self.timestamp.as_deref()?)
    }

    /// The URL to ask, where the message is about that.
    pub(super) fn asks_to_confirm(&self) -> Option<&str> {
        self.subscribe_url.as_deref().filter(|_| self.kind.as_deref() == Some("SubscriptionConfirmation"))
    }

    /// The bytes under the signature: each name and each value on a line of its own. Only the first value may have lines
    /// itself: else the border between two could be moved under the same signature.
    pub(super) fn signed(&self) -> Result<Vec<u8>, Rejection> {
        let message = ("Message", &self.message);
        let id = ("MessageId", &self.message_id);
        let (time, topic, kind) = (("Timestamp", &self.timestamp), ("TopicArn", &self.topic_arn), ("Type", &self.kind));
        let fields = match self.kind.as_deref() {
            Some("Notification") if self.subject.is_none() => vec![message, id, time, topic, kind],
            Some("Notification") => vec![message, id, ("Subject", &self.subject), time, topic, kind],
            Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") => {
                let (url, token) = (("SubscribeURL", &self.subscribe_url), ("Token", &self.token));
                vec![message, id, url, time, token, topic, kind]
            }
            _ => return Err(Rejection::MalformedSignature),
        };
        let mut signed = Vec::new();
        for (index, (name, value)) in fields.into_iter().enumerate() {
            let value = value.as_deref().filter(|text| index == 0 || !text.contains('\n'));
            for line in [name, value.ok_or(Rejection::MalformedSignature)?] {
                signed.extend_from_slice(line.as_bytes());
                signed.push(b'\n');
            }
        }
        Ok(signed)
    }
}
