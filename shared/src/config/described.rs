//! A scheme written out in the config, `verify = { ... }`, becomes the same data as a provider's entry.

use std::borrow::Cow;

use http::HeaderName;

use super::Problem;
use super::settings::Settings;
use crate::locate::{Locate, Text};
use crate::verify::{Algorithm, Encoding, Expected, Hash, KeyForm, Mac, Part, Scheme, Signature};

mod grammar;
mod message;
mod tags;
mod token;
mod tokens;

pub(super) use grammar::VERIFY;

/// One signed part: a word for what every request has, `KIND:NAME` for what it may have, else literal text, which is not
/// empty. `text:` before a literal that is one of these words. Other canonical forms are single providers' own, and stay in
/// their entries.
pub(super) fn part(text: &str) -> Option<Part> {
    let owned = |text: &str| Cow::Owned(text.to_owned());
    let named = |name: &str, part: fn(Text) -> Part| (!name.is_empty()).then(|| part(owned(name)));
    match (text, text.split_once(':')) {
        ("body", _) => Some(Part::Body),
        ("method", _) => Some(Part::Method),
        ("url", _) => Some(Part::Url(Expected::Configured)),
        ("path", _) => Some(Part::Path),
        ("path-and-query", _) => Some(Part::PathAndQuery),
        ("secret", _) => Some(Part::Secret),
        ("host", _) => Some(Part::Host(Expected::Configured)),
        ("sorted-form", _) => Some(Part::FormSorted),
        ("sorted-query", _) => Some(Part::QuerySorted),
        ("crc32:body", _) => Some(Part::BodyCrc32),
        (_, Some((digest, "body"))) if is_digest(digest) => body_digest(digest),
        (_, Some(("value", name))) if !name.is_empty() => Some(Part::Value(owned(name), Expected::Configured)),
        (_, Some(("header", name))) => header(name).map(Part::Header),
        (_, Some(("pair", key))) => named(key, Part::Pair),
        (_, Some(("query", name))) => named(name, Part::Query),
        (_, Some(("text", literal))) => named(literal, Part::Literal),
        (_, Some(("json", pointer))) if is_pointer(pointer) => Some(Part::Json(owned(pointer))),
        (_, Some(("form", field))) if !field.is_empty() => {
            Some(Part::Field(Cow::Owned(format!("/{field}")), owned(field)))
        }
        (_, Some(("json" | "form" | "value", _))) => None,
        _ => named(text, Part::Literal),
    }
}

fn body_digest(text: &str) -> Option<Part> {
    Some(match text.split_once('-') {
        Some((name, "raw")) => Part::RawBodyDigest(hash(name)?),
        Some((name, form)) => Part::BodyDigest(hash(name)?, encoding(form)?),
        None => Part::BodyDigest(hash(text)?, Encoding::Hex),
    })
}

fn is_digest(text: &str) -> bool {
    hash(text.split_once('-').map_or(text, |(name, _)| name)).is_some()
}

/// The hash of a name.
fn hash(name: &str) -> Option<Hash> {
    Some(match name {
        "md5" => Hash::Md5,
        "sha1" => Hash::Sha1,
        "sha256" => Hash::Sha256,
        "sha384" => Hash::Sha384,
        "sha512" => Hash::Sha512,
        _ => return None,
    })
}

/// The encoding of a name; a digest in the sender's text is in lower-case hex.
fn encoding(name: &str) -> Option<Encoding> {
    Some(match name {
        "hex" => Encoding::Hex,
        "base64" => Encoding::Base64,
        "base64url" => Encoding::Base64Url,
        _ => return None,
    })
}

/// `header:NAME`, `json:/pointer`, `form:FIELD` or `query:NAME`.
pub(super) fn locate(text: &str) -> Option<Locate> {
    match text.split_once(':')? {
        ("form", field) if !field.is_empty() => Some(Locate::Form(Cow::Owned(field.to_owned()))),
        ("header", name) => header(name).map(Locate::Header),
        ("query", name) if !name.is_empty() => Some(Locate::Query(Cow::Owned(name.to_owned()))),
        ("json", pointer) if is_pointer(pointer) => Some(Locate::Json(Cow::Owned(pointer.to_owned()))),
        _ => None,
    }
}

/// The name of a header, in lower case.
pub(super) fn header(text: &str) -> Option<Cow<'static, str>> {
    HeaderName::from_bytes(text.as_bytes()).ok().map(|name| Cow::Owned(name.as_str().to_owned()))
}

/// RFC 6901: a slash before every step; `~` only as `~0` and `~1`.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.split('~').skip(1).all(|after| after.starts_with(['0', '1']))
}

/// Reads a scheme; `None` only where a problem was reported.
pub(super) fn read(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Scheme> {
    if let Some(name) = keys.text("hmac").or(keys.text("hash")) {
        let form = match keys.text("key") {
            Some("base64") => KeyForm::Base64(""),
            Some("whsec") => KeyForm::Base64("whsec_"),
            Some("hex") => KeyForm::Hex,
            Some("sha1") => KeyForm::DigestOf(Hash::Sha1),
            Some("sha256") => KeyForm::DigestOf(Hash::Sha256),
            _ => KeyForm::Raw,
        };
        let message = message::read(keys, Encoding::HexAnyCase, problems)?;
        let mac = Mac { hash: hash(name)?, key: form, message };
        check_secret_part(&mac, keys, problems);
        Some(Scheme::Mac(mac))
    } else if let Some(name) = keys.text("signature") {
        let message = message::read(keys, Encoding::Base64, problems)?;
        Some(Scheme::Signature(Signature { algorithm: algorithm(name)?, message, named: None, bound: None }))
    } else if keys.key_at("jwt").is_some() {
        tokens::read(keys, problems).map(Scheme::Jwt)
    } else {
        token::read(keys, problems).map(Scheme::Token)
    }
}

/// A digest without the secret in it proves nothing, and an HMAC has the secret as its key.
fn check_secret_part(mac: &Mac, keys: &Settings, problems: &mut Vec<Problem>) {
    let (what, fix) = match (keys.key_at("hash"), mac.is_plain()) {
        (Some(_), false) => {
            ("\"signed\" leaves out the secret", "add \"secret\": anybody can make a plain digest of the rest")
        }
        (None, true) => {
            ("\"signed\" has the secret, which is the key of an hmac", "remove it, or write hash in place of hmac")
        }
        (Some(_), true) | (None, false) => return,
    };
    if !keys.is_refused("signed") {
        problems.push(Problem::new(keys.at("signed"), what, fix));
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "ed25519" => Algorithm::Ed25519,
        "ecdsa-p256" => Algorithm::EcdsaP256,
        "ecdsa-p256-sha1" => Algorithm::EcdsaP256Sha1,
        "rsa-sha256" => Algorithm::RsaSha256,
        "rsa-sha512" => Algorithm::RsaSha512,
        "rsa-sha1" => Algorithm::RsaSha1,
        _ => return None,
    })
}

/// Whether two parts that a sender fills stand side by side. The signed time does not count: it is digits only, and
/// soon stale.
pub(super) fn runs_together(scheme: &Scheme) -> bool {
    let (Scheme::Mac(Mac { message, .. }) | Scheme::Signature(Signature { message, .. })) = scheme else {
        return false;
    };
    let time = message.time.as_ref().map(|time| &time.part);
    let open = |part: &Part| matches!(part, Part::Header(_) | Part::Body) && Some(part) != time;
    message.parts.iter().zip(message.parts.iter().skip(1)).any(|(one, next)| open(one) && open(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, place) in [
            ("header:X-Event-Id", Some(Locate::Header("x-event-id".into()))),
            ("json:/a/~0~1", Some(Locate::Json("/a/~0~1".into()))),
            ("form:kind", Some(Locate::Form("kind".into()))),
            ("header:", None),
            ("header:X Y", None),
            ("json:a", None),
            ("json:/~2", None),
            ("form:", None),
            ("query:Kind", Some(Locate::Query("Kind".into()))),
            ("query:", None),
            ("X-Event-Id", None),
        ] {
            assert_eq!(locate(text), place, "{text:?}");
        }
    }

    #[test]
    fn parts() {
        for (text, expected) in [
            ("body", Some(Part::Body)),
            ("header:X-Time", Some(Part::Header("x-time".into()))),
            (".", Some(Part::Literal(".".into()))),
            ("Body", Some(Part::Literal("Body".into()))),
            ("pair:t", Some(Part::Pair("t".into()))),
            ("query:data.id", Some(Part::Query("data.id".into()))),
            ("json:/a/b", Some(Part::Json("/a/b".into()))),
            ("form:a", Some(Part::Field("/a".into(), "a".into()))),
            ("method", Some(Part::Method)),
            ("url", Some(Part::Url(Expected::Configured))),
            ("sha256:body", Some(Part::BodyDigest(Hash::Sha256, Encoding::Hex))),
            ("md5-base64:body", Some(Part::BodyDigest(Hash::Md5, Encoding::Base64))),
            ("sha512-raw:body", Some(Part::RawBodyDigest(Hash::Sha512))),
            ("sha512-base32:body", None),
            ("crc32:body", Some(Part::BodyCrc32)),
            ("host", Some(Part::Host(Expected::Configured))),
            ("sorted-form", Some(Part::FormSorted)),
            ("value:client", Some(Part::Value("client".into(), Expected::Configured))),
            ("value:", None),
            ("text:method", Some(Part::Literal("method".into()))),
            ("v0:", Some(Part::Literal("v0:".into()))),
            ("json:a", None),
            ("pair:", None),
            ("header:", None),
            ("", None),
        ] {
            assert_eq!(part(text), expected, "{text:?}");
        }
    }
}
