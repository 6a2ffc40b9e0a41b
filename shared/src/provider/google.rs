//! Google Cloud and Google Workspace, as senders: whatever proves itself with a token of a service account.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, NO_FACTS, known};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::envelope::Envelope;
use crate::locate::at;
use crate::verify::jwt::{Algorithm, Audience, Issuer, Life, Place, Published};
use crate::verify::{Expected, Jwt, Scheme};

/// Clocks may differ by 300 s and a token lives for a day at most, as in Google's own libraries (npm google-auth-library,
/// `oauth2client.js`).
const LIFE: Life = Life {
    skew: Duration::from_secs(300),
    needs_end: true,
    needs_start: true,
    max_age: None,
    max_lifetime: Some(Duration::from_secs(24 * 3600)),
};

const fn bearer(
    issuers: &'static [&'static str],
    keys: &'static str,
    audience: Audience,
    email: Option<Expected>,
) -> Jwt {
    Jwt {
        place: Place::Header(Borrowed("authorization"), Some("Bearer")),
        algorithm: Algorithm::Rs256,
        published: Some(Published::At(Borrowed(keys))),
        needs_key_id: true,
        issuer: Issuer::OneOf(issuers),
        audience,
        email,
        life: LIFE,
        needs: &[],
        endorsed: None,
        body: None,
        url: None,
    }
}

/// An OpenID Connect ID token of an account. Whoever has an account gets a token for any audience, so the email counts
/// (docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions). The issuer is written both ways, as in Google's
/// own libraries. The body is not covered: every fact of it is a claim of whoever holds such a token.
const fn id_token(email: Expected) -> Scheme {
    let issuers = &["https://accounts.google.com", "accounts.google.com"];
    Scheme::Jwt(bearer(issuers, "https://www.googleapis.com/oauth2/v3/certs", Audience::Url, Some(email)))
}

/// The account that a subscription pushes with.
pub(super) static PUBSUB: Provider = Provider {
    name: "google-pubsub",
    title: "Google Cloud Pub/Sub (push)",
    docs: "https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
    scheme: id_token(Expected::Configured),
    facts: NO_FACTS,
    // docs.cloud.google.com/pubsub/docs/push and .../payload-unwrapping.
    envelope: Some(Envelope::PubSub),
    // 10 MB of data (docs.cloud.google.com/pubsub/quotas), a third more as base64, and the attributes.
    max_body: Some(14 << 20),
    // The default acknowledgement deadline; a subscription may have up to 600 s (docs.cloud.google.com/pubsub/docs/push):
    // `ack_within` says so.
    deadline: Some(Duration::from_secs(10)),
    // Until the message's retention ends, by default after 7 days
    // (docs.cloud.google.com/pubsub/docs/subscription-properties), or a dead-letter topic takes it.
    retries: Retries::For(Duration::from_secs(7 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

/// The account of the task's `oidcToken`; its audience is by default the target's URL. The task's name is the same at
/// every attempt; like all `X-CloudTasks-*` headers anybody can send it, so it is a claim.
pub(super) static CLOUD_TASKS: Provider = Provider {
    name: "google-cloud-tasks",
    title: "Google Cloud Tasks (HTTP target)",
    docs: "https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks",
    scheme: id_token(Expected::Configured),
    facts: Facts {
        id: Borrowed(&[at!(header "x-cloudtasks-taskname")]),
        kind: Borrowed(&[]),
        action: Borrowed(&[]),
        time: None,
        id_is_shared: false,
    },
    // As its queue is configured.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

/// The account of the job's `oidcToken`. A job has the same name at every run, so the name is no id.
pub(super) static CLOUD_SCHEDULER: Provider = Provider {
    name: "google-cloud-scheduler",
    title: "Google Cloud Scheduler (HTTP target)",
    docs: "https://docs.cloud.google.com/scheduler/docs/http-target-auth",
    scheme: id_token(Expected::Configured),
    facts: NO_FACTS,
    // github.com/googleapis/googleapis, google/cloud/scheduler/v1/target.proto. It retries only where a job says so.
    contract: Contract::yes(Success::Any),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// The trigger's account. The event is a CloudEvent in binary mode, whose attributes are headers.
pub(super) static EVENTARC: Provider = Provider {
    name: "google-eventarc",
    title: "Google Eventarc",
    docs: "https://docs.cloud.google.com/eventarc/standard/docs/overview",
    scheme: id_token(Expected::Configured),
    facts: Facts {
        id: Borrowed(&[at!(header "ce-id")]),
        kind: Borrowed(&[at!(header "ce-type")]),
        action: Borrowed(&[]),
        time: Some((at!(header "ce-time"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // Unless its subscription says otherwise (cloud.google.com/eventarc/docs/retry-events).
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

/// The service agent of the project: `service-PROJECT_NUMBER@gcp-sa-dialogflow.iam.gserviceaccount.com`. Where the agent
/// waits for a fulfilment the empty answer is none; it fits webhooks that only take note.
pub(super) static DIALOGFLOW_CX: Provider = Provider {
    name: "dialogflow",
    mode: Some("cx"),
    title: "Dialogflow CX (service agent ID token)",
    docs: "https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook",
    scheme: id_token(Expected::Configured),
    facts: Facts {
        id: Borrowed(&[at!(json "/detectIntentResponseId")]),
        kind: Borrowed(&[at!(json "/fulfillmentInfo/tag")]),
        action: Borrowed(&[]),
        time: None,
        id_is_shared: false,
    },
    // 5 s by default; a webhook may have up to 30 s: `ack_within` says so.
    deadline: Some(Duration::from_secs(5)),
    // Once, for as long again.
    retries: Retries::Again,
    contract: Contract::yes(Success::Answer),
    evidence: known(Level::OfficialDocs, &["the id"]),
    ..BASE
};

const CHAT_DOCS: &str = "https://developers.google.com/workspace/chat/verify-requests-from-chat";
const CHAT_ACCOUNT: &str = "chat@system.gserviceaccount.com";
const CHAT_FACTS: Facts = Facts {
    id: Borrowed(&[]),
    kind: Borrowed(&[at!(json "/type")]),
    action: Borrowed(&[]),
    time: None,
    id_is_shared: false,
};

/// An app whose authentication audience is its URL: an ID token of Chat's account.
pub(super) static CHAT: Provider = Provider {
    name: "google-chat",
    title: "Google Chat (audience: URL)",
    docs: CHAT_DOCS,
    scheme: id_token(Expected::Exactly(Borrowed(CHAT_ACCOUNT))),
    facts: CHAT_FACTS,
    evidence: known(Level::OfficialDocs, &["the type"]),
    ..BASE
};

/// An app whose authentication audience is its project's number: Chat's account signs by itself, with its own keys. That
/// it is the issuer is the authority, so there is no email.
pub(super) static CHAT_PROJECT_NUMBER: Provider = Provider {
    name: "google-chat",
    mode: Some("project-number"),
    title: "Google Chat (audience: project number)",
    docs: CHAT_DOCS,
    scheme: Scheme::Jwt(bearer(
        &[CHAT_ACCOUNT],
        // The page names these keys as certificates, under .../metadata/x509/; that they are here as JWKS, too, is known
        // from the receivers of others.
        "https://www.googleapis.com/service_accounts/v1/jwk/chat@system.gserviceaccount.com",
        Audience::Configured,
        None,
    )),
    facts: CHAT_FACTS,
    evidence: known(Level::OfficialDocs, &["the type", "the place of the keys"]),
    ..BASE
};
