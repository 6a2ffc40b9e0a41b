//! A token that brings the certificates of its signer along (`x5c`, RFC 7515, 4.1.6). They prove nothing by themselves:
//! that they lead to a root that is pinned here does, and that they are marked for the purpose.

use std::borrow::Cow;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::chain::{Chain, Root};
use super::token::{Token, decoded};
use super::{Algorithm, Marks, Place};
use crate::delivery::{Delivery, Head};
use crate::secret::{Key, Keyring, LiveSecret, Material, SecretVersion};
use crate::verify::message::Part;
use crate::verify::{Expected, KeyAlgorithm, PrivateKey, Proof, Signing, Trust, Window, WrongShape, inscription};
use crate::{Rejection, Timestamp, pick};

/// The label of a root that stands in the table.
const PINNED: &str = "pinned";

/// A scheme of tokens with the certificates of their signer, of the algorithm ES256.
#[derive(Clone, Debug)]
pub struct Chained {
    /// Where the token stands.
    pub place: Place,
    /// The sender's root, as DER. A source with a secret takes the roots in there in its stead.
    pub root: &'static [u8],
    /// How the sender marks the certificates that sign such tokens.
    pub marks: Marks,
    /// What a token must say, as the config has it.
    pub bound: Cow<'static, [Bound]>,
    /// The claim with the time of the signature, in milliseconds. The certificates have to count then; without one, now.
    pub time: &'static str,
    /// How far that time may lie from now; `None`: as far as it likes.
    pub window: Option<Window>,
}

/// A fact of a token, or of a signed body, that must be what the config says: one root signs for all customers of the sender.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The name of its value in the config.
    pub value: &'static str,
    /// Where it is said; the first place that holds something counts.
    pub said: &'static [Said],
    /// Whether a config must say what it has to be.
    pub required: bool,
    /// What it has to be.
    pub expected: Expected,
}

/// Where a token says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The claim at this JSON pointer.
    At(&'static str),
    /// By how the claim at this JSON pointer begins.
    By {
        /// The JSON pointer.
        pointer: &'static str,
        /// The beginning.
        start: &'static str,
        /// What is said where it begins so, and what otherwise.
        says: [&'static str; 2],
    },
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    x5c: Vec<Cow<'a, str>>,
}

impl Chained {
    /// The claims are the event.
    pub(in crate::verify) const COVERED: &'static [Part] = &[Part::Body];

    /// The root of the table, for a source that has no other.
    pub(in crate::verify) fn pinned(&self) -> Option<Key> {
        let root = Root::of(self.root.to_vec())?;
        Some(Key { version: SecretVersion::new(PINNED), material: Material::Root(root) })
    }

    pub(in crate::verify) fn ready(&self, live: &LiveSecret) -> Result<Vec<Key>, WrongShape> {
        let under_version = |root| Key { version: live.version.clone(), material: Material::Root(root) };
        Ok(Root::read(live.secret.expose())?.into_iter().map(under_version).collect())
    }

    pub(in crate::verify) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        match self.place.of_head(head) {
            Some(text) => Token::parse(text?, Algorithm::Es256, false).map(|_| ()),
            None => Ok(()),
        }
    }

    pub(in crate::verify) fn prove(
        &self,
        delivery: &Delivery,
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<Proof, Rejection> {
        let text = self.place.text(delivery.untrusted_head(), delivery.untrusted_body())?;
        let token = Token::parse(&text, Algorithm::Es256, false)?;
        let header = serde_json::from_slice::<Header<'_>>(&token.header).ok();
        let chain = header.and_then(|header| Chain::read(&header.x5c)).ok_or(Rejection::UntrustedCertificate)?;
        let mut roots = keys.keys.iter().filter_map(|key| {
            let Material::Root(root) = &key.material else { return None };
            Some((root, &key.version))
        });
        let ours = roots.find(|(root, _)| chain.ends_with(root));
        let (root, version) = ours.ok_or(Rejection::UntrustedCertificate)?;
        let claims = decoded(token.claims)?;
        let signed_at = self.time(&claims);
        let signer = chain.signer(root, self.marks, signed_at.unwrap_or(now))?;
        let signature = decoded(token.signature)?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, signer);
        key.verify(token.signed.as_bytes(), &signature).map_err(|_| Rejection::BadSignature)?;
        if let Some(window) = self.window {
            window.check(signed_at.ok_or(Rejection::MissingTimestamp)?, now)?;
        }
        self.bound.iter().try_for_each(|bound| bound.check(&claims))?;
        Ok(Proof { trust: Trust::Verified, version: Some(version.clone()), covered: Cow::Borrowed(Self::COVERED) })
    }

    /// A token whose claims are those of the body, with the time and, where they say nothing of it, what the config has. The
    /// body to send instead, where it stands there.
    pub(in crate::verify) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        key: &dyn PrivateKey,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Signing> {
        let no_claims = Signing::Impossible("the body is to be the token's claims: a JSON object");
        let mut claims: Value = serde_json::from_slice(body).map_err(|_| no_claims.clone())?;
        let time = claims.as_object_mut().ok_or(no_claims.clone())?;
        time.insert(self.time.trim_start_matches('/').to_owned(), json!(now.as_unix_micros().div_euclid(1_000)));
        let mut claims = claims.to_string();
        for bound in self.bound.iter() {
            if let (Expected::Exactly(text), Some(Said::At(pointer))) = (&bound.expected, bound.said.first())
                && bound.found(claims.as_bytes()).is_none()
            {
                claims = inscription::json(&claims, pointer, text).ok_or(no_claims.clone())?;
            }
        }
        let chain = key.chain(self.marks).ok_or(Signing::NO_KEY)?.map(|certificate| STANDARD.encode(certificate));
        let header = json!({ "alg": Algorithm::Es256.name(), "x5c": chain }).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = key.sign(KeyAlgorithm::Token(Algorithm::Es256), signed.as_bytes()).ok_or(Signing::NO_KEY)?;
        self.place.put(head, b"{}", format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn time(&self, claims: &[u8]) -> Option<Timestamp> {
        let [found] = pick::json(claims, &[self.time]).try_into().unwrap_or([None]);
        found?.parse().ok().map(Timestamp::from_unix_millis)
    }
}

impl Bound {
    pub(in crate::verify) fn check(&self, claims: &[u8]) -> Result<(), Rejection> {
        if !self.required && self.expected == Expected::Configured {
            return Ok(());
        }
        let said = self.found(claims);
        if said.is_some_and(|said| self.expected.is(&said)) { Ok(()) } else { Err(Rejection::WrongAudience) }
    }

    /// The same document with what the config has, where it says nothing of it yet.
    pub(in crate::verify) fn inscribed(&self, document: &[u8]) -> Option<Vec<u8>> {
        let (Expected::Exactly(text), Some(Said::At(pointer))) = (&self.expected, self.said.first()) else {
            return None;
        };
        let text = self.found(document).is_none().then_some(text)?;
        inscription::json(std::str::from_utf8(document).ok()?, pointer, text).map(String::into_bytes)
    }

    fn found(&self, claims: &[u8]) -> Option<String> {
        let pointers: Vec<&str> = self.said.iter().map(|said| said.pointer()).collect();
        let found = pick::json(claims, &pointers);
        self.said.iter().zip(found).find_map(|(said, found)| Some(said.of(found?)))
    }
}

impl Said {
    const fn pointer(self) -> &'static str {
        match self {
            Self::At(pointer) | Self::By { pointer, .. } => pointer,
        }
    }

    fn of(self, found: String) -> String {
        match self {
            Self::At(_) => found,
            Self::By { start, says: [yes, no], .. } => if found.starts_with(start) { yes } else { no }.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
