//! What a proven delivery means.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::Timestamp;
use crate::delivery::{DeliveryId, Head};
use crate::locate::{self, Locate};
use crate::name::SourceName;
use crate::provider::{Facts, TimeForm};
use crate::secret::SecretVersion;
use crate::verify::{Trust, Verified};

/// A fact of an event, typed by whether the proof covers it. A claimed fact may make two deliveries
/// distinct, never equal, and never decides authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The proof covers it.
    Signed(String),
    /// Whoever sent it says so.
    Claimed(String),
}

impl Fact {
    /// The text, trusted or not.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Signed(text) | Self::Claimed(text) => text,
        }
    }
}

/// A verified delivery with its meaning; the only thing that can be dispatched. Made from a
/// [`Verified`] by the receiver and nowhere else.
#[derive(Debug)]
pub struct Event {
    verified: Verified,
    source: SourceName,
    id: Option<Fact>,
    kind: Option<Fact>,
    time: Timestamp,
    action_at: std::borrow::Cow<'static, [Locate]>,
    action: OnceLock<Option<Fact>>,
    digest: OnceLock<[u8; 32]>,
}

impl Event {
    /// Reads the facts: one pass over the body if one of them lives there, none otherwise.
    pub(crate) fn of(verified: Verified, source: &SourceName, facts: &Facts) -> Self {
        let time_at = facts.time.as_ref().map_or(&[][..], |(place, _)| std::slice::from_ref(place));
        let found = locate::find(verified.head(), verified.body(), [&facts.id, &facts.kind, time_at]);
        let [id, kind, time] = found.map(|fact| fact.map(|(place, text)| (verified.covers(place), text)));
        let typed = |(signed, text)| if signed { Fact::Signed(text) } else { Fact::Claimed(text) };
        let time = time.zip(facts.time.as_ref()).and_then(|((_, text), (_, form))| match form {
            TimeForm::UnixSeconds => text.parse().ok().map(Timestamp::from_unix_seconds),
            TimeForm::Rfc3339 => Timestamp::parse_rfc3339(&text),
        });
        Self {
            source: source.clone(),
            id: id.map(typed),
            kind: kind.map(typed),
            time: time.unwrap_or(verified.head().door.received_at),
            action_at: facts.action.clone(),
            action: OnceLock::new(),
            digest: OnceLock::new(),
            verified,
        }
    }

    /// The source that took it.
    #[must_use]
    pub const fn source(&self) -> &SourceName {
        &self.source
    }
    /// The provider's id of the event.
    #[must_use]
    pub const fn id(&self) -> Option<&Fact> {
        self.id.as_ref()
    }
    /// The provider's name of the event's type.
    #[must_use]
    pub const fn kind(&self) -> Option<&Fact> {
        self.kind.as_ref()
    }
    /// The provider's action beside the type; the body is read for it when first asked.
    #[must_use]
    pub fn action(&self) -> Option<&Fact> {
        let read = || {
            let [found] = locate::find(self.head(), self.body(), [&self.action_at]);
            found
                .map(|(place, text)| if self.verified.covers(place) { Fact::Signed(text) } else { Fact::Claimed(text) })
        };
        self.action.get_or_init(read).as_ref()
    }
    /// Whether the provider has actions at all.
    #[must_use]
    pub fn may_have_action(&self) -> bool {
        !self.action_at.is_empty()
    }
    /// When it happened, as the provider says; else when it arrived.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }
    /// The body, byte for byte as it came.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        self.verified.body()
    }
    /// The request's head.
    #[must_use]
    pub fn head(&self) -> &Head {
        self.verified.head()
    }
    /// How much was proven.
    #[must_use]
    pub const fn trust(&self) -> Trust {
        self.verified.trust()
    }
    /// Which version of the secret matched.
    #[must_use]
    pub const fn secret_version(&self) -> Option<&SecretVersion> {
        self.verified.secret_version()
    }
    /// The header that held the evidence, lower case: a static token stands there in the clear.
    #[must_use]
    pub fn evidence_header(&self) -> Option<&str> {
        self.verified.evidence_header()
    }
    /// The id that the sender's reply carries.
    #[must_use]
    pub fn delivery_id(&self) -> &DeliveryId {
        &self.head().door.id
    }
    /// The body's declared media type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.head().headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }
    /// The content digest, computed when first asked.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        self.digest.get_or_init(|| self.verified.digest(self.source.as_str()))
    }
}
