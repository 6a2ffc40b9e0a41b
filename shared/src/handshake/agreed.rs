//! What an operator agreed with a provider beside the secret that signs deliveries.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Is, KeyTaker};
use crate::secret::Secret;

/// The source's own side of its handshakes. The token travels in URLs, so it is kept apart from the keys: nothing that a
/// delivery is signed with is ever compared with it, or made of it.
#[derive(Debug, Default)]
pub struct Agreed {
    /// What the sender of a handshake must know.
    pub verify_token: Option<Secret>,
    /// Plain text that the provider shows or is told, by its name.
    pub values: BTreeMap<String, String>,
    /// The URL that was registered, to the letter.
    pub url: Option<String>,
    /// What takes a key that a handshake delivers.
    pub taker: Option<Arc<dyn KeyTaker>>,
}

impl Agreed {
    /// Whether there is something to compare with.
    pub(super) fn has(&self, is: Is) -> bool {
        match is {
            Is::Present | Is::Absent | Is::Text(_) | Is::VerifyTokenIfAny => true,
            Is::VerifyToken => self.verify_token.is_some(),
            Is::OneOf(name) => self.values.contains_key(name),
        }
    }

    pub(super) fn holds(&self, is: Is, found: Option<&str>) -> bool {
        match is {
            Is::Present => found.is_some(),
            Is::Absent => found.is_none(),
            Is::Text(wanted) => found == Some(wanted),
            Is::VerifyTokenIfAny if self.verify_token.is_none() => true,
            Is::VerifyToken | Is::VerifyTokenIfAny => {
                self.verify_token.as_ref().zip(found).is_some_and(|(token, given)| {
                    // Digests of equal length: the time tells neither how much of a guess was right nor how long it must be.
                    Sha256::digest(token.expose()).ct_eq(&Sha256::digest(given.as_bytes())).into()
                })
            }
            Is::OneOf(name) => {
                let words = self.values.get(name).map(String::as_str).unwrap_or_default();
                found.is_some_and(|given| words.split_ascii_whitespace().any(|word| word == given))
            }
        }
    }
}
