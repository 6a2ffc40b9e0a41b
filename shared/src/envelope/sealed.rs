//! A body that may be sealed with the secret that it is signed with: the event is what it hides.

use bytes::Bytes;

use super::Letter;
use crate::Rejection;
use crate::pick;
use crate::secret::Keyring;
use crate::verify::sealed;

/// A body without the member is the event itself.
pub(super) fn open(ring: Option<&Keyring>, body: &Bytes, member: &str) -> Result<Letter, Rejection> {
    let body = if pick::has_member(body, member) {
        let opened = ring.and_then(|ring| sealed::open(ring, body, &format!("/{member}")));
        opened.ok_or(Rejection::MalformedEnvelope)?.into()
    } else {
        body.clone()
    };
    Ok(Letter { content_type: Some("application/json".to_owned()), body, ..Letter::default() })
}
