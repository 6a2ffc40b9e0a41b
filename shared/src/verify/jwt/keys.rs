//! The public keys of an issuer: a JWKS document (RFC 7517), as it is published or as an operator pinned it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::secret::{Key, LiveSecret, Material};
use crate::verify::WrongShape;

/// Shorter keys can be factored; longer ones only cost time.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

const EXPECTED: WrongShape = WrongShape {
    expected: "a JWKS document, {\"keys\": [...]}, with an RSA key that signs, of 2048 to 8192 bits, under a \"kid\"",
};

/// A public key under its id.
pub(crate) struct RsaKey {
    pub(super) id: String,
    /// Big-endian, without leading zeros.
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: Vec<u8>,
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
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The keys of one document that can sign our tokens; the others are passed over.
pub(in crate::verify) fn ready(document: &LiveSecret) -> Result<Vec<Key>, WrongShape> {
    let Document { keys } = serde_json::from_slice(document.secret.expose()).map_err(|_| EXPECTED)?;
    let ready = keys.into_iter().filter(Entry::signs).filter_map(Entry::key).collect::<Result<Vec<_>, _>>()?;
    if ready.is_empty() {
        return Err(EXPECTED);
    }
    let under_version = |key| Key { version: document.version.clone(), material: Material::Rsa(key) };
    Ok(ready.into_iter().map(under_version).collect())
}

impl Entry {
    fn signs(&self) -> bool {
        let is = |field: &Option<String>, wanted| field.as_deref().is_none_or(|text| text == wanted);
        self.kty == "RSA" && is(&self.purpose, "sig") && is(&self.alg, "RS256")
    }

    /// `None` without an id: no token could name it.
    fn key(self) -> Option<Result<RsaKey, WrongShape>> {
        let id = self.kid.filter(|id| !id.is_empty())?;
        let number = |text: Option<String>| {
            let bytes = URL_SAFE_NO_PAD.decode(text.unwrap_or_default()).map_err(|_| EXPECTED)?;
            Ok(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
        };
        let read = || {
            let (modulus, exponent) = (number(self.n)?, number(self.e)?);
            let spare = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
            let bits = modulus.len().saturating_mul(8).saturating_sub(spare);
            // An exponent of one makes every number its own signature.
            let signs = MODULUS_BITS.contains(&bits) && !matches!(exponent.as_slice(), [] | [1]);
            if signs { Ok(RsaKey { id, modulus, exponent }) } else { Err(EXPECTED) }
        };
        Some(read())
    }
}
