//! The header in which evidence stands.

use crate::Rejection;
use crate::delivery::Head;

/// The one value of an evidence header.
pub(super) fn evidence<'a>(head: &'a Head, name: &str) -> Result<&'a str, Rejection> {
    match head.one_header(name) {
        Ok(None) => Err(Rejection::MissingSignature),
        Ok(Some("")) => Err(Rejection::EmptySignature),
        Ok(Some(value)) => Ok(value),
        Err(Rejection::MalformedRequest) => Err(Rejection::MalformedSignature),
        Err(other) => Err(other),
    }
}
