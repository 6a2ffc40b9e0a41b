//! An answer that proves that we hold the key. The only place where a receiver reveals a digest, so it is made of what
//! a [`super::Pattern`] let pass, and of nothing else.

use hmac::Mac;

use crate::secret::{Keyring, Material, SecretVersion};
use crate::verify::mac::MacKey;

/// The digest of a challenge under the key that proved its delivery, else under the current one; `None` where the ring
/// holds no such key.
pub(super) fn digest(ring: &Keyring, version: Option<&SecretVersion>, challenge: &str) -> Option<Vec<u8>> {
    let proved = ring.keys.iter().find(|key| Some(&key.version) == version);
    let Material::Mac(key) = &proved.or_else(|| ring.keys.first())?.material else { return None };
    tag(key, challenge.as_bytes())
}

/// Under the hashes that providers' challenges use.
fn tag(key: &MacKey, message: &[u8]) -> Option<Vec<u8>> {
    if let MacKey::Sha256(mac) = key {
        Some(run(mac.clone(), message))
    } else if let MacKey::Sha1(mac) = key {
        Some(run(mac.clone(), message))
    } else {
        None
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer is made; nothing is compared")]
fn run(mut mac: impl Mac, message: &[u8]) -> Vec<u8> {
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
