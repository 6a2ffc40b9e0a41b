//! A token signed by its issuer, in `Authorization: Bearer`: a compact JWS (RFC 7515) with the claims of a JWT
//! (RFC 7519). RS256 alone: the sender never chooses the algorithm. The token says who sent the delivery; the body is
//! not covered.

mod keys;

use std::borrow::Cow;
use std::time::Duration;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::{Proof, Trust, evidence};
use crate::delivery::{Delivery, Head};
use crate::locate::Text;
use crate::secret::{Keyring, Material};
use crate::{Rejection, Timestamp};

pub(crate) use keys::RsaKey;
pub(super) use keys::ready;

/// Where the token stands.
pub(super) const HEADER: &str = "authorization";
/// No issuer's token is as long: Google's have about 1 KiB. Nothing is decoded beyond it.
const MAX_TOKEN: usize = 8 << 10;
/// Keys that a document may hold under one id and that are tried; a rotation has one, a mistake two.
const MAX_KEYS_OF_AN_ID: usize = 4;

/// A scheme of signed tokens.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// Who may have signed it: `iss` is one of these, letter by letter.
    pub issuers: &'static [&'static str],
    /// Where the issuer publishes its keys as a JWKS document (RFC 7517), where it does.
    pub key_source: Option<&'static str>,
    /// For whom it must be: `aud` is this, or a list with this in it.
    pub audience: Expected,
    /// Whose it must be: `email` is this, and `email_verified` is `true`.
    pub email: Expected,
}

/// What a claim must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// What the source's config says. A table entry is a template; until it is filled in no token fits it.
    Configured,
    /// This text.
    Exactly(Text),
}

impl Expected {
    pub(super) fn is(&self, claimed: &str) -> bool {
        match self {
            Self::Configured => false,
            Self::Exactly(text) => text == claimed,
        }
    }
}

/// A token whose form is right, and nothing else.
struct Token<'a> {
    /// The bytes that are signed: header, dot, claims, as they were sent.
    signed: &'a str,
    key_id: String,
    claims: &'a str,
    signature: &'a str,
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

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    email: Option<String>,
    email_verified: Option<bool>,
}

/// RFC 7519, 4.1.3: one text, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Any(Vec<String>),
}

impl Jwt {
    /// How far the issuer's clock may differ, both ways.
    pub const SKEW: Duration = Duration::from_secs(300);
    /// The longest time between `iat` and `exp`. Google's tokens live for an hour.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

    pub(super) fn admit(head: &Head) -> Result<(), Rejection> {
        Token::of(head).map(|_| ())
    }

    /// The claims are read after the signature: before it they are hearsay.
    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring, now: Timestamp) -> Result<Proof, Rejection> {
        let token = Token::of(delivery.untrusted_head())?;
        let signature = decoded(token.signature)?;
        let named = keys.keys.iter().filter_map(|key| match &key.material {
            Material::Rsa(rsa) if rsa.id == token.key_id => Some((&key.version, rsa)),
            _ => None,
        });
        let mut named = named.take(MAX_KEYS_OF_AN_ID).peekable();
        if named.peek().is_none() {
            return Err(Rejection::UnknownKey);
        }
        let matches = |rsa: &RsaKey| {
            let RsaKey { modulus: n, exponent: e, .. } = rsa;
            let key = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
            key.verify(&RSA_PKCS1_2048_8192_SHA256, token.signed.as_bytes(), &signature).is_ok()
        };
        let (version, _) = named.find(|(_, rsa)| matches(rsa)).ok_or(Rejection::BadSignature)?;
        let claims = serde_json::from_slice(&decoded(token.claims)?).map_err(|_| Rejection::BadToken)?;
        self.check(&claims, now)?;
        Ok(Proof { trust: Trust::Authenticated, version: Some(version.clone()), covered: Cow::Borrowed(&[]) })
    }

    fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), Rejection> {
        if !claims.iss.as_deref().is_some_and(|issuer| self.issuers.contains(&issuer)) {
            return Err(Rejection::WrongIssuer);
        }
        let is_for_us = match &claims.aud {
            Some(Audience::One(audience)) => self.audience.is(audience),
            Some(Audience::Any(audiences)) => audiences.iter().any(|audience| self.audience.is(audience)),
            None => false,
        };
        if !is_for_us {
            return Err(Rejection::WrongAudience);
        }
        let (issued, expires) = (Timestamp::from_unix_seconds(claims.iat), Timestamp::from_unix_seconds(claims.exp));
        let valid_from = claims.nbf.map_or(issued, |nbf| issued.max(Timestamp::from_unix_seconds(nbf)));
        if valid_from > now.plus(Self::SKEW) {
            return Err(Rejection::NotYetValid);
        }
        if now > expires.plus(Self::SKEW) {
            return Err(Rejection::ExpiredToken);
        }
        if expires.since(issued) > Self::MAX_LIFETIME {
            return Err(Rejection::LifetimeTooLong);
        }
        // Anybody with an account at the issuer gets a token for any audience, so this is the authority.
        if !claims.email.as_deref().is_some_and(|email| self.email.is(email)) {
            return Err(Rejection::WrongEmail);
        }
        if claims.email_verified != Some(true) {
            return Err(Rejection::EmailNotVerified);
        }
        Ok(())
    }
}

impl<'a> Token<'a> {
    fn of(head: &'a Head) -> Result<Self, Rejection> {
        let value = evidence(head, HEADER)?;
        let (scheme, text) = value.split_once(' ').unwrap_or((value, ""));
        // RFC 9110, 11.1: the name of the scheme is case-insensitive.
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Rejection::MissingSignature);
        }
        if text.is_empty() {
            return Err(Rejection::EmptySignature);
        }
        if text.len() > MAX_TOKEN {
            return Err(Rejection::MalformedSignature);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Rejection::MalformedSignature)?;
        let (header, claims) = signed.split_once('.').ok_or(Rejection::MalformedSignature)?;
        let header = decoded(header)?;
        let jose: Jose<'_> = serde_json::from_slice(&header).map_err(|_| Rejection::MalformedSignature)?;
        if jose.alg != "RS256" {
            return Err(Rejection::AlgNotAllowed);
        }
        // RFC 7515, 4.1.11: whoever does not understand all of it must refuse, and nothing of it is understood here.
        if jose.crit.0 {
            return Err(Rejection::CriticalHeader);
        }
        let key_id = jose.kid.filter(|id| !id.is_empty()).ok_or(Rejection::MissingKeyId)?.into_owned();
        if signature.is_empty() || claims.is_empty() {
            return Err(Rejection::MalformedSignature);
        }
        decoded(claims)?;
        decoded(signature)?;
        Ok(Self { signed, key_id, claims, signature })
    }
}

/// URL-safe base64 in its one spelling: no padding, no blanks, no stray bits at the end.
fn decoded(text: &str) -> Result<Vec<u8>, Rejection> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejection::MalformedSignature)
}
