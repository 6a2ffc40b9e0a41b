//! `verify = { jwt = "...", ... }`: tokens of an issuer that the config names.

use std::borrow::Cow;
use std::time::Duration;

use crate::config::{Placed, Problem, Settings};
use crate::locate::Locate;
use crate::verify::Jwt;
use crate::verify::jwt::{
    Algorithm, Audience, BodyHash, Expected, Issuer, Life, Place, Published, UrlClaim, UrlForm, Written,
};

/// An issuer that signs for whoever has an account: of its tokens the email counts, which a described scheme has not.
const ANYBODYS: &str = "accounts.google.com";

/// `None` only where a problem was reported.
pub(super) fn read(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Jwt> {
    let before = problems.len();
    let algorithm = match keys.text("alg") {
        Some("ES256") => Algorithm::Es256,
        Some("ES512") => Algorithm::Es512,
        Some("HS256") => Algorithm::Hs256,
        _ => Algorithm::Rs256,
    };
    let place = self::place(keys, problems);
    // A shared secret is one sender's and one receiver's; published keys sign for whoever is somebody's customer.
    if algorithm != Algorithm::Hs256 {
        for (key, what) in [
            ("issuer", "issuer = \"https://...\": who must have signed the token"),
            ("audience", "audience = \"...\": for whom the token must be"),
        ] {
            if keys.key_at(key).is_none() {
                problems.push(Problem::new(keys.at("jwt"), format!("\"jwt\" without {key:?}"), format!("add {what}")));
            }
        }
    }
    let issuer = keys.placed::<String>("issuer");
    if let Some(Placed { value, at }) = &issuer
        && value.trim_start_matches("https://").trim_end_matches('/') == ANYBODYS
    {
        let fix = "write provider = \"google-cloud-tasks\" or another of Google's: those ask whose account it is";
        problems.push(Problem::new(*at, format!("{value} signs for anybody with an account"), fix));
    }
    let published = keys.placed::<String>("keys");
    if let Some(Placed { value, at }) = &published
        && !value.starts_with("https://")
    {
        problems.push(Problem::new(*at, "\"keys\" is not https", "keys are fetched over https only"));
    }
    let published = match (algorithm, published) {
        (Algorithm::Hs256, None) => None,
        (Algorithm::Hs256, Some(Placed { at, .. })) => {
            problems.push(Problem::new(at, "\"keys\" for HS256", "remove it: its key is the source's secret"));
            None
        }
        (_, Some(Placed { value, .. })) => Some(Published::At(Cow::Owned(value))),
        (_, None) => match &issuer {
            Some(Placed { value, .. }) if value.starts_with("https://") => Some(Published::Discovered),
            Some(Placed { value, at }) => {
                let fix = "write the issuer's https URL, or add keys = \"https://...\", where it publishes its keys";
                problems.push(Problem::new(*at, format!("the keys of issuer {value:?} cannot be found"), fix));
                None
            }
            None => None,
        },
    };
    let written = match keys.text("encoding") {
        Some("base64") => Written::Base64,
        Some("base64url") => Written::Base64Url,
        _ => Written::Hex,
    };
    if let (Some(at), None) = (keys.key_at("encoding"), keys.key_at("body_claim")) {
        let fix = "add body_claim = \"...\", or remove it";
        problems.push(Problem::new(at, "\"encoding\" without \"body_claim\"", fix));
    }
    let claim = |key: &str| keys.text(key).map(|name| Cow::Owned(name.to_owned()));
    let max_age = keys.duration("max_age");
    let place = place?;
    (problems.len() == before).then(|| Jwt {
        place,
        algorithm,
        needs_key_id: published.is_some(),
        published,
        issuer: issuer.map_or(Issuer::Any, |issuer| Issuer::Exactly(Cow::Owned(issuer.value))),
        audience: claim("audience").map_or(Audience::Any, Audience::Exactly),
        email: None,
        // RFC 9068, 2.2, has both for access tokens, and so has OpenID Connect Core 1.0, 2, for ID tokens.
        life: Life {
            skew: Duration::from_secs(60),
            needs_end: max_age.is_none(),
            needs_start: true,
            max_age,
            max_lifetime: Some(Duration::from_secs(24 * 3600)),
        },
        needs: &[],
        endorsed: None,
        body: claim("body_claim").map(|claim| BodyHash { claim, written, absent_if_empty: false }),
        url: claim("url_claim").map(|claim| UrlClaim { claim, form: UrlForm::Whole, url: Expected::Configured }),
    })
}

fn place(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Place> {
    let Placed { value: text, at } = keys.placed::<String>("jwt")?;
    let place = match (text.as_str(), super::locate(&text)) {
        ("bearer", _) => Some(Place::Header(Cow::Borrowed("authorization"), Some("Bearer"))),
        ("body", _) => Some(Place::Body),
        (_, Some(Locate::Header(name))) => Some(Place::Header(name, None)),
        (_, Some(Locate::Json(pointer))) => Some(Place::Json(pointer)),
        _ => None,
    };
    if place.is_none() {
        let fix = "write \"bearer\", \"header:NAME\", \"json:/pointer\" or \"body\"";
        problems.push(Problem::new(at, format!("\"jwt\" is {text:?}, which is no place of a token"), fix));
    }
    place
}
