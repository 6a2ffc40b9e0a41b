//! What a sender signs with, for whoever plays one. The chain has none of it but secrets that are shared.

use std::fmt::Debug;

use super::{Algorithm, Scheme, jwt};
use crate::secret::Keyring;

/// The sender's side of a scheme's secret.
#[derive(Clone, Copy, Debug)]
pub enum Signer<'a> {
    /// Nothing: the scheme proves nothing with keys.
    Nothing,
    /// The secrets that both sides have; the first one signs.
    Shared(&'a Keyring),
    /// The private key, whose public half the source has.
    Private(&'a dyn PrivateKey),
}

/// A sender's private key.
pub trait PrivateKey: Debug {
    /// The name that a key set has its public half under, for signatures that name their key.
    fn id(&self) -> String;
    /// The certificates of its public half as DER, each with one of these marks, and then the root; `None` where it has none.
    fn chain(&self, marks: jwt::Marks) -> Option<[Vec<u8>; 3]>;
    /// The signature of these bytes; `None` where the key is of another kind.
    fn sign(&self, algorithm: KeyAlgorithm, signed: &[u8]) -> Option<Vec<u8>>;
}

/// How a scheme's senders sign with a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// Parts of the delivery.
    Message(Algorithm),
    /// A token, or a detached one.
    Token(jwt::Algorithm),
}

impl Scheme {
    /// How its senders sign, where they have a private key.
    #[must_use]
    pub fn private_algorithm(&self) -> Option<KeyAlgorithm> {
        match self {
            Self::Signature(signature) => Some(KeyAlgorithm::Message(signature.algorithm)),
            Self::Jwt(jwt) => {
                Some(KeyAlgorithm::Token(jwt.algorithm)).filter(|_| jwt.algorithm != jwt::Algorithm::Hs256)
            }
            Self::Detached(detached) => Some(KeyAlgorithm::Token(detached.algorithm)),
            Self::Chained(_) => Some(KeyAlgorithm::Token(jwt::Algorithm::Es256)),
            Self::Sns(_) => Some(super::Sns::SIGNED_WITH),
            Self::Mac(_) | Self::Dialects(_) | Self::Items(_) | Self::Token(_) | Self::Invoked(_) | Self::Unsigned => {
                None
            }
        }
    }
}
