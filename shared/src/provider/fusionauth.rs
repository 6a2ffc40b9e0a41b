//! FusionAuth: a webhook signs with the key that it was given.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{After, Contract, Evidence, Facts, Level, Provider, Success};
use crate::locate::at;
use crate::verify::jwt::{Algorithm, Audience, BodyHash, Issuer, Life, Place, Written};
use crate::verify::{Jwt, Scheme};

const EVIDENCE: Evidence = known(Level::Secondary, &["the id", "the type"]);
/// It tries three times more where the event's transaction is through without this webhook, and not at all where the
/// transaction fails (github.com/FusionAuth/fusionauth-site, `extend/events-and-webhooks/writing-a-webhook.mdx`).
const CONTRACT: Contract = Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN };
const DOCS: &str = "https://fusionauth.io/docs/extend/events-and-webhooks/signing";
const FACTS: Facts = Facts {
    id: Borrowed(&[at!(json "/event/id")]),
    kind: Borrowed(&[at!(json "/event/type")]),
    action: Borrowed(&[]),
    time: None,
    id_is_shared: false,
};

/// One algorithm a source: the webhook signs with the one key that it was given, whatever types the vendor has. It writes
/// no audience, and its key signs nothing else, so the issuer does not count.
const fn scheme(algorithm: Algorithm, needs_key_id: bool) -> Scheme {
    Scheme::Jwt(Jwt {
        place: Place::Header(Borrowed("x-fusionauth-signature-jwt"), None),
        algorithm,
        published: None,
        needs_key_id,
        issuer: Issuer::Any,
        audience: Audience::Any,
        email: None,
        // Held to what it says of its time, whatever that is.
        life: Life {
            skew: Duration::from_secs(60),
            needs_end: false,
            needs_start: false,
            max_age: None,
            max_lifetime: None,
        },
        needs: &[],
        endorsed: None,
        body: Some(BodyHash {
            claim: Borrowed("request_body_sha256"),
            written: Written::Base64,
            absent_if_empty: false,
        }),
        url: None,
    })
}

/// The webhook signs with an HMAC key.
pub(super) static FUSIONAUTH: Provider = Provider {
    name: "fusionauth",
    title: "FusionAuth (HMAC key)",
    docs: DOCS,
    scheme: scheme(Algorithm::Hs256, false),
    facts: FACTS,
    contract: CONTRACT,
    evidence: EVIDENCE,
    ..BASE
};

/// The webhook signs with an RSA key, whose public half is the secret: as PEM, or the instance's JWKS document.
pub(super) static FUSIONAUTH_RS256: Provider = Provider {
    name: "fusionauth",
    mode: Some("rs256"),
    title: "FusionAuth (RSA key)",
    docs: DOCS,
    scheme: scheme(Algorithm::Rs256, true),
    facts: FACTS,
    contract: CONTRACT,
    evidence: EVIDENCE,
    ..BASE
};

/// The webhook signs with an elliptic-curve key, whose public half is the secret.
pub(super) static FUSIONAUTH_ES256: Provider = Provider {
    name: "fusionauth",
    mode: Some("es256"),
    title: "FusionAuth (EC key)",
    docs: DOCS,
    scheme: scheme(Algorithm::Es256, true),
    facts: FACTS,
    contract: CONTRACT,
    evidence: EVIDENCE,
    ..BASE
};
