//! Platforms whose tokens are tied to the request line, to a field of the body, or are the body.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, NO_FACTS, known, places};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::envelope::Envelope;
use crate::locate::at;
use crate::verify::jwt::{Algorithm, Audience, Issuer, Life, Place, Published, UrlClaim, UrlForm};
use crate::verify::{Expected, Jwt, Scheme};

const MINUTE: Duration = Duration::from_secs(60);
const AS_SAID: Life = Life { skew: MINUTE, needs_end: false, needs_start: false, max_age: None, max_lifetime: None };

/// The token covers method, path and query, not the body. Issuer and secret are of one tenant: its `installed` callback
/// delivers both.
pub(super) static ATLASSIAN_CONNECT: Provider = Provider {
    name: "atlassian-connect",
    title: "Atlassian Connect apps (Jira, Confluence, Bitbucket)",
    docs: "https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("authorization"), Some("JWT")),
        algorithm: Algorithm::Hs256,
        published: None,
        needs_key_id: false,
        issuer: Issuer::Configured,
        audience: Audience::Any,
        email: None,
        life: Life { needs_end: true, ..AS_SAID },
        needs: &[],
        endorsed: None,
        body: None,
        url: Some(UrlClaim { claim: Borrowed("qsh"), form: UrlForm::CanonicalRequest, url: Expected::Configured }),
    }),
    facts: Facts {
        kind: places![[json "/webhookEvent"]],
        time: Some((at!(json "/timestamp"), TimeForm::UnixMillis)),
        ..NO_FACTS
    },
    // After a 408, 409, 425, 429 or 5xx (community.developer.atlassian.com/t/new-jira-cloud-webhook-retry-policy/30554).
    retries: Retries::For(Duration::from_secs(30 * 60)),
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type", "the time"]),
    ..BASE
};

/// The audience is the bot's app id. Of the body `serviceUrl`, where answers go, is held to the token, and `channelId` to
/// the key: it must be endorsed for that channel (npm botframework-connector, `lib/auth/jwtTokenExtractor.js`).
pub(super) static BOT_FRAMEWORK: Provider = Provider {
    name: "bot-framework",
    title: "Microsoft Bot Framework / Teams bots",
    docs: "https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("authorization"), Some("Bearer")),
        algorithm: Algorithm::Rs256,
        // What `jwks_uri` of its metadata, login.botframework.com/v1/.well-known/openidconfiguration, says.
        published: Some(Published::At(Borrowed("https://login.botframework.com/v1/.well-known/keys"))),
        needs_key_id: true,
        issuer: Issuer::OneOf(&["https://api.botframework.com"]),
        audience: Audience::Configured,
        email: None,
        life: Life { skew: Duration::from_secs(300), needs_end: true, ..AS_SAID },
        needs: &[],
        endorsed: Some("/channelId"),
        body: None,
        url: Some(UrlClaim {
            claim: Borrowed("serviceurl"),
            form: UrlForm::InBody("/serviceUrl"),
            url: Expected::Exactly(Borrowed("")),
        }),
    }),
    facts: Facts { id: places![[json "/id"]], kind: places![[json "/type"]], ..NO_FACTS },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// The body is the token and its claims are the event. The issuer is the business's own domain, whose keys sign; the
/// payload that docs.kinde.com/integrate/webhooks/about-webhooks shows does not name it.
pub(super) static KINDE: Provider = Provider {
    name: "kinde",
    title: "Kinde",
    docs: "https://docs.kinde.com/integrate/webhooks/add-manage-webhooks/",
    scheme: Scheme::Jwt(Jwt {
        place: Place::Body,
        algorithm: Algorithm::Rs256,
        published: Some(Published::Discovered),
        needs_key_id: true,
        issuer: Issuer::OfTheKeys(Expected::Configured),
        audience: Audience::Any,
        email: None,
        life: AS_SAID,
        needs: &["event_id"],
        endorsed: None,
        body: None,
        url: None,
    }),
    envelope: Some(Envelope::Token),
    facts: Facts {
        id: places![[json "/event_id"]],
        kind: places![[json "/type"]],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        ..NO_FACTS
    },
    // github.com/kinde-oss/documentation, integrate/webhooks/about-webhooks.mdx, as what follows.
    retries: Retries::For(Duration::from_secs(36 * 3600)),
    contract: Contract {
        success: Success::Ok,
        refused: After::Retries,
        stops: Some("a webhook is disabled after 72 h of failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &["the algorithm", "the issuer", "the id", "the type", "the time"]),
    ..BASE
};
