//! An issuer of tokens: what Google is to a push subscription.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorbell_core::Timestamp;
use serde_json::{Value, json};

/// For whom the tokens of these tests are.
pub const AUDIENCE: &str = "https://hooks.example.com/google-pubsub";
/// Who signs them, where that is the config's to say.
pub const ISSUER: &str = "https://id.example.com";
/// Whose they are.
pub const EMAIL: &str = "push@my-project.iam.gserviceaccount.com";

/// A private key, and the id under which its public half is known.
#[derive(Debug)]
pub struct Mint {
    pair: KeyPair,
    /// The `kid` of its tokens.
    pub key_id: String,
}

impl Default for Mint {
    fn default() -> Self {
        Self::new()
    }
}

impl Mint {
    /// A new key of 2048 bits under the id `key-1`.
    #[must_use]
    pub fn new() -> Self {
        Self::named("key-1")
    }

    /// A new key under that id.
    #[must_use]
    pub fn named(key_id: &str) -> Self {
        Self { pair: KeyPair::generate(KeySize::Rsa2048).expect("a new key"), key_id: key_id.to_owned() }
    }

    /// One for all tests of a process: a key takes a while to make.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Mint> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// The public half, as an entry of a JWKS document.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let modulus = number(public.modulus().big_endian_without_leading_zero());
        let exponent = number(public.exponent().big_endian_without_leading_zero());
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id, "n": modulus, "e": exponent })
    }

    /// The document that its issuer publishes.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// A token with these claims.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.token_of(&self.header().to_string(), &claims.to_string())
    }

    /// The header of its tokens.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.key_id, "typ": "JWT" })
    }

    /// A token of any header and claims, well signed whatever they say.
    #[must_use]
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let made = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        made.expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The claims of a genuine token that was issued a minute ago.
#[must_use]
pub fn claims(now: Timestamp) -> Value {
    let now = now.as_unix_micros().div_euclid(1_000_000);
    json!({
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "azp": "102030405060708090100",
        "sub": "102030405060708090100",
        "email": EMAIL,
        "email_verified": true,
        "iat": now - 60,
        "exp": now + 3540,
    })
}
