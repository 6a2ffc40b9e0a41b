//! A scheme written out in the config: `verify = { ... }`. Data only; the primitives that run it live elsewhere.

use std::time::Duration;

use http::HeaderName;

use super::settings::Settings;
use super::{At, Placed, Problem};

/// A scheme of no known provider (`verify = { ... }`). The signature always covers the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Where it is described.
    pub at: At,
    /// The hash of the HMAC.
    pub hmac: Hash,
    /// The header that carries the signature.
    pub header: HeaderName,
    /// Text before the signature in its header; may be empty.
    pub prefix: String,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What is signed, in order.
    pub signed: Vec<SignedPart>,
    /// The time of signing and how far it may be off.
    pub time: Option<TimeRule>,
}

/// The hash of a described HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, which HMAC survives.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a described signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Standard base64.
    Base64,
    /// URL-safe base64.
    Base64Url,
    /// Hexadecimal.
    Hex,
}

/// One of the things that a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedPart {
    /// The raw body.
    Body,
    /// The value of a header.
    Header(HeaderName),
    /// Text that stands between the others.
    Literal(String),
}

/// Where a fact sits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locator {
    /// A field of a form body.
    Form(String),
    /// The value of a header.
    Header(HeaderName),
    /// A JSON pointer into the body.
    Json(String),
}

/// Where a described scheme finds the time of signing, and how far it may be off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeRule {
    /// Where it sits.
    pub locator: Locator,
    /// What it counts since 1970.
    pub unit: TimeUnit,
    /// How old a request may be.
    pub max_age: Duration,
    /// How far ahead the sender's clock may be.
    pub max_future: Duration,
}

/// What a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl SignedPart {
    /// `body`, `header:NAME`, or literal text, which is not empty.
    pub fn parse(text: &str) -> Option<SignedPart> {
        match text.strip_prefix("header:") {
            Some(name) => HeaderName::from_bytes(name.as_bytes()).ok().map(SignedPart::Header),
            None if text == "body" => Some(SignedPart::Body),
            None => (!text.is_empty()).then(|| SignedPart::Literal(text.to_owned())),
        }
    }
}

impl Locator {
    /// `header:NAME`, `json:/pointer` or `form:FIELD`.
    pub fn parse(text: &str) -> Option<Locator> {
        match text.split_once(':')? {
            ("form", field) if !field.is_empty() => Some(Locator::Form(field.to_owned())),
            ("header", name) => HeaderName::from_bytes(name.as_bytes()).ok().map(Locator::Header),
            ("json", pointer) if is_pointer(pointer) => Some(Locator::Json(pointer.to_owned())),
            _ => None,
        }
    }
}

/// RFC 6901: a slash before every step; `~` only as `~0` and `~1`.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.split('~').skip(1).all(|after| after.starts_with(['0', '1']))
}

impl Described {
    pub(super) fn warning(&self) -> Option<Problem> {
        let Locator::Header(time) = &self.time.as_ref()?.locator else { return None };
        if self.signed.contains(&SignedPart::Header(time.clone())) {
            return None;
        }
        let what = "the signature does not cover the time: a replay may carry a fresh one";
        Some(Problem::new(self.at, what, format!("add \"header:{time}\" to signed if the sender signs it")))
    }

    pub(super) fn read(at: At, keys: &Settings, problems: &mut Vec<Problem>) -> Option<Described> {
        let signed: Vec<Placed<SignedPart>> = keys.all("signed");
        if !signed.is_empty() && !signed.iter().any(|part| part.value == SignedPart::Body) {
            let fix = "add \"body\": a signature that leaves the body out proves nothing about the event";
            problems.push(Problem::new(keys.at("signed"), "\"signed\" leaves out the body", fix));
        }
        for key in ["unit", "max_age", "max_future"] {
            if let (Some(at), None) = (keys.key_at(key), keys.key_at("time")) {
                problems.push(Problem::new(
                    at,
                    format!("{key:?} without \"time\""),
                    "add time = \"header:NAME\", or remove it",
                ));
            }
        }
        let hmac = match keys.text("hmac")? {
            "sha1" => Hash::Sha1,
            "sha512" => Hash::Sha512,
            _ => Hash::Sha256,
        };
        let encoding = match keys.text("encoding") {
            Some("base64") => Encoding::Base64,
            Some("base64url") => Encoding::Base64Url,
            _ => Encoding::Hex,
        };
        let time = keys.get::<Locator>("time").map(|locator| TimeRule {
            locator: locator.clone(),
            unit: if keys.text("unit") == Some("ms") { TimeUnit::Milliseconds } else { TimeUnit::Seconds },
            max_age: keys.duration("max_age").unwrap_or(Duration::from_secs(300)),
            max_future: keys.duration("max_future").unwrap_or(Duration::from_secs(60)),
        });
        Some(Described {
            at,
            hmac,
            header: keys.get::<HeaderName>("header")?.clone(),
            prefix: keys.text("prefix").unwrap_or_default().to_owned(),
            encoding,
            signed: signed.into_iter().map(|part| part.value).collect(),
            time,
        })
    }
}
