//! A body that is a token, or holds one: the event is its claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Letter;
use crate::{Rejection, pick};

/// The claims of a compact JWS (RFC 7515, 3.1), byte for byte as they were signed.
pub(super) fn open(token: &[u8]) -> Result<Letter, Rejection> {
    let claims = token.split(|byte| *byte == b'.').nth(1).ok_or(Rejection::MalformedEnvelope)?;
    let body = URL_SAFE_NO_PAD.decode(claims).map_err(|_| Rejection::MalformedEnvelope)?;
    Ok(Letter { content_type: Some("application/json".to_owned()), body: body.into(), ..Letter::default() })
}

/// The same of the token at a JSON pointer.
pub(super) fn open_at(body: &[u8], pointer: &str) -> Result<Letter, Rejection> {
    let [found] = pick::json(body, &[pointer]).try_into().unwrap_or([None]);
    open(found.ok_or(Rejection::MalformedEnvelope)?.as_bytes())
}
