//! Senders that sign each delivery with a token of their own.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm, handshakes};
use crate::locate::at;
use crate::verify::jwt::{Algorithm, Audience, BodyHash, Issuer, Life, Place, UrlClaim, UrlForm, Written};
use crate::verify::{Expected, Jwt, Scheme};

const MINUTE: Duration = Duration::from_secs(60);
/// Held to what it says of its time, whatever that is.
const AS_SAID: Life = Life { skew: MINUTE, needs_end: false, needs_start: false, max_age: None, max_lifetime: None };
/// It must end.
const ENDS: Life = Life { needs_end: true, ..AS_SAID };

const fn facts(id: &'static [crate::locate::Locate], kind: &'static [crate::locate::Locate]) -> Facts {
    Facts { id: Borrowed(id), kind: Borrowed(kind), action: Borrowed(&[]), time: None, id_is_shared: false }
}

const fn sha256(claim: &'static str, written: Written) -> Option<BodyHash> {
    Some(BodyHash { claim: Borrowed(claim), written, absent_if_empty: false })
}

/// The keys come from an API that asks for the client's own credentials (`/webhook_verification_key/get`), so an operator
/// pins them. There is no `exp`: the page has `iat` at most 5 minutes old.
pub(super) static PLAID: Provider = Provider {
    name: "plaid",
    title: "Plaid",
    docs: "https://plaid.com/docs/api/webhooks/webhook-verification/",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("plaid-verification"), None),
        algorithm: Algorithm::Es256,
        published: None,
        needs_key_id: true,
        // Plaid writes neither; its keys sign nothing else.
        issuer: Issuer::Any,
        audience: Audience::Any,
        email: None,
        life: Life { max_age: Some(Duration::from_secs(300)), ..AS_SAID },
        needs: &[],
        endorsed: None,
        body: sha256("request_body_sha256", Written::Hex),
        url: None,
    }),
    facts: Facts {
        id: Borrowed(&[]),
        kind: Borrowed(&[at!(json "/webhook_type")]),
        action: Borrowed(&[at!(json "/webhook_code")]),
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    // For up to 24 hours (plaid.com/docs/api/webhooks).
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    evidence: known(Level::Secondary, &["the type", "the window"]),
    ..BASE
};

/// HS256 alone, though the vendor's SDK lets a token choose RS256 for the same key (npm @vonage/jwt,
/// `verifySignature.js`).
pub(super) static VONAGE: Provider = Provider {
    name: "vonage",
    title: "Vonage (signed webhooks)",
    docs: "https://developer.vonage.com/en/getting-started/concepts/webhooks",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("authorization"), Some("Bearer")),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::OneOf(&["Vonage"]),
        audience: Audience::Any,
        email: None,
        // No `exp`; a day, for a retry may keep its token.
        life: Life { max_age: Some(Duration::from_secs(24 * 3600)), ..AS_SAID },
        needs: &[],
        endorsed: None,
        // The SDK does not look at it; without it the body would be anybody's.
        body: sha256("payload_hash", Written::Hex),
        url: None,
    }),
    facts: facts(&[], &[]),
    // api.support.vonage.com, articles 226572227 and 360028543292.
    deadline: Some(Duration::from_secs(15)),
    // After a 429 or 5xx alone.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the body's digest"]),
    ..BASE
};

/// HS256 alone: the SDK lets a token choose among three hashes (npm messagebird, `webhook-signature-jwt.js`). The body may
/// be empty, and has no hash then.
pub(super) static MESSAGEBIRD_JWT: Provider = Provider {
    name: "messagebird",
    mode: Some("jwt"),
    title: "MessageBird (signature JWT)",
    docs: "https://developers.messagebird.com/api/#verifying-http-requests",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("messagebird-signature-jwt"), None),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::OneOf(&["MessageBird"]),
        audience: Audience::Any,
        email: None,
        // The SDK allows 5 s; a minute is what clocks differ by elsewhere.
        life: ENDS,
        needs: &["jti"],
        endorsed: None,
        body: Some(BodyHash { claim: Borrowed("payload_hash"), written: Written::Hex, absent_if_empty: true }),
        url: Some(UrlClaim { claim: Borrowed("url_hash"), form: UrlForm::Sha256Hex, url: Expected::Configured }),
    }),
    facts: facts(&[], &[]),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

/// The issuer is the API key, whose secret signs (npm livekit-server-sdk, `WebhookReceiver`).
pub(super) static LIVEKIT: Provider = Provider {
    name: "livekit",
    title: "LiveKit",
    docs: "https://docs.livekit.io/home/server/webhooks/",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("authorization"), None),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::Configured,
        audience: Audience::Any,
        email: None,
        // The server gives its webhooks 5 minutes (github.com/livekit/protocol, `webhook`).
        life: ENDS,
        needs: &[],
        endorsed: None,
        body: sha256("sha256", Written::Base64),
        url: None,
    }),
    facts: Facts {
        id: Borrowed(&[at!(json "/id")]),
        kind: Borrowed(&[at!(json "/event")]),
        action: Borrowed(&[]),
        time: Some((at!(json "/createdAt"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    // Four times, after a 5xx alone, by go-retryablehttp (github.com/livekit/protocol,
    // webhook/resource_url_notifier.go).
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

/// Two keys, the current and the next: list both as the secret. That `sub` is the URL is optional in the SDK (npm
/// @upstash/qstash, `Receiver`); here it counts, or a delivery for another endpoint of the account would pass.
pub(super) static QSTASH: Provider = Provider {
    name: "upstash-qstash",
    title: "Upstash QStash",
    docs: "https://upstash.com/docs/qstash/howto/signature",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("upstash-signature"), None),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::OneOf(&["Upstash"]),
        audience: Audience::Any,
        email: None,
        life: ENDS,
        needs: &[],
        endorsed: None,
        body: sha256("body", Written::Base64Url),
        url: Some(UrlClaim { claim: Borrowed("sub"), form: UrlForm::Whole, url: Expected::Configured }),
    }),
    facts: facts(&[at!(header "upstash-message-id")], &[]),
    // github.com/upstash/docs, qstash/features/retry.mdx, as what follows.
    // As often as the plan says: 12 s, 2.5 min, 30 min and 6 h later, and then once a day.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

/// The page has `aud` as the endpoint and `exp` checked. The token says nothing of the body.
pub(super) static MONDAY: Provider = Provider {
    name: "monday",
    title: "monday.com (app webhooks)",
    docs: "https://developer.monday.com/apps/docs/authorization-header",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("authorization"), None),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        // None is written; the signing secret is this app's alone.
        issuer: Issuer::Any,
        audience: Audience::Url,
        email: None,
        life: ENDS,
        needs: &[],
        endorsed: None,
        body: None,
        url: None,
    }),
    facts: facts(&[at!(json "/event/triggerUuid")], &[at!(json "/event/type")]),
    handshakes: handshakes::MONDAY,
    // developer.monday.com/apps/changelog: 14 October 2024 (the wait), 8 February 2021.
    deadline: Some(Duration::from_secs(180)),
    // Each minute.
    retries: Retries::For(Duration::from_secs(30 * 60)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the id", "the type"]),
    ..BASE
};

/// Every organisation's tokens are signed with the same keys, so both the issuer, `orgId:ORG`, and the audience,
/// `webhookId:ID`, are the config's. The keys are at the organisation's own data centre, so an operator pins them.
pub(super) static ZOHO_DESK: Provider = Provider {
    name: "zoho-desk",
    title: "Zoho Desk",
    docs: "https://desk.zoho.com/support/WebhookDocument.do",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("x-zdesk-jwt"), None),
        algorithm: Algorithm::Rs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::Configured,
        audience: Audience::Configured,
        email: None,
        life: AS_SAID,
        needs: &[],
        endorsed: None,
        body: None,
        url: None,
    }),
    // A list of events, of which the first names the delivery.
    batch: Some(at!(json "")),
    facts: facts(&[], &[at!(json "/0/eventType")]),
    deadline: Some(Duration::from_secs(5)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// The secret is the public key that Gong shows. It is of one company, so neither issuer nor audience is asked for.
pub(super) static GONG: Provider = Provider {
    name: "gong",
    title: "Gong (signed webhooks)",
    docs: "https://help.gong.io/docs/create-a-webhook-rule",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("authorization"), Some("Bearer")),
        algorithm: Algorithm::Rs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::Any,
        audience: Audience::Any,
        email: None,
        life: AS_SAID,
        needs: &[],
        endorsed: None,
        body: sha256("body_sha256", Written::Hex),
        url: Some(UrlClaim { claim: Borrowed("webhook_url"), form: UrlForm::Bare, url: Expected::Configured }),
    }),
    facts: facts(&[], &[]),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// No time is in the token, so nothing is ever too old: what was seen is known by its content alone.
pub(super) static NETLIFY: Provider = Provider {
    name: "netlify",
    title: "Netlify (deploy notifications)",
    docs: "https://docs.netlify.com/deploy/deploy-notifications/",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("x-webhook-signature"), None),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::OneOf(&["netlify"]),
        audience: Audience::Any,
        email: None,
        life: AS_SAID,
        needs: &[],
        endorsed: None,
        body: sha256("sha256", Written::Hex),
        url: None,
    }),
    // A deploy keeps its id while its state changes, so the id is none of the event's.
    facts: Facts {
        id: Borrowed(&[]),
        kind: Borrowed(&[at!(json "/state")]),
        action: Borrowed(&[]),
        time: Some((at!(json "/updated_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the type", "the time"]),
    ..BASE
};
