//! A static token, or a user's name and password.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::message::{add_to_query, put};
use super::{Expected, Part, Proof, Signing, Trust, WrongShape, evidence, inscription};
use crate::delivery::{Delivery, Head};
use crate::locate::{Text, query_value};
use crate::secret::{Keyring, Material, Secret};
use crate::{Rejection, pick};

/// Where a token is, and what stands before it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its place.
    pub at: TokenPlace,
    /// Literal text before the token, `Bearer ` say; often empty.
    pub prefix: Text,
}

/// The place of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// A header.
    Header(Text),
    /// `Authorization: Basic`: the secret is `USER:PASSWORD`.
    Basic,
    /// A parameter of the query.
    Query(Text),
    /// The last segment of the path.
    Path,
    /// The header that the operator chose at the sender, its name in the source's `values` under `header`.
    Chosen(Expected),
    /// A JSON pointer into the body.
    Json(Text),
    /// The first of these JSON pointers into the body that holds something.
    FirstJson(&'static [&'static str]),
    /// A JSON pointer to an array, and one into each of its items: every item has the token.
    Every(Text, Text),
}

/// Where basic credentials are (RFC 7617).
const AUTHORIZATION: &str = "authorization";

impl Token {
    /// The header that holds it, where one does.
    pub(super) fn header(&self) -> Option<&Text> {
        if let TokenPlace::Header(name) = &self.at { Some(name) } else { None }
    }

    pub(super) fn ready(&self, secret: Secret) -> Result<Material, WrongShape> {
        if self.at == TokenPlace::Basic && !secret.expose().contains(&b':') {
            return Err(WrongShape { expected: "USER:PASSWORD, one colon between them" });
        }
        Ok(Material::Token(secret))
    }

    pub(super) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        match &self.at {
            TokenPlace::Json(_) | TokenPlace::FirstJson(_) | TokenPlace::Every(..) => Ok(()),
            TokenPlace::Header(_)
            | TokenPlace::Chosen(_)
            | TokenPlace::Basic
            | TokenPlace::Query(_)
            | TokenPlace::Path => self.given(head, &[]).map(|_| ()),
        }
    }

    /// Compares digests of equal length: neither the time nor an early return tells how much of a
    /// guess was right, or how long the token is.
    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring) -> Result<Proof, Rejection> {
        let given = Sha256::digest(self.given(delivery.untrusted_head(), delivery.untrusted_body())?);
        let mut version = None;
        for key in &keys.keys {
            let Material::Token(token) = &key.material else { continue };
            if bool::from(Sha256::digest(token.expose()).ct_eq(&given)) {
                version = Some(key.version.clone());
            }
        }
        if version.is_none() {
            return Err(Rejection::BadCredentials);
        }
        Ok(Proof { trust: Trust::Authenticated, version, covered: Cow::Borrowed(&[]) })
    }

    fn given<'a>(&self, head: &'a Head, body: &[u8]) -> Result<Cow<'a, [u8]>, Rejection> {
        let text: Cow<'a, str> = match &self.at {
            TokenPlace::Header(name) => Cow::Borrowed(evidence(head, name)?),
            TokenPlace::Basic => {
                let (scheme, text) = evidence(head, AUTHORIZATION)?.split_once(' ').unwrap_or_default();
                // RFC 9110, 11.1: the name of the scheme is case-insensitive.
                if !scheme.eq_ignore_ascii_case("basic") {
                    return Err(Rejection::MissingSignature);
                }
                return STANDARD.decode(text).map(Cow::Owned).map_err(|_| Rejection::MalformedSignature);
            }
            TokenPlace::Query(name) => some(query_value(head, name)?)?,
            TokenPlace::Path => Cow::Borrowed(head.path.rsplit_once('/').map_or("", |(_, last)| last)),
            TokenPlace::Json(pointer) => some(pick::json(body, &[pointer]).into_iter().next().flatten())?,
            TokenPlace::FirstJson(pointers) => some(pick::json(body, pointers).into_iter().flatten().next())?,
            TokenPlace::Every(array, pointer) => some(every(body, array, pointer)?)?,
            TokenPlace::Chosen(Expected::Exactly(name)) => Cow::Borrowed(evidence(head, name)?),
            TokenPlace::Chosen(Expected::Configured) => return Err(Rejection::MissingSignature),
        };
        if text.is_empty() {
            return Err(Rejection::EmptySignature);
        }
        let prefix = self.prefix.as_ref();
        match text {
            Cow::Borrowed(text) => text.strip_prefix(prefix).map(|token| Cow::Borrowed(token.as_bytes())),
            Cow::Owned(text) => text.strip_prefix(prefix).map(|token| Cow::Owned(token.as_bytes().to_vec())),
        }
        .ok_or(Rejection::MalformedSignature)
    }

    /// Puts the ring's first token on `head`, or into the body, which is to be sent instead then.
    pub(super) fn sign(&self, head: &mut Head, body: &[u8], keys: &Keyring) -> Result<Option<Vec<u8>>, Signing> {
        let Some(Material::Token(token)) = keys.keys.first().map(|key| &key.material) else {
            return Err(Signing::NO_SECRET);
        };
        let no_text = |_| Signing::Impossible("a secret that no header can carry");
        let text = std::str::from_utf8(token.expose()).map_err(no_text)?;
        let value = format!("{}{text}", self.prefix);
        match &self.at {
            TokenPlace::Header(name) | TokenPlace::Chosen(Expected::Exactly(name)) => {
                put(&mut head.headers, name, &value)?;
            }
            TokenPlace::Basic => put(&mut head.headers, AUTHORIZATION, &format!("Basic {}", STANDARD.encode(text)))?,
            TokenPlace::Query(name) => add_to_query(head, name, &value),
            TokenPlace::Path => head.path = format!("{}/{value}", head.path.trim_end_matches('/')),
            TokenPlace::Chosen(Expected::Configured) => {
                return Err(Signing::Impossible("the header's name is not known"));
            }
            TokenPlace::Json(pointer) => return written(body, std::slice::from_ref(pointer), &value).map(Some),
            TokenPlace::FirstJson(pointers) => {
                let first: Vec<Text> = pointers.iter().take(1).map(|pointer| Text::Borrowed(pointer)).collect();
                return written(body, &first, &value).map(Some);
            }
            TokenPlace::Every(array, pointer) => {
                let document: Option<serde_json::Value> = serde_json::from_slice(body).ok();
                let items = document.as_ref().and_then(|document| document.pointer(array)?.as_array());
                let count = items.ok_or_else(|| Signing::Missing(Part::Json(array.clone())))?.len();
                let places: Vec<Text> = (0..count).map(|index| format!("{array}/{index}{pointer}").into()).collect();
                return written(body, &places, &value).map(Some);
            }
        }
        Ok(None)
    }
}

/// The body with the token at each of these places.
fn written(body: &[u8], places: &[Text], token: &str) -> Result<Vec<u8>, Signing> {
    places.iter().try_fold(body.to_vec(), |body, place| {
        inscription::field(&body, place, "", token).ok_or_else(|| Signing::Missing(Part::Json(place.clone())))
    })
}

fn some<'a>(text: Option<String>) -> Result<Cow<'a, str>, Rejection> {
    text.map(Cow::Owned).ok_or(Rejection::MissingSignature)
}

/// The token that all items have.
///
/// # Errors
/// [`Rejection::BadCredentials`] when two items have different ones, or one has none.
fn every(body: &[u8], array: &str, pointer: &str) -> Result<Option<String>, Rejection> {
    let document: serde_json::Value = serde_json::from_slice(body).map_err(|_| Rejection::MalformedSignature)?;
    let Some(items) = document.pointer(array).and_then(serde_json::Value::as_array) else { return Ok(None) };
    let mut tokens = items.iter().map(|item| item.pointer(pointer).and_then(serde_json::Value::as_str));
    let Some(first) = tokens.next() else { return Ok(None) };
    // Which of them is right is told by the comparison alone.
    if tokens.all(|token| token == first) { Ok(first.map(str::to_owned)) } else { Err(Rejection::BadCredentials) }
}
