//! A signature with the sender's private key over parts of the delivery.

use std::borrow::Cow;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::jwt::Bound;
use super::message::{Message, Reading, put};
use x509_cert::Certificate as X509;
use x509_cert::der::{DecodePem, Encode};

use super::{Encoding, KeyAlgorithm, PrivateKey, Proof, Signing, WrongShape, rsa};
use crate::delivery::{Delivery, Head};
use crate::secret::{Keyring, Material, Secret};
use crate::{Rejection, Timestamp};

/// The longest signature: RSA with 8,192 bits.
const MAX_SIGNATURE: usize = 1024;

/// A scheme of public keys.
#[derive(Clone, Debug)]
pub struct Signature {
    /// How it signs. Pinned: the sender never chooses it.
    pub algorithm: Algorithm,
    /// What is signed, and where the signatures are.
    pub message: Message,
    /// Where the URL of the key is, where deliveries name it.
    pub named: Option<Named>,
    /// What the body must say, as the config has it, where one key signs for all customers of the sender.
    pub bound: Option<Bound>,
}

/// A key that deliveries name by its URL.
#[derive(Clone, Debug)]
pub struct Named {
    /// The header that holds the URL.
    pub header: &'static str,
    /// Where such URLs begin; what follows is one segment of a path. Nothing else is ever asked.
    pub under: &'static [&'static str],
}

impl Named {
    fn url<'a>(&self, head: &'a Head) -> Result<&'a str, Rejection> {
        let url = head.one_header(self.header)?.ok_or(Rejection::MissingHeader)?;
        let is_name = |rest: &str| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let is_ours = self.under.iter().filter_map(|start| url.strip_prefix(start)).any(is_name);
        if is_ours { Ok(url) } else { Err(Rejection::UntrustedUrl) }
    }
}

/// A JWKS document (RFC 7517) with keys of Ed25519 (RFC 8037, 2).
#[derive(Deserialize)]
struct KeySet<'a> {
    #[serde(borrow)]
    keys: Vec<OctetKey<'a>>,
}

/// One key, of any type: what it has besides is not looked at.
#[derive(Deserialize)]
struct OctetKey<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    crv: Option<Cow<'a, str>>,
    #[serde(borrow)]
    x: Option<Cow<'a, str>>,
}

impl OctetKey<'_> {
    fn read(&self) -> Option<ParsedPublicKey> {
        let is_ours = self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519");
        let bytes = URL_SAFE_NO_PAD.decode(self.x.as_deref().filter(|_| is_ours)?).ok()?;
        ParsedPublicKey::new(&ED25519, bytes).ok()
    }
}

/// How a sender signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on P-256 with SHA-256, the signature in ASN.1 DER.
    EcdsaP256,
    /// The same with SHA-1: only where a provider leaves no choice.
    EcdsaP256Sha1,
    /// RSA PKCS#1 v1.5 with SHA-1: only where a provider leaves no choice.
    RsaSha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaSha512,
}

impl Algorithm {
    const fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 => &ED25519,
            Self::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP256Sha1 => &ECDSA_P256_SHA1_ASN1,
            Self::RsaSha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Self::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Ed25519 => {
                "the sender's Ed25519 public key: hex or base64 of 32 bytes, or PEM; or a JWKS document with some"
            }
            Self::EcdsaP256 | Self::EcdsaP256Sha1 => "the sender's P-256 public key: PEM, or base64 of its DER",
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha512 => {
                "the sender's RSA public key of 2048 bits or more: PEM, or base64 of its DER"
            }
        }
    }
}

impl Signature {
    /// The keys of one secret; of a key set all that are of the scheme's kind.
    pub(super) fn ready(&self, secret: &Secret) -> Result<Vec<Material>, WrongShape> {
        let wrong = WrongShape { expected: self.algorithm.expected() };
        let text = std::str::from_utf8(secret.expose()).map_err(|_| wrong)?.trim();
        if let (Algorithm::Ed25519, Ok(KeySet { keys })) = (self.algorithm, serde_json::from_str(text)) {
            let keys: Vec<_> = keys.iter().filter_map(OctetKey::read).map(Material::Public).collect();
            return if keys.is_empty() { Err(wrong) } else { Ok(keys) };
        }
        let candidates = [hex(text), of_certificate(text), base64(text)];
        let parsed = |bytes: Vec<u8>| match self.algorithm {
            Algorithm::Ed25519 | Algorithm::EcdsaP256 | Algorithm::EcdsaP256Sha1 => {
                ParsedPublicKey::new(self.algorithm.verification(), bytes).ok()
            }
            Algorithm::RsaSha1 | Algorithm::RsaSha256 | Algorithm::RsaSha512 => {
                rsa::of_der(self.algorithm.verification(), &bytes)
            }
        };
        candidates.into_iter().flatten().find_map(parsed).map(|key| vec![Material::Public(key)]).ok_or(wrong)
    }

    pub(super) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        self.message.admit(head, &mut |text| self.decode(text).map(|_| ()))?;
        self.named.as_ref().map_or(Ok(()), |named| named.url(head).map(|_| ()))
    }

    /// The URL of the key that a delivery names.
    pub(super) fn named(&self, delivery: &Delivery) -> Option<String> {
        self.named.as_ref()?.url(delivery.untrusted_head()).ok().map(str::to_owned)
    }

    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring, now: Timestamp) -> Result<Proof, Rejection> {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        self.admit(head)?;
        let carried = self.message.carried(head, body)?;
        let mut signatures = Vec::new();
        self.message.each_tag(&carried, &mut |text| {
            signatures.push(self.decode(text)?);
            Some(())
        })?;
        let mut signed = Vec::with_capacity(body.len().saturating_add(128));
        self.message.pieces(head, body, &carried, Reading::AsGiven)?.each(&[], |piece| signed.extend_from_slice(piece));
        let matches = keys.keys.iter().find(|key| {
            let Material::Public(key) = &key.material else { return false };
            signatures.iter().any(|signature| key.verify_sig(&signed, signature).is_ok())
        });
        // A key under another URL may be the one that signed; only the one at this URL must have.
        let named = self.named.as_ref().map(|named| named.url(head)).transpose()?.map(super::sns::label);
        let has = |label: &str| keys.keys.iter().any(|key| key.version.as_str() == label);
        let miss = if named.is_some_and(|label| !has(label)) { Rejection::UnknownKey } else { Rejection::BadSignature };
        let key = matches.ok_or(miss)?;
        self.message.holds(delivery, &carried, now)?;
        self.bound.as_ref().map_or(Ok(()), |bound| bound.check(body))?;
        let (trust, covered) = (self.message.trust(), self.message.covered());
        Ok(Proof { trust, version: Some(key.version.clone()), covered })
    }

    /// Puts the evidence on `head`, as the sender would. Where it stands in the body, the body to send instead.
    pub(super) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        key: &dyn PrivateKey,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Signing> {
        if let Some(Named { header, under: [start, ..] }) = &self.named
            && !head.headers.contains_key(*header)
        {
            put(&mut head.headers, header, &format!("{start}doorbell"))?;
        }
        let written = self.bound.as_ref().and_then(|bound| bound.inscribed(body));
        let sent = self.message.sign(head, written.as_deref().unwrap_or(body), now, |pieces| {
            let mut signed = Vec::new();
            pieces.each(&[], |piece| signed.extend_from_slice(piece));
            key.sign(KeyAlgorithm::Message(self.algorithm), &signed).ok_or(Signing::NO_KEY)
        })?;
        Ok(sent.or(written))
    }

    fn decode(&self, text: &str) -> Option<Vec<u8>> {
        let mut bytes = vec![0; text.len().min(MAX_SIGNATURE)];
        let length = self.message.encoding.read(text, &mut bytes)?;
        bytes.truncate(length);
        let fits = match self.algorithm {
            Algorithm::Ed25519 => length == 64,
            Algorithm::EcdsaP256
            | Algorithm::EcdsaP256Sha1
            | Algorithm::RsaSha1
            | Algorithm::RsaSha256
            | Algorithm::RsaSha512 => length >= 8,
        };
        fits.then_some(bytes)
    }
}

/// The public key of a certificate in PEM.
fn of_certificate(text: &str) -> Option<Vec<u8>> {
    let certificate = X509::from_pem(text).ok()?;
    certificate.tbs_certificate().subject_public_key_info().to_der().ok()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    Encoding::HexAnyCase.read(text, &mut bytes).map(|_| bytes)
}

/// Base64, or the base64 in PEM (RFC 7468), on one line as well: an API returns it so.
fn base64(text: &str) -> Option<Vec<u8>> {
    let inner = text.split("-----").filter(|part| !part.starts_with("BEGIN ") && !part.starts_with("END "));
    STANDARD.decode(inner.flat_map(str::split_ascii_whitespace).collect::<String>()).ok()
}
