//! What a queue wraps around an event on its way: opened after the proof, so that routes, dedupe and destinations read
//! the event and not the parcel.

mod eventbridge;
mod pubsub;
mod sealed;
mod sns;
mod sqs;
mod token;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::value::RawValue;

use crate::secret::Keyring;
use crate::verify::{Verified, sealed as sealed_text};
use crate::{Rejection, Timestamp};

/// The type of a dead letter. A name of our own: what it was for its sender is what could not be read.
const DEAD_LETTER: &str = "doorbell.deadletter";

/// An envelope that a provider sends, as its entry names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// A message of Google Cloud Pub/Sub, as its push subscriptions deliver it.
    PubSub,
    /// A message of an SQS queue, as its event source mapping gives it to a function.
    Sqs {
        /// Whether a message that is no CloudEvent is an event, too.
        plain: bool,
    },
    /// A notification of an SNS topic, as its subscription gives it to a function.
    Sns,
    /// A message of an SNS topic, as its subscription posts it over HTTPS.
    SnsMessage,
    /// An event of an EventBridge bus, as a rule gives it to a function.
    EventBridge,
    /// A token that is the whole body: its claims are the event.
    Token,
    /// A token at this JSON pointer of the body: its claims are the event.
    TokenAt(&'static str),
    /// A text under this member of the body, sealed with the source's secret ([`crate::verify`] has how): the event is what
    /// it hides. A body without it is the event.
    Sealed(&'static str),
}

/// What was inside. The one who sealed the envelope says all of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
    /// The CloudEvents source; `None` where the sender gave none.
    pub(crate) origin: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) time: Option<Timestamp>,
    pub(crate) content_type: Option<String>,
    /// Attributes of the event that are nobody's here and go on as they came.
    pub(crate) extensions: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// Whether a template of ours made the body.
    pub(crate) made: bool,
    pub(crate) ordering_key: Option<String>,
    pub(crate) attempt: Option<u32>,
}

impl Envelope {
    /// Whether what it says of the event is signed; else it is a claim.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Token | Self::TokenAt(_) | Self::Sealed(_))
    }

    /// Whether it is opened with the source's secret.
    pub(crate) const fn is_sealed(self) -> bool {
        matches!(self, Self::Sealed(_))
    }

    /// What a body without a proof hides, for the handshakes that are sealed, too.
    pub(crate) fn unsealed(self, ring: &Keyring, body: &[u8]) -> Option<Vec<u8>> {
        if let Self::Sealed(member) = self { sealed_text::open(ring, body, &format!("/{member}")) } else { None }
    }

    /// Where an event's id comes from, in words.
    #[must_use]
    pub const fn id_in_words(self) -> &'static str {
        match self {
            Self::PubSub => "the message's ce-id, else its messageId (claimed)",
            Self::Sqs { .. } | Self::Sns | Self::SnsMessage => {
                "the id in the message's cloudevents, else its own (claimed)"
            }
            Self::EventBridge => "the id in the event's detail, else its own (claimed)",
            Self::Token | Self::TokenAt(_) => "a claim of the token (signed)",
            Self::Sealed(_) => "a member of the event (signed)",
        }
    }

    /// Where an event's type comes from, in words.
    #[must_use]
    pub const fn kind_in_words(self) -> &'static str {
        match self {
            Self::PubSub => "the message's ce-type, else google.cloud.pubsub.topic.v1.messagePublished (claimed)",
            Self::Sqs { .. } | Self::Sns => "the type in the message's cloudevents (claimed)",
            Self::SnsMessage => "the type in the message's cloudevents, else its Type (claimed)",
            Self::EventBridge => "the type in the event's detail, else its detail-type (claimed)",
            Self::Token | Self::TokenAt(_) => "a claim of the token (signed)",
            Self::Sealed(_) => "a member of the event (signed)",
        }
    }

    /// Only what is proven is opened.
    pub(crate) fn open(self, verified: &Verified, ring: Option<&Keyring>) -> Result<Letter, Rejection> {
        match self {
            Self::PubSub => pubsub::open(verified.head(), verified.body()),
            Self::Sqs { plain } => sqs::open(verified.body(), plain),
            Self::Sns => sns::open(verified.body()),
            Self::SnsMessage => sns::open_message(verified.body()),
            Self::EventBridge => eventbridge::open(verified.body()),
            Self::Token => token::open(verified.body()),
            Self::TokenAt(pointer) => token::open_at(verified.body(), pointer),
            Self::Sealed(member) => sealed::open(ring, verified.body(), member),
        }
    }

    /// What is proven and refused for good, for the dead letters: whole, since nobody can say which part of it counts.
    pub(crate) fn unopened(self, verified: &Verified, reason: Rejection) -> Letter {
        let held = |name: &str| verified.head().one_header(name).ok().flatten().map(str::to_owned);
        Letter {
            id: match self {
                Self::PubSub => held(pubsub::MESSAGE_ID),
                Self::Sqs { .. }
                | Self::Sns
                | Self::SnsMessage
                | Self::EventBridge
                | Self::Token
                | Self::TokenAt(_)
                | Self::Sealed(_) => None,
            },
            kind: Some(DEAD_LETTER.to_owned()),
            content_type: held(CONTENT_TYPE.as_str()),
            extensions: vec![("reason".to_owned(), reason.code().to_owned())],
            body: verified.body().clone(),
            ..Letter::default()
        }
    }
}

/// What a hop says anew of itself: `trust` is what this door proved, never what an attribute claims of another, and
/// `doorbellid` names the line in the log of the delivery that was handed off. `data` is the body's name, and
/// `datacontentencoding` says how it was written.
const OURS: &[&str] = &["data", "datacontentencoding", "doorbellid", "secretversion", "specversion", "trust"];

impl Letter {
    /// Takes the context attributes of a CloudEvent out of `attributes`, where it is one: those of version 1.0 with
    /// everything that it requires (github.com/cloudevents/spec, `cloudevents/spec.md`, "Required attributes").
    /// Otherwise nothing changes, and the answer is no.
    fn read_cloudevent(&mut self, attributes: &[(&str, &str)]) -> bool {
        let of = |wanted: &str| {
            let held = attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
            held.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (Some("1.0"), Some(id), Some(origin), Some(kind)) =
            (of("specversion").as_deref(), of("id"), of("source"), of("type"))
        else {
            return false;
        };
        (self.id, self.origin, self.kind) = (Some(id), Some(origin), Some(kind));
        self.action = of("action");
        self.time = of("time").and_then(|text| Timestamp::parse_rfc3339(&text)).or(self.time);
        self.content_type = of("datacontenttype").or(self.content_type.take());
        let read = ["id", "source", "type", "action", "time", "datacontenttype"];
        let goes_on = |name: &str| is_attribute(name) && !read.contains(&name) && !OURS.contains(&name);
        let extensions = attributes.iter().filter(|(name, _)| goes_on(name));
        self.extensions = extensions.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        true
    }

    /// A message whose facts stand beside its body as one JSON object, as [`crate::cloudevent::attributes_json`] writes
    /// them.
    fn read_beside(&mut self, facts: &str, body: &str) -> Result<(), Rejection> {
        let object: BTreeMap<String, String> = serde_json::from_str(facts).map_err(|_| Rejection::MalformedEnvelope)?;
        let attributes: Vec<(&str, &str)> =
            object.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.body = match object.get("datacontentencoding").map(String::as_str) {
            Some("base64") if body == "=" => Bytes::new(),
            Some("base64") => STANDARD.decode(body).map_err(|_| Rejection::MalformedEnvelope)?.into(),
            _ => Bytes::copy_from_slice(body.as_bytes()),
        };
        if self.read_cloudevent(&attributes) { Ok(()) } else { Err(Rejection::MalformedEnvelope) }
    }

    /// A CloudEvent in its structured form (github.com/cloudevents/spec, `cloudevents/formats/json-format.md`). The answer
    /// is no for anything that is none, and then nothing changes.
    fn read_structured(&mut self, text: &str) -> Result<bool, Rejection> {
        let Ok(object) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else { return Ok(false) };
        if !object.contains_key("specversion") {
            return Ok(false);
        }
        // A number or a truth value reads as it is written.
        let value = |raw: &RawValue| serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let texts: BTreeMap<&str, String> = object.iter().map(|(name, raw)| (name.as_str(), value(raw))).collect();
        let data = object.get("data").map(|raw| raw.get());
        let is_json = texts.get("datacontenttype").is_none_or(|declared| declared.contains("json"));
        self.body = match (texts.get("data_base64"), data) {
            (Some(base64), _) => STANDARD.decode(base64).map_err(|_| Rejection::MalformedEnvelope)?.into(),
            (None, Some(json)) if is_json => Bytes::copy_from_slice(json.as_bytes()),
            (None, Some(_)) => texts.get("data").cloned().unwrap_or_default().into(),
            (None, None) => Bytes::new(),
        };
        let attributes: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        if self.read_cloudevent(&attributes) { Ok(true) } else { Err(Rejection::MalformedEnvelope) }
    }
}

/// "Attribute names MUST consist of lower-case letters or digits": `cloudevents/spec.md`.
fn is_attribute(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
