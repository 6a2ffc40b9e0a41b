//! A text that its sender sealed with the secret that it signs with: AES-256 in CBC mode (NIST SP 800-38A, 6.2) with the
//! padding of PKCS #7 (RFC 5652, 6.3) under the SHA-256 of the secret, the first block the initialization vector, all of it
//! in base64 (github.com/larksuite/node-sdk, `utils/aes-cipher.ts`).
//!
//! Sealing hides, and proves nothing: that a text opens is no evidence of its sender. And whoever was told which of two
//! texts opens could read others, so what does not open is nothing at all.

use aws_lc_rs::cipher::{AES_256, AES_CBC_IV_LEN, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::mac::MacKey;
use crate::pick;
use crate::secret::{Keyring, Material};

/// The document that a body of JSON has sealed at this pointer, under one of the ring's secrets: a JSON object.
pub(crate) fn open(ring: &Keyring, body: &[u8], pointer: &str) -> Option<Vec<u8>> {
    let sealed = pick::json(body, &[pointer]).into_iter().flatten().next()?;
    let sealed = STANDARD.decode(sealed).ok()?;
    ring.keys.iter().find_map(|key| {
        let Material::Mac(key) = &key.material else { return None };
        let MacKey::Plain(_, secret) = key.as_ref() else { return None };
        // Under another key one text in some hundred has a padding; none is a document.
        opened(secret, &sealed)
            .filter(|text| text.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok())
    })
}

fn opened(secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (start, rest) = sealed.split_at_checked(AES_CBC_IV_LEN)?;
    let context = DecryptionContext::Iv128(FixedLength::try_from(start).ok()?);
    let key = UnboundCipherKey::new(&AES_256, &Sha256::digest(secret)).ok()?;
    let mut text = rest.to_vec();
    let length = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?.decrypt(&mut text, context).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Key, SecretVersion};
    use crate::verify::Hash;
    use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey};
    use zeroize::Zeroizing;

    const SECRET: &[u8] = b"test key";

    /// A body that hides this text under [`SECRET`].
    fn sealing(text: &str) -> Vec<u8> {
        let key = UnboundCipherKey::new(&AES_256, &Sha256::digest(SECRET)).unwrap();
        let start = [7; AES_CBC_IV_LEN];
        let mut sealed = text.as_bytes().to_vec();
        let context = EncryptionContext::Iv128(FixedLength::from(start));
        PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap().less_safe_encrypt(&mut sealed, context).unwrap();
        format!(r#"{{"encrypt":"{}"}}"#, STANDARD.encode([&start[..], &sealed].concat())).into_bytes()
    }

    /// Of texts under another key some open, one in 256 of them with a brace; none is a document.
    #[test]
    fn only_an_object_was_sealed() {
        let key = MacKey::Plain(Hash::Sha256, Zeroizing::new(SECRET.to_vec()));
        let key = Key { material: Material::Mac(Box::new(key)), version: SecretVersion::new("1") };
        let ring = Keyring { keys: vec![key], marks: Vec::new() };
        let opened = |text: &str| open(&ring, &sealing(text), "/encrypt");
        assert_eq!(opened(r#"{"a":1}"#).unwrap(), br#"{"a":1}"#);
        for text in ["[1]", "1", r#"{"a":"#, "{}{}", "hello world", ""] {
            assert_eq!(opened(text), None, "{text}");
        }
    }

    #[test]
    fn the_vendors_example_opens() {
        // open.larksuite.com/document, "Configure Encrypt Key", the example of the decryption.
        let sealed = STANDARD.decode("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=").unwrap();
        assert_eq!(opened(b"test key", &sealed).unwrap(), b"hello world");
        assert_eq!(opened(b"test kez", &sealed), None);
        for cut in [0, 15, 16, 31] {
            assert_eq!(opened(b"test key", sealed.get(..cut).unwrap()), None, "{cut}");
        }
    }
}
