//! A static token in a header.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::mac::put;
use super::{Proof, Signing, Trust, evidence};
use crate::Rejection;
use crate::delivery::{Delivery, Head};
use crate::locate::Text;
use crate::secret::{Keyring, Material};

/// The header and what stands before the token in it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The header, lower case.
    pub header: Text,
    /// Literal text before the token, `Bearer ` say; often empty.
    pub prefix: Text,
}

impl Token {
    /// Compares digests of equal length: neither the time nor an early return tells how much of a
    /// guess was right, or how long the token is.
    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring) -> Result<Proof, Rejection> {
        let value = evidence(delivery.untrusted_head(), &self.header)?;
        let given = value.strip_prefix(self.prefix.as_ref()).ok_or(Rejection::MalformedSignature)?;
        let given = Sha256::digest(given.as_bytes());
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

    /// Puts the ring's first token on `head`.
    pub(super) fn sign(&self, head: &mut Head, keys: &Keyring) -> Result<(), Signing> {
        let Some(Material::Token(token)) = keys.keys.first().map(|key| &key.material) else {
            return Err(Signing("the ring holds no key of this scheme"));
        };
        let token = std::str::from_utf8(token.expose()).map_err(|_| Signing("a secret that no header can carry"))?;
        put(&mut head.headers, &self.header, &format!("{}{token}", self.prefix))
    }
}
