//! The sender's private key, where a public one proves its deliveries: `sign` and `send` make a pair on the spot, or take
//! the one of an operator. It is never printed.

mod certificate;
mod file;
mod public;
mod rsa;

use std::fmt::Debug;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding,
};
use doorbell_core::verify::jwt::{Algorithm as Token, Marks};
use doorbell_core::verify::{self, Algorithm, KeyAlgorithm};
use sha1::{Digest as _, Sha1};
use x509_cert::der::SecretDocument;
use x509_cert::der::pem::LineEnding;
use zeroize::Zeroizing;

pub(crate) use public::PublicHalf;

/// The label of PKCS#8 in PEM (RFC 7468, 10).
const LABEL: &str = "PRIVATE KEY";

/// A private key, and of what kind it is.
pub(crate) struct PrivateKey {
    kind: Kind,
    /// PKCS#8 (RFC 5208); wiped when it is dropped.
    document: SecretDocument,
}

/// What senders have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ed25519,
    P256,
    P521,
    Rsa,
}

impl Kind {
    /// The kind that signs so; `None` where the secret is shared.
    pub(crate) const fn of(algorithm: KeyAlgorithm) -> Option<Self> {
        match algorithm {
            KeyAlgorithm::Message(Algorithm::Ed25519) => Some(Self::Ed25519),
            KeyAlgorithm::Message(Algorithm::EcdsaP256 | Algorithm::EcdsaP256Sha1)
            | KeyAlgorithm::Token(Token::Es256) => Some(Self::P256),
            KeyAlgorithm::Token(Token::Es512) => Some(Self::P521),
            KeyAlgorithm::Message(Algorithm::RsaSha1 | Algorithm::RsaSha256 | Algorithm::RsaSha512)
            | KeyAlgorithm::Token(Token::Rs256) => Some(Self::Rsa),
            KeyAlgorithm::Token(Token::Hs256) => None,
        }
    }

    /// As people say it, after "a" or "an" of its own.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "an Ed25519",
            Self::P256 => "a P-256",
            Self::P521 => "a P-521",
            Self::Rsa => "an RSA",
        }
    }
}

impl PrivateKey {
    /// A new one; of RSA with 2048 bits.
    pub(crate) fn generate(kind: Kind) -> Option<Self> {
        let curve = |algorithm| EcdsaKeyPair::generate(algorithm).and_then(|pair| pair.to_pkcs8v1());
        let document = match kind {
            Kind::Ed25519 => SecretDocument::try_from(Ed25519KeyPair::generate().ok()?.to_pkcs8v1().ok()?.as_ref()),
            Kind::P256 => SecretDocument::try_from(curve(&ECDSA_P256_SHA256_ASN1_SIGNING).ok()?.as_ref()),
            Kind::P521 => SecretDocument::try_from(curve(&ECDSA_P521_SHA512_FIXED_SIGNING).ok()?.as_ref()),
            Kind::Rsa => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
                let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
                SecretDocument::try_from(der.as_ref())
            }
        };
        Some(Self { kind, document: document.ok()? })
    }

    /// The one that a PEM document holds; `None` where it is of another kind, or encrypted, or not PKCS#8.
    pub(crate) fn from_pem(kind: Kind, pem: &str) -> Option<Self> {
        let (label, document) = SecretDocument::from_pem(pem.trim_start()).ok()?;
        let key = Self { kind, document };
        (label == LABEL && key.public().is_some()).then_some(key)
    }

    fn to_pem(&self) -> Option<Zeroizing<String>> {
        self.document.to_pem(LABEL, LineEnding::LF).ok()
    }

    /// The public half as a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    fn public(&self) -> Option<Vec<u8>> {
        let info: Result<PublicKeyX509Der<'_>, _> = match self.kind {
            Kind::Ed25519 => self.ed25519()?.public_key().as_der(),
            Kind::P256 => self.curve(&ECDSA_P256_SHA256_ASN1_SIGNING)?.public_key().as_der(),
            Kind::P521 => self.curve(&ECDSA_P521_SHA512_FIXED_SIGNING)?.public_key().as_der(),
            Kind::Rsa => self.rsa()?.public_key().as_der(),
        };
        Some(info.ok()?.as_ref().to_vec())
    }

    fn ed25519(&self) -> Option<Ed25519KeyPair> {
        Ed25519KeyPair::from_pkcs8(self.document.as_bytes()).ok()
    }

    fn curve(&self, algorithm: &'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair> {
        EcdsaKeyPair::from_pkcs8(algorithm, self.document.as_bytes()).ok()
    }

    fn rsa(&self) -> Option<RsaKeyPair> {
        RsaKeyPair::from_pkcs8(self.document.as_bytes()).ok()
    }

    fn rsa_signature(&self, padding: &'static dyn RsaEncoding, signed: &[u8]) -> Option<Vec<u8>> {
        let pair = self.rsa()?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), signed, &mut signature).ok()?;
        Some(signature)
    }

    fn curve_signature(&self, algorithm: &'static EcdsaSigningAlgorithm, signed: &[u8]) -> Option<Vec<u8>> {
        Some(self.curve(algorithm)?.sign(&SystemRandom::new(), signed).ok()?.as_ref().to_vec())
    }

    /// ECDSA takes a digest as a number (FIPS 186-5, 6.4.1), so one of SHA-1 is one of SHA-256 that begins with zeros: the
    /// library signs with the longer ones only.
    fn curve_signature_of_sha1(&self, signed: &[u8]) -> Option<Vec<u8>> {
        let digest = [&[0; 12][..], Sha1::digest(signed).as_slice()].concat();
        let digest = Digest::import_less_safe(&digest, &SHA256).ok()?;
        Some(self.curve(&ECDSA_P256_SHA256_ASN1_SIGNING)?.sign_digest(&digest).ok()?.as_ref().to_vec())
    }
}

impl verify::PrivateKey for PrivateKey {
    fn id(&self) -> String {
        self.jwk_id().unwrap_or_default()
    }

    fn chain(&self, marks: Marks) -> Option<[Vec<u8>; 3]> {
        self.chain_to_root(marks)
    }

    fn sign(&self, algorithm: KeyAlgorithm, signed: &[u8]) -> Option<Vec<u8>> {
        match algorithm {
            KeyAlgorithm::Message(Algorithm::Ed25519) => Some(self.ed25519()?.sign(signed).as_ref().to_vec()),
            KeyAlgorithm::Message(Algorithm::EcdsaP256) => {
                self.curve_signature(&ECDSA_P256_SHA256_ASN1_SIGNING, signed)
            }
            KeyAlgorithm::Message(Algorithm::EcdsaP256Sha1) => self.curve_signature_of_sha1(signed),
            KeyAlgorithm::Message(Algorithm::RsaSha1) => rsa::signature_of_sha1(self.document.as_bytes(), signed),
            KeyAlgorithm::Message(Algorithm::RsaSha256) | KeyAlgorithm::Token(Token::Rs256) => {
                self.rsa_signature(&RSA_PKCS1_SHA256, signed)
            }
            KeyAlgorithm::Message(Algorithm::RsaSha512) => self.rsa_signature(&RSA_PKCS1_SHA512, signed),
            KeyAlgorithm::Token(Token::Es256) => self.curve_signature(&ECDSA_P256_SHA256_FIXED_SIGNING, signed),
            KeyAlgorithm::Token(Token::Es512) => self.curve_signature(&ECDSA_P521_SHA512_FIXED_SIGNING, signed),
            KeyAlgorithm::Token(Token::Hs256) => None,
        }
    }
}

impl Debug for PrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PrivateKey").field("kind", &self.kind).finish_non_exhaustive()
    }
}
