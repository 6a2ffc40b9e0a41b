//! The public half, in the form that a source of the provider takes as its secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorbell_core::verify::Scheme;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use x509_cert::der::pem::{self, LineEnding};

use super::rsa::Numbers;
use super::{Kind, PrivateKey};

/// A form of public halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PublicHalf {
    /// The key by itself: hex of an Ed25519 key, as its senders show it, PEM of the others.
    Lone,
    /// A JWKS document.
    KeySet,
    /// A certificate that nobody but itself vouches for.
    Certificate,
}

impl PublicHalf {
    /// What the scheme takes.
    pub(crate) const fn of(scheme: &Scheme) -> Self {
        match scheme {
            Scheme::Jwt(_) | Scheme::Detached(_) => Self::KeySet,
            Scheme::Sns(_) | Scheme::Chained(_) => Self::Certificate,
            Scheme::Mac(_)
            | Scheme::Dialects(_)
            | Scheme::Items(_)
            | Scheme::Signature(_)
            | Scheme::Token(_)
            | Scheme::Invoked(_)
            | Scheme::Unsigned => Self::Lone,
        }
    }
}

impl PrivateKey {
    /// The public half; one text for one key.
    pub(crate) fn public_half(&self, form: PublicHalf) -> Option<String> {
        let info = self.public()?;
        Some(match (form, self.kind) {
            (PublicHalf::Lone, Kind::Ed25519) => {
                // RFC 8410, 4: the key is the last 32 bytes.
                let key = info.last_chunk::<32>()?;
                format!("{}\n", key.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
            (PublicHalf::Lone, Kind::P256 | Kind::P521 | Kind::Rsa) => {
                pem::encode_string("PUBLIC KEY", LineEnding::LF, &info).ok()?
            }
            (PublicHalf::KeySet, _) => format!("{}\n", json!({ "keys": [self.jwk(true)?] })),
            (PublicHalf::Certificate, _) => {
                pem::encode_string("CERTIFICATE", LineEnding::LF, &self.certificate()?).ok()?
            }
        })
    }

    /// The thumbprint of the key (RFC 7638).
    pub(super) fn jwk_id(&self) -> Option<String> {
        // Its members are sorted, and no blank stands between them, as serde_json writes them.
        Some(URL_SAFE_NO_PAD.encode(Sha256::digest(self.jwk(false)?.to_string())))
    }

    /// An entry of a JWKS document (RFC 7518, 6.2.1 and 6.3.1); without its name the members that make a key.
    fn jwk(&self, named: bool) -> Option<Value> {
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = |curve: &str, length: usize| {
            // SEC 1, 2.3.3: both coordinates are the end of the key.
            let info = self.public()?;
            let (x, y) = info.get(info.len().checked_sub(length.checked_mul(2)?)?..)?.split_at_checked(length)?;
            Some(json!({ "kty": "EC", "crv": curve, "x": number(x), "y": number(y) }))
        };
        let (mut jwk, algorithm) = match self.kind {
            Kind::Ed25519 => return None,
            Kind::P256 => (point("P-256", 32)?, "ES256"),
            Kind::P521 => (point("P-521", 66)?, "ES512"),
            Kind::Rsa => {
                let Numbers { modulus, exponent, .. } = Numbers::of(self.document.as_bytes()).ok()?;
                (json!({ "kty": "RSA", "n": number(&modulus), "e": number(&exponent) }), "RS256")
            }
        };
        if let (true, Some(members)) = (named, jwk.as_object_mut()) {
            members.insert("kid".to_owned(), json!(self.jwk_id()?));
            members.insert("use".to_owned(), json!("sig"));
            members.insert("alg".to_owned(), json!(algorithm));
        }
        Some(jwk)
    }
}
