//! What tokens are verified with: a JWKS document (RFC 7517) as it is published or as an operator pinned it, a public key
//! by itself, or a shared secret.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::Algorithm;
use crate::secret::{Key, LiveSecret, Material};
use crate::verify::{WrongShape, rsa};

/// A key, under its id where it has one.
pub(crate) struct TokenKey {
    id: Option<String>,
    /// The channels for which it is endorsed; empty: it does not say.
    endorsements: Vec<String>,
    check: Check,
}

enum Check {
    Public(ParsedPublicKey),
    /// The keyed state, computed once.
    Shared(Box<Hmac<Sha256>>),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

/// One key, of any type: what it has besides is not looked at.
#[derive(Deserialize)]
struct Entry {
    kty: String,
    kid: Option<String>,
    /// Of Bot Framework's documents alone.
    endorsements: Option<Vec<String>>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl TokenKey {
    /// Whether a token with this key id may be signed by it. What an operator pinned without an id is for all.
    pub(super) fn is_meant(&self, key_id: Option<&str>) -> bool {
        match (self.id.as_deref(), key_id) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, _) | (_, None) => true,
        }
    }

    /// Whether it may sign for that channel. Whoever names none is endorsed by nobody.
    pub(super) fn is_endorsed_for(&self, channel: Option<&str>) -> bool {
        self.endorsements.is_empty() || self.endorsements.iter().any(|endorsed| Some(endorsed.as_str()) == channel)
    }

    /// In constant time where the key is shared.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::Public(key) => key.verify_sig(signed, signature).is_ok(),
            Check::Shared(mac) => mac.as_ref().clone().chain_update(signed).verify_slice(signature).is_ok(),
        }
    }

    /// The signature that a sender with this secret makes; `None` of a public key.
    #[expect(clippy::disallowed_methods, reason = "the operator's command signs test deliveries; nothing is compared")]
    pub(super) fn sign(&self, signed: &[u8]) -> Option<Vec<u8>> {
        match &self.check {
            Check::Public(_) => None,
            Check::Shared(mac) => Some(mac.as_ref().clone().chain_update(signed).finalize().into_bytes().to_vec()),
        }
    }
}

/// Which keys count.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) algorithm: Algorithm,
    pub(super) needs_key_id: bool,
}

impl Wanted {
    /// The keys of one secret that can sign our tokens; others of a document are passed over.
    pub(super) fn ready(self, live: &LiveSecret) -> Result<Vec<Key>, WrongShape> {
        let text = live.secret.expose();
        let ready = match self.algorithm {
            Algorithm::Hs256 => {
                let wrong = WrongShape { expected: "a key for HMAC" };
                let mac = Hmac::new_from_slice(text).map_err(|_| wrong)?;
                vec![TokenKey { id: None, endorsements: Vec::new(), check: Check::Shared(Box::new(mac)) }]
            }
            Algorithm::Rs256 | Algorithm::Es256 | Algorithm::Es512 => {
                self.public(text).ok_or_else(|| self.expected())?
            }
        };
        let under_version = |key| Key { version: live.version.clone(), material: Material::Rsa(key) };
        Ok(ready.into_iter().map(under_version).collect())
    }

    fn public(self, text: &[u8]) -> Option<Vec<TokenKey>> {
        let Ok(Document { keys }) = serde_json::from_slice(text) else {
            return Some(vec![TokenKey { id: None, endorsements: Vec::new(), check: Check::Public(self.lone(text)?) }]);
        };
        // Without an id no token could name it, where tokens have to.
        let is_ours = |entry: &Entry| {
            entry.signs(self.algorithm) && (!self.needs_key_id || entry.kid.as_deref().is_some_and(|id| !id.is_empty()))
        };
        let ready: Vec<TokenKey> =
            keys.into_iter().filter(is_ours).map(|entry| entry.key(self.algorithm)).collect::<Option<_>>()?;
        (!ready.is_empty()).then_some(ready)
    }

    /// A public key by itself: a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7) as PEM (RFC 7468) or as bare base64.
    fn lone(self, text: &[u8]) -> Option<ParsedPublicKey> {
        let text = std::str::from_utf8(text).ok()?.trim();
        let inner = match text.strip_prefix("-----BEGIN PUBLIC KEY-----") {
            Some(rest) => rest.strip_suffix("-----END PUBLIC KEY-----")?,
            None => text,
        };
        let bytes = STANDARD.decode(inner.split_ascii_whitespace().collect::<String>()).ok()?;
        match self.algorithm {
            Algorithm::Rs256 => rsa::of_der(&RSA_PKCS1_2048_8192_SHA256, &bytes),
            Algorithm::Es256 => parsed(&ECDSA_P256_SHA256_FIXED, &bytes),
            Algorithm::Es512 => parsed(&ECDSA_P521_SHA512_FIXED, &bytes),
            Algorithm::Hs256 => None,
        }
    }

    const fn expected(self) -> WrongShape {
        let expected = match self.algorithm {
            Algorithm::Hs256 => "a shared secret",
            Algorithm::Rs256 if self.needs_key_id => {
                "a JWKS document, {\"keys\": [...]}, with an RSA key that signs, of 2048 to 8192 bits, under a \"kid\"; or \
                 such a public key as PEM"
            }
            Algorithm::Rs256 => {
                "an RSA public key of 2048 to 8192 bits as PEM, or a JWKS document, {\"keys\": [...]}, with one"
            }
            Algorithm::Es256 if self.needs_key_id => {
                "a JWKS document, {\"keys\": [...]}, with a P-256 key that signs under a \"kid\"; or such a public key as PEM"
            }
            Algorithm::Es256 => "a P-256 public key as PEM, or a JWKS document, {\"keys\": [...]}, with one",
            Algorithm::Es512 => {
                "a JWKS document, {\"keys\": [...]}, with a P-521 key that signs under a \"kid\"; or such a public key as PEM"
            }
        };
        WrongShape { expected }
    }
}

impl Entry {
    fn signs(&self, algorithm: Algorithm) -> bool {
        let is = |field: &Option<String>, wanted| field.as_deref().is_none_or(|text| text == wanted);
        let fits = match algorithm {
            Algorithm::Hs256 => false,
            Algorithm::Rs256 => self.kty == "RSA",
            Algorithm::Es256 => self.kty == "EC" && self.crv.as_deref() == Some("P-256"),
            Algorithm::Es512 => self.kty == "EC" && self.crv.as_deref() == Some("P-521"),
        };
        let is_to_verify = self.key_ops.as_ref().is_none_or(|all| all.iter().any(|one| one == "verify"));
        fits && is(&self.purpose, "sig") && is_to_verify && is(&self.alg, algorithm.name())
    }

    fn key(self, algorithm: Algorithm) -> Option<TokenKey> {
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let key = match algorithm {
            Algorithm::Hs256 => return None,
            Algorithm::Rs256 => rsa::of_numbers(&RSA_PKCS1_2048_8192_SHA256, &bytes(self.n)?, &bytes(self.e)?)?,
            Algorithm::Es256 => parsed(&ECDSA_P256_SHA256_FIXED, &point(&bytes(self.x)?, &bytes(self.y)?, 32)?)?,
            // TrueLayer leaves out leading zeros, which RFC 7518, 6.2.1.2 wants
            // (github.com/TrueLayer/truelayer-signing, which puts them back).
            Algorithm::Es512 => {
                let whole = |number: Vec<u8>| [vec![0; 66_usize.saturating_sub(number.len())], number].concat();
                parsed(&ECDSA_P521_SHA512_FIXED, &point(&whole(bytes(self.x)?), &whole(bytes(self.y)?), 66)?)?
            }
        };
        let (id, endorsements) = (self.kid.filter(|id| !id.is_empty()), self.endorsements.unwrap_or_default());
        Some(TokenKey { id, endorsements, check: Check::Public(key) })
    }
}

/// SEC 1, 2.3.3: the uncompressed form of a point, whose coordinates have so many bytes each.
fn point(x: &[u8], y: &[u8], bytes: usize) -> Option<Vec<u8>> {
    (x.len() == bytes && y.len() == bytes).then(|| [&[4], x, y].concat())
}

fn parsed(algorithm: &'static dyn VerificationAlgorithm, key: &[u8]) -> Option<ParsedPublicKey> {
    UnparsedPublicKey::new(algorithm, key).parse().ok()
}

#[cfg(test)]
mod tests;
