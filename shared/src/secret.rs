//! Secrets and the rings they hang on.

use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::verify::jwt::{Root, TokenKey};
use crate::verify::mac::MacKey;
use crate::verify::sns::Certificate;

/// Bytes that nobody may print. Never empty: an empty MAC key would accept anybody who knows that
/// it is empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// The bytes of a secret were empty, or blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptySecret;

impl Secret {
    /// # Errors
    /// [`EmptySecret`]: there is no such thing as an empty secret.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, EmptySecret> {
        let bytes = Zeroizing::new(bytes.into());
        // Blanks alone are a forgotten value, not a secret.
        if bytes.iter().all(u8::is_ascii_whitespace) { Err(EmptySecret) } else { Ok(Self(bytes)) }
    }

    /// The bytes, inside this crate only: adapters fetch secrets, they do not read them.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The value of a request header: `before`, then the bytes. Marked sensitive, so its `Debug` shows nothing. `None`
    /// where a header cannot carry them: visible ASCII only.
    #[must_use]
    pub fn header(&self, before: &str) -> Option<HeaderValue> {
        sensitive([before.as_bytes(), self.expose()].concat())
    }

    /// The value of `Authorization` for a user with this password (RFC 7617). `None` for a user with a colon in its
    /// name, which no server could tell from the password.
    #[must_use]
    pub fn basic(&self, user: &str) -> Option<HeaderValue> {
        let pair = Zeroizing::new([user.as_bytes(), b":", self.expose()].concat());
        let value = || sensitive(format!("Basic {}", STANDARD.encode(&*pair)).into_bytes());
        (!user.contains([':', '\r', '\n'])).then(value).flatten()
    }
}

fn sensitive(bytes: Vec<u8>) -> Option<HeaderValue> {
    let bytes = Zeroizing::new(bytes);
    let mut value = HeaderValue::from_bytes(&bytes).ok().filter(|value| value.to_str().is_ok())?;
    value.set_sensitive(true);
    Some(value)
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// One live secret with the name of its version, as the store calls it (`env`, `file`, `7`, ...).
#[derive(Clone, Debug)]
pub struct LiveSecret {
    /// What the log and the `secretversion` attribute say was used.
    pub version: SecretVersion,
    /// The bytes.
    pub secret: Secret,
}

/// The label of a secret's version: short, printable, and never the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVersion(std::sync::Arc<str>);

impl SecretVersion {
    /// Keeps the first 64 letters, digits and `-_./:`.
    #[must_use]
    pub fn new(label: &str) -> Self {
        let kept = |c: &char| c.is_ascii_alphanumeric() || "-_./:".contains(*c);
        Self(label.chars().filter(kept).take(64).collect::<String>().into())
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The live secrets of one source, made ready for its scheme by [`crate::verify::Scheme::keyring`]. Empty only while none
/// of the keys came that deliveries name one by one.
#[derive(Debug)]
pub struct Keyring {
    pub(crate) keys: Vec<Key>,
    /// What tells one ring from another: the version and the SHA-256 of each secret.
    pub(crate) marks: Vec<(SecretVersion, [u8; 32])>,
}

impl PartialEq for Keyring {
    /// Whether both were made from the same secrets of the same versions.
    fn eq(&self, other: &Self) -> bool {
        self.marks == other.marks
    }
}

/// A secret made ready for its scheme, once.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) version: SecretVersion,
    pub(crate) material: Material,
}

/// What a primitive verifies with.
pub(crate) enum Material {
    /// The keyed state of a MAC, computed once.
    Mac(Box<MacKey>),
    /// A token to compare with.
    Token(Secret),
    /// A key of an issuer of tokens.
    Rsa(TokenKey),
    /// A sender's public key.
    Public(ParsedPublicKey),
    /// A certificate and the public key in it.
    Certificate(Certificate),
    /// A certificate that others lead to.
    Root(Root),
}

impl std::fmt::Debug for Material {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Mac(_) => "Mac(..)",
            Self::Token(_) => "Token(..)",
            Self::Rsa(_) => "Rsa(..)",
            Self::Public(_) => "Public(..)",
            Self::Certificate(_) => "Certificate(..)",
            Self::Root(_) => "Root(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_cannot_exist() {
        for blank in ["", " ", "\n\n", "\t "] {
            assert_eq!(Secret::new(blank), Err(EmptySecret), "{blank:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("hunter2").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        for value in [secret.header("Bearer "), secret.basic("me")] {
            assert_eq!(format!("{:?}", value.unwrap()), "Sensitive");
        }
    }

    #[test]
    fn a_header_carries_what_it_can() {
        assert_eq!(Secret::new("a b").unwrap().header("Bearer ").unwrap(), "Bearer a b");
        for text in ["a\nb", "ä", "a\0"] {
            assert_eq!(Secret::new(text).unwrap().header(""), None, "{text:?}");
        }
        // RFC 7617, section 2.
        let password = Secret::new("open sesame").unwrap();
        assert_eq!(password.basic("Aladdin").unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(password.basic("Ala:ddin"), None);
    }
}
