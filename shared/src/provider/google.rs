//! Google Cloud, as a sender: whatever proves itself with an OpenID Connect token of a service account.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::{Evidence, Facts, Level, Provider, Retries};
use crate::envelope::Envelope;
use crate::verify::{Expected, Jwt, Scheme};

/// An RS256 token of the account that the push subscription names. Whoever has an account gets a token for any audience,
/// so the email counts (docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions). The issuer is written both
/// ways, and clocks may differ by 300 s, as in Google's own libraries (npm google-auth-library, `oauth2client.js`). The
/// body is not covered: every fact of it is a claim of whoever holds such a token.
pub(super) static PUBSUB: Provider = Provider {
    name: "google-pubsub",
    mode: None,
    title: "Google Cloud Pub/Sub (push)",
    docs: "https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
    scheme: Scheme::Jwt(Jwt {
        issuers: &["https://accounts.google.com", "accounts.google.com"],
        key_source: Some("https://www.googleapis.com/oauth2/v3/certs"),
        audience: Expected::Configured,
        email: Expected::Configured,
    }),
    methods: super::POST,
    required: &[],
    facts: Facts { id: Borrowed(&[]), kind: Borrowed(&[]), action: Borrowed(&[]), time: None, id_is_shared: false },
    // docs.cloud.google.com/pubsub/docs/push and .../payload-unwrapping.
    envelope: Some(Envelope::PubSub),
    handshakes: &[],
    types: &[],
    // 10 MB of data (docs.cloud.google.com/pubsub/quotas), a third more as base64, and the attributes.
    max_body: Some(14 << 20),
    // The default acknowledgement deadline; a subscription may have up to 600 s (docs.cloud.google.com/pubsub/docs/push):
    // `ack_within` says so.
    deadline: Some(Duration::from_secs(10)),
    // Until the message's retention ends, by default after 7 days
    // (docs.cloud.google.com/pubsub/docs/subscription-properties), or a dead-letter topic takes it.
    retries: Retries::For(Duration::from_secs(7 * 24 * 3600)),
    evidence: Evidence { level: Level::OfficialDocs, checked: "2026-11", unsure: &[] },
};
