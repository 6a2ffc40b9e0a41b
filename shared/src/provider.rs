//! The one table of providers.
//!
//! A provider is an entry: pure data, nothing parsed at start. Those that share a scheme stand in
//! one family file; one with oddities has a file of its own. Adding one is an entry in its file, its
//! name in [`ALL`], and its case file in `tests/vectors/`.

mod aws;
mod fusionauth;
mod github;
mod gitlab;
mod google;
mod jwt;
mod shopify;
mod slack;
mod standard;
mod stripe;

use std::borrow::Cow;
use std::time::Duration;

use crate::envelope::Envelope;
use crate::handshake::Handshake;
use crate::locate::Locate;
use crate::verify::Scheme;

/// All that Doorbell knows of one provider's scheme. `(name, mode)` is unique.
#[derive(Debug)]
pub struct Provider {
    /// What users write as `provider`.
    pub name: &'static str,
    /// What users write as `mode`, where a provider has several schemes; `None`: its default.
    pub mode: Option<&'static str>,
    /// The provider's own name.
    pub title: &'static str,
    /// The provider's page on it.
    pub docs: &'static str,
    /// How deliveries are proven.
    pub scheme: Scheme,
    /// Headers besides the evidence without which it is not this provider.
    pub required: &'static [&'static str],
    /// Where the id, the type, the action and the time of the event live; inside the envelope, where there is one.
    pub facts: Facts,
    /// What it wraps around the event.
    pub envelope: Option<Envelope>,
    /// Proofs of URL ownership that it asks for.
    pub handshakes: &'static [Handshake],
    /// Its event types, where the list is known and closed; empty: unknown.
    pub types: &'static [&'static str],
    /// The largest body that it sends, in bytes, where it says so.
    pub max_body: Option<u64>,
    /// How long it waits for an answer, where it says so.
    pub deadline: Option<Duration>,
    /// What it does after a failure.
    pub retries: Retries,
    /// How the entry is known, and when it was checked.
    pub evidence: Evidence,
}

/// Where the facts of an event live; the first place that holds something counts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The event's id.
    pub id: Cow<'static, [Locate]>,
    /// The event's type, as the provider names it.
    pub kind: Cow<'static, [Locate]>,
    /// A second fact beside the type (GitHub's `opened`).
    pub action: Cow<'static, [Locate]>,
    /// When it happened.
    pub time: Option<(Locate, TimeForm)>,
}

/// How an event's own time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// Whole seconds since the Unix epoch.
    UnixSeconds,
    /// RFC 3339.
    Rfc3339,
}

/// What a sender does when it gets no 2xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// Nothing: the event is lost to it.
    Never,
    /// It tries again for about this long.
    For(Duration),
    /// Not established.
    Unknown,
}

/// How an entry is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The kind of source.
    pub level: Level,
    /// When it was looked at, `YYYY-MM`.
    pub checked: &'static str,
}

/// The kind of source behind an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The provider's own code was read.
    SourceCode,
    /// The provider's documentation was read.
    OfficialDocs,
    /// Only third parties say so.
    Secondary,
}

impl Level {
    /// The word shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceCode => "source-code",
            Self::OfficialDocs => "official-docs",
            Self::Secondary => "secondary",
        }
    }
}

/// Every provider, sorted by name, a provider's default mode first.
pub static ALL: &[&Provider] = &[
    &aws::EVENTBRIDGE_LAMBDA,
    &aws::SNS,
    &aws::SNS_LAMBDA,
    &aws::SQS,
    &aws::SQS_PLAIN,
    &google::DIALOGFLOW_CX,
    &fusionauth::FUSIONAUTH,
    &fusionauth::FUSIONAUTH_ES256,
    &fusionauth::FUSIONAUTH_RS256,
    &github::GITHUB,
    &gitlab::GITLAB,
    &gitlab::GITLAB_SIGNING_TOKEN,
    &jwt::GONG,
    &google::CHAT,
    &google::CHAT_PROJECT_NUMBER,
    &google::CLOUD_SCHEDULER,
    &google::CLOUD_TASKS,
    &google::EVENTARC,
    &google::PUBSUB,
    &jwt::LIVEKIT,
    &jwt::MESSAGEBIRD_JWT,
    &jwt::MONDAY,
    &jwt::NETLIFY,
    &jwt::PLAID,
    &shopify::SHOPIFY,
    &slack::SLACK,
    &standard::STANDARD_WEBHOOKS,
    &stripe::STRIPE,
    &jwt::QSTASH,
    &jwt::VONAGE,
    &jwt::ZOHO_DESK,
];

/// The provider of that name and mode.
#[must_use]
pub fn find(name: &str, mode: Option<&str>) -> Option<&'static Provider> {
    ALL.iter().copied().find(|provider| provider.name == name && provider.mode == mode)
}

impl Provider {
    /// `name`, or `name (mode)`.
    #[must_use]
    pub fn label(&self) -> String {
        self.mode.map_or_else(|| self.name.to_owned(), |mode| format!("{} ({mode})", self.name))
    }
}
