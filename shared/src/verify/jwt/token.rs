//! Where a token stands, and its form.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::Algorithm;
use crate::delivery::Head;
use crate::locate::Text;
use crate::verify::evidence;
use crate::{Rejection, pick};

/// No issuer's token is as long: Google's have about 1 KiB. Nothing of a header is decoded beyond it; a body has a limit
/// of its own.
const MAX_IN_A_HEADER: usize = 8 << 10;

/// Where a token stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a header, lower case: the whole value, or what follows the name of a scheme (`Bearer`, `JWT`) and a blank.
    Header(Text, Option<&'static str>),
    /// The text at a JSON pointer into the body. What stands beside it is not covered.
    Json(Text),
    /// The whole body.
    Body,
}

/// A token whose form is right, and nothing else.
pub(super) struct Token<'a> {
    /// The JOSE header, decoded.
    pub(super) header: Vec<u8>,
    /// The bytes that are signed: header, dot, claims, as they were sent.
    pub(super) signed: &'a str,
    pub(super) key_id: Option<String>,
    pub(super) claims: &'a str,
    pub(super) signature: &'a str,
}

/// The JOSE header. A field that stands twice is refused by the parser: two readers would read two things.
#[derive(Deserialize)]
struct Jose<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    kid: Option<Cow<'a, str>>,
    #[serde(default)]
    crit: Present,
}

/// Whether a field is there, whatever it holds, `null` included.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

impl Place {
    /// The header with the token, where it stands in one.
    pub(in crate::verify) const fn header(&self) -> Option<&Text> {
        match self {
            Self::Header(name, _) => Some(name),
            Self::Json(_) | Self::Body => None,
        }
    }

    /// The text of the token; `None` where the head does not hold it.
    pub(super) fn of_head<'a>(&self, head: &'a Head) -> Option<Result<&'a str, Rejection>> {
        let Self::Header(name, scheme) = self else { return None };
        Some(evidence(head, name).and_then(|value| after(value, *scheme)))
    }

    pub(super) fn text<'a>(&self, head: &'a Head, body: &'a [u8]) -> Result<Cow<'a, str>, Rejection> {
        let text = match self {
            Self::Header(..) => {
                return self.of_head(head).unwrap_or(Err(Rejection::MissingSignature)).map(Cow::Borrowed);
            }
            Self::Json(pointer) => {
                let [found] = pick::json(body, &[pointer.as_ref()]).try_into().unwrap_or([None]);
                Cow::Owned(found.ok_or(Rejection::MissingSignature)?)
            }
            Self::Body if body.is_empty() => return Err(Rejection::MissingSignature),
            Self::Body => Cow::Borrowed(std::str::from_utf8(body).map_err(|_| Rejection::MalformedSignature)?),
        };
        if text.is_empty() { Err(Rejection::EmptySignature) } else { Ok(text) }
    }
}

/// What follows the name of a scheme. RFC 9110, 11.1: that name is case-insensitive.
fn after<'a>(value: &'a str, scheme: Option<&str>) -> Result<&'a str, Rejection> {
    let text = match scheme {
        None => value,
        Some(wanted) => {
            let (scheme, text) = value.split_once(' ').unwrap_or((value, ""));
            if !scheme.eq_ignore_ascii_case(wanted) {
                return Err(Rejection::MissingSignature);
            }
            text
        }
    };
    match text.len() {
        0 => Err(Rejection::EmptySignature),
        length if length > MAX_IN_A_HEADER => Err(Rejection::MalformedSignature),
        _ => Ok(text),
    }
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str, algorithm: Algorithm, needs_key_id: bool) -> Result<Self, Rejection> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Rejection::MalformedSignature)?;
        let (header, claims) = signed.split_once('.').ok_or(Rejection::MalformedSignature)?;
        let header = decoded(header)?;
        let jose: Jose<'_> = serde_json::from_slice(&header).map_err(|_| Rejection::MalformedSignature)?;
        if jose.alg != algorithm.name() {
            return Err(Rejection::AlgNotAllowed);
        }
        // RFC 7515, 4.1.11: whoever does not understand all of it must refuse, and nothing of it is understood here.
        if jose.crit.0 {
            return Err(Rejection::CriticalHeader);
        }
        let key_id = jose.kid.filter(|id| !id.is_empty()).map(Cow::into_owned);
        if needs_key_id && key_id.is_none() {
            return Err(Rejection::MissingKeyId);
        }
        if signature.is_empty() || claims.is_empty() {
            return Err(Rejection::MalformedSignature);
        }
        decoded(claims)?;
        let length = decoded(signature)?.len();
        if algorithm.signature_length().is_some_and(|wanted| wanted != length) {
            return Err(Rejection::MalformedSignature);
        }
        Ok(Self { header, signed, key_id, claims, signature })
    }
}

/// URL-safe base64 in its one spelling: no padding, no blanks, no stray bits at the end.
pub(super) fn decoded(text: &str) -> Result<Vec<u8>, Rejection> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejection::MalformedSignature)
}
