//! What a queue wraps around an event on its way: opened after the proof, so that routes, dedupe and destinations read
//! the event and not the parcel.

mod pubsub;

use bytes::Bytes;

use crate::verify::Verified;
use crate::{Rejection, Timestamp};

/// An envelope that a provider sends, as its entry names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// A message of Google Cloud Pub/Sub, as its push subscriptions deliver it.
    PubSub,
}

/// What was inside. The one who sealed the envelope says all of it.
#[derive(Debug, Default)]
pub(crate) struct Letter {
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
    /// The CloudEvents source; `None` where the sender gave none.
    pub(crate) origin: Option<String>,
    pub(crate) time: Option<Timestamp>,
    pub(crate) content_type: Option<String>,
    /// Attributes of the event that are nobody's here and go on as they came.
    pub(crate) extensions: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) ordering_key: Option<String>,
    pub(crate) attempt: Option<u32>,
}

impl Envelope {
    /// Where an event's id comes from, in words.
    #[must_use]
    pub const fn id_in_words(self) -> &'static str {
        match self {
            Self::PubSub => "the message's ce-id, else its messageId (claimed)",
        }
    }

    /// Where an event's type comes from, in words.
    #[must_use]
    pub const fn kind_in_words(self) -> &'static str {
        match self {
            Self::PubSub => "the message's ce-type, else google.cloud.pubsub.topic.v1.messagePublished (claimed)",
        }
    }

    /// Only what is proven is opened.
    pub(crate) fn open(self, verified: &Verified) -> Result<Letter, Rejection> {
        match self {
            Self::PubSub => pubsub::open(verified.head(), verified.body()),
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
    /// Otherwise nothing changes.
    fn read_cloudevent(&mut self, attributes: &[(&str, &str)]) {
        let of = |wanted: &str| {
            let held = attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
            held.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (Some("1.0"), Some(id), Some(origin), Some(kind)) =
            (of("specversion").as_deref(), of("id"), of("source"), of("type"))
        else {
            return;
        };
        (self.id, self.origin, self.kind) = (Some(id), Some(origin), Some(kind));
        self.time = of("time").and_then(|text| Timestamp::parse_rfc3339(&text)).or(self.time);
        self.content_type = of("datacontenttype").or(self.content_type.take());
        let read = ["id", "source", "type", "time", "datacontenttype"];
        let goes_on = |name: &str| is_attribute(name) && !read.contains(&name) && !OURS.contains(&name);
        let extensions = attributes.iter().filter(|(name, _)| goes_on(name));
        self.extensions = extensions.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    }
}

/// "Attribute names MUST consist of lower-case letters or digits": `cloudevents/spec.md`.
fn is_attribute(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
