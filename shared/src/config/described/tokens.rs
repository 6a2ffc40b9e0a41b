//! `verify = { jwt = "bearer", ... }`: tokens of an issuer that the config names.

use std::borrow::Cow;
use std::time::Duration;

use crate::config::{Placed, Problem, Settings};
use crate::verify::Jwt;
use crate::verify::jwt::{Algorithm, Audience, Issuer, Life, Place, Published};

/// The keys of the one form, and of the other.
const OF_TOKENS: &[&str] = &["issuer", "audience", "alg", "keys"];
const OF_A_MAC: &[&str] = &[
    "hmac",
    "header",
    "prefix",
    "list",
    "pairs",
    "tag",
    "key",
    "encoding",
    "signed",
    "time",
    "unit",
    "max_age",
    "max_future",
];

/// An issuer that signs for whoever has an account: of its tokens the email counts, which a described scheme has not.
const ANYBODYS: &str = "accounts.google.com";

/// A table says one form.
pub(super) fn check_form(keys: &Settings, problems: &mut Vec<Problem>) {
    let (others, what, fix) = match keys.key_at("jwt") {
        Some(_) => (OF_A_MAC, "beside \"jwt\"", "remove it: a scheme is of tokens or an hmac"),
        None => (OF_TOKENS, "without \"jwt\"", "add jwt = \"bearer\", or remove it"),
    };
    for key in others {
        if let Some(at) = keys.key_at(key) {
            problems.push(Problem::new(at, format!("{key:?} {what}"), fix));
        }
    }
}

/// `None` only where a problem was reported.
pub(super) fn read(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Jwt> {
    let before = problems.len();
    let algorithm = match keys.text("alg") {
        Some("ES256") => Algorithm::Es256,
        Some("HS256") => Algorithm::Hs256,
        _ => Algorithm::Rs256,
    };
    for (key, what) in [
        ("issuer", "issuer = \"https://...\": who must have signed the token"),
        ("audience", "audience = \"...\": for whom the token must be"),
    ] {
        if keys.key_at(key).is_none() {
            let at = keys.key_at("jwt")?;
            problems.push(Problem::new(at, format!("\"jwt\" without {key:?}"), format!("add {what}")));
        }
    }
    let Placed { value: issuer, at } = keys.placed::<String>("issuer")?;
    let audience = keys.text("audience")?.to_owned();
    if issuer.trim_start_matches("https://").trim_end_matches('/') == ANYBODYS {
        let fix = "write provider = \"google-cloud-tasks\" or another of Google's: those ask whose account it is";
        problems.push(Problem::new(at, format!("{issuer} signs for anybody with an account"), fix));
    }
    let place = keys.placed::<String>("keys");
    if let Some(Placed { value, at }) = &place
        && !value.starts_with("https://")
    {
        problems.push(Problem::new(*at, "\"keys\" is not https", "keys are fetched over https only"));
    }
    let published = match (algorithm, place) {
        (Algorithm::Hs256, None) => None,
        (Algorithm::Hs256, Some(Placed { at, .. })) => {
            problems.push(Problem::new(at, "\"keys\" for HS256", "remove it: its key is the source's secret"));
            None
        }
        (_, Some(Placed { value, .. })) => Some(Published::At(Cow::Owned(value))),
        (_, None) if issuer.starts_with("https://") => Some(Published::Discovered),
        (_, None) => {
            let fix = "write the issuer's https URL, or add keys = \"https://...\", where it publishes its keys";
            problems.push(Problem::new(at, format!("the keys of issuer {issuer:?} cannot be found"), fix));
            None
        }
    };
    (problems.len() == before).then(|| Jwt {
        place: Place::Header(Cow::Borrowed("authorization"), Some("Bearer")),
        algorithm,
        needs_key_id: published.is_some(),
        published,
        issuer: Issuer::Exactly(Cow::Owned(issuer)),
        audience: Audience::Exactly(Cow::Owned(audience)),
        email: None,
        // RFC 9068, 2.2, has both for access tokens, and so has OpenID Connect Core 1.0, 2, for ID tokens.
        life: Life {
            skew: Duration::from_secs(60),
            needs_end: true,
            needs_start: true,
            max_age: None,
            max_lifetime: Some(Duration::from_secs(24 * 3600)),
        },
        needs: &[],
        body: None,
        url: None,
    })
}
