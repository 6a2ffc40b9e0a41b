//! The gate: the one place where a delivery becomes proven.

mod canonical;
mod digest;
mod encoding;
mod evidence;
mod from;
mod inscription;
pub mod invoked;
pub mod items;
pub mod jwt;
pub mod mac;
pub mod message;
mod rsa;
pub(crate) mod sealed;
pub mod signature;
mod signer;
pub mod sns;
mod template;
pub mod token;
mod trust;
mod window;

use std::borrow::Cow;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::delivery::{Delivery, Head};
use crate::locate::{Locate, Text};
use crate::secret::{Key, Keyring, LiveSecret, Material, SecretVersion};
use crate::{Rejection, Timestamp};

use evidence::evidence;

pub use digest::Hash;
pub use encoding::Encoding;
pub use invoked::Invoked;
pub use items::Items;
pub use jwt::{Chained, Detached, Expected, Jwt, KeyPlace, Tokens};
pub use mac::{KeyForm, Mac};
pub use message::{BodyDigest, Layout, Message, Part, Place, Signing, Time, Unit};
pub use signature::{Algorithm, Named, Signature};
pub use signer::{KeyAlgorithm, PrivateKey, Signer};
pub use sns::Sns;
pub use token::{Token, TokenPlace};
pub use trust::Trust;
pub use window::Window;

/// How a source proves who sent a delivery.
#[derive(Clone, Debug)]
pub enum Scheme {
    /// A keyed digest over parts of the delivery.
    Mac(Mac),
    /// The same written in one of several ways: which one, the headers say. All are of one strength and one key.
    Dialects(Cow<'static, [Mac]>),
    /// A batch whose items each carry a tag of their own.
    Items(Items),
    /// A signature by the sender's private key over parts of the delivery.
    Signature(Signature),
    /// A static token. Proves who sent it, not what was sent.
    Token(Token),
    /// A token that its issuer signed. Proves who sent it; what was sent only where the token says so.
    Jwt(Jwt),
    /// A signature by a key of the sender's key set, over a payload that is not repeated in it.
    Detached(Detached),
    /// A token that brings the certificates of its signer along, up to a root that is pinned.
    Chained(Chained),
    /// A message of a topic, with a signature inside that covers what counts in it.
    Sns(Sns),
    /// The platform's own word: a service that only it can speak for invoked this program.
    Invoked(Invoked),
    /// Nothing. Only `dangerously_unsigned = true` gets here.
    Unsigned,
}

/// The evidence that a primitive accepted. Private fields: only the primitives of this module mint one.
#[derive(Debug)]
pub struct Proof {
    trust: Trust,
    version: Option<SecretVersion>,
    covered: Cow<'static, [Part]>,
}

impl Proof {
    /// Both. The version is the first one's.
    fn and(self, other: Self) -> Self {
        let covered = match (self.covered.is_empty(), other.covered.is_empty()) {
            (_, true) => self.covered,
            (true, false) => other.covered,
            (false, false) => Cow::Owned([self.covered, other.covered].concat()),
        };
        Self { trust: self.trust.or(other.trust), version: self.version, covered }
    }
}

/// A delivery and the proof of it. Made by [`verify`] and nowhere else; neither `Clone` nor
/// deserialisable.
#[derive(Debug)]
pub struct Verified {
    delivery: Delivery,
    proof: Proof,
    evidence: Evidence,
}

/// The headers that held what was proven, one of each scheme that has one.
#[derive(Debug)]
struct Evidence {
    first: Option<Text>,
    more: Vec<Text>,
}

impl Verified {
    /// The head.
    #[must_use]
    pub fn head(&self) -> &Head {
        self.delivery.untrusted_head()
    }
    /// The body, byte for byte as it came.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        self.delivery.untrusted_body()
    }
    /// How much was proven.
    #[must_use]
    pub const fn trust(&self) -> Trust {
        self.proof.trust
    }
    /// Which version of the secret matched.
    #[must_use]
    pub const fn secret_version(&self) -> Option<&SecretVersion> {
        self.proof.version.as_ref()
    }
    /// Whether the proof covers the fact at this place.
    #[must_use]
    pub fn covers(&self, place: &Locate) -> bool {
        message::covers(&self.proof.covered, place)
    }
    /// The headers that held the evidence, lower case.
    pub fn evidence_headers(&self) -> impl Iterator<Item = &str> {
        self.evidence.first.iter().chain(&self.evidence.more).map(AsRef::as_ref)
    }
}

/// A delivery that was not proven, given back with the guard that fired.
#[derive(Debug)]
pub struct Refused {
    /// The delivery, still unproven.
    pub delivery: Delivery,
    /// The guard.
    pub rejection: Rejection,
    /// What was proven before, and does not do alone.
    so_far: Option<(Proof, Evidence)>,
}

/// What comes to the gate: a delivery, or one that has to prove more than it did.
#[derive(Debug)]
pub struct Candidate {
    delivery: Delivery,
    so_far: Option<(Proof, Evidence)>,
}

impl From<Delivery> for Candidate {
    fn from(delivery: Delivery) -> Self {
        Self { delivery, so_far: None }
    }
}

impl From<Verified> for Candidate {
    fn from(Verified { delivery, proof, evidence }: Verified) -> Self {
        Self { delivery, so_far: Some((proof, evidence)) }
    }
}

impl From<Box<Refused>> for Candidate {
    fn from(refused: Box<Refused>) -> Self {
        Self { delivery: refused.delivery, so_far: refused.so_far }
    }
}

/// The gate. Takes the delivery by value: what comes back is proven, or refused. What was proven before counts on, beside
/// the new proof.
///
/// Synchronous, pure and total. Freshness is judged after the proof: before it the time is hearsay.
///
/// # Errors
/// [`Refused`] with the first guard that fired.
pub fn verify(
    candidate: impl Into<Candidate>,
    scheme: &Scheme,
    keys: Option<&Keyring>,
    now: Timestamp,
) -> Result<Verified, Box<Refused>> {
    let Candidate { delivery, so_far } = candidate.into();
    let proof = match (scheme, keys) {
        (Scheme::Mac(mac), Some(keys)) => mac.prove(&delivery, keys, now),
        (Scheme::Dialects(macs), Some(keys)) => mac::spoken(macs, delivery.untrusted_head())
            .map_or(Err(Rejection::MissingSignature), |mac| mac.prove(&delivery, keys, now)),
        (Scheme::Items(items), Some(keys)) => items.prove(&delivery, keys),
        (Scheme::Signature(signature), Some(keys)) => signature.prove(&delivery, keys, now),
        (Scheme::Token(token), Some(keys)) => token.prove(&delivery, keys),
        (Scheme::Jwt(jwt), Some(keys)) => jwt.prove(&delivery, keys, now),
        (Scheme::Detached(detached), Some(keys)) => detached.prove(&delivery, keys, now),
        (Scheme::Chained(chained), Some(keys)) => chained.prove(&delivery, keys, now),
        (Scheme::Sns(sns), Some(keys)) => sns.prove(&delivery, keys, now),
        (Scheme::Invoked(_), _) => Invoked::prove(&delivery),
        (Scheme::Unsigned, _) => Ok(Proof { trust: Trust::Unsigned, version: None, covered: Cow::Borrowed(&[]) }),
        (_, None) => Err(Rejection::BadSignature),
    };
    match (proof, so_far) {
        (Ok(proof), None) => {
            let evidence = Evidence { first: scheme.evidence_text(), more: Vec::new() };
            Ok(Verified { delivery, proof, evidence })
        }
        (Ok(proof), Some((first, mut evidence))) => {
            evidence.more.extend(scheme.evidence_text());
            Ok(Verified { delivery, proof: first.and(proof), evidence })
        }
        (Err(rejection), so_far) => Err(Box::new(Refused { delivery, rejection, so_far })),
    }
}

/// A secret that is not of the form its scheme needs. Says the form, never the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongShape {
    /// The right form, as a noun phrase.
    pub expected: &'static str,
}

impl Scheme {
    /// The header that holds the evidence: absent, the answer is known from the head alone.
    #[must_use]
    pub fn evidence_header(&self) -> Option<&str> {
        match self {
            Self::Mac(mac) => mac.message.header().map(AsRef::as_ref),
            Self::Signature(signature) => signature.message.header().map(AsRef::as_ref),
            Self::Token(token) => token.header().map(AsRef::as_ref),
            Self::Jwt(jwt) => jwt.place.header().map(AsRef::as_ref),
            Self::Detached(detached) => Some(&detached.header),
            Self::Chained(chained) => chained.place.header().map(AsRef::as_ref),
            Self::Dialects(_) | Self::Items(_) | Self::Sns(_) | Self::Invoked(_) | Self::Unsigned => None,
        }
    }

    /// The same, to keep; of a provider's entry it is not copied.
    fn evidence_text(&self) -> Option<Text> {
        match self {
            Self::Mac(mac) => mac.message.header().cloned(),
            Self::Signature(signature) => signature.message.header().cloned(),
            Self::Token(token) => token.header().cloned(),
            Self::Jwt(jwt) => jwt.place.header().cloned(),
            Self::Detached(detached) => Some(detached.header.clone()),
            Self::Chained(chained) => chained.place.header().cloned(),
            Self::Dialects(_) | Self::Items(_) | Self::Sns(_) | Self::Invoked(_) | Self::Unsigned => None,
        }
    }

    /// What the scheme's own evidence looks like when nothing but the head is known.
    ///
    /// # Errors
    /// The guard that would refuse the delivery whatever its body is: no evidence, empty evidence,
    /// evidence twice, evidence that is not of the scheme's form.
    pub fn admit(&self, head: &Head) -> Result<(), Rejection> {
        match self {
            Self::Mac(mac) => mac.admit(head),
            Self::Dialects(macs) => {
                mac::spoken(macs, head).map_or(Err(Rejection::MissingSignature), |mac| mac.admit(head))
            }
            Self::Items(_) => Items::admit(head),
            Self::Signature(signature) => signature.admit(head),
            Self::Token(token) => token.admit(head),
            Self::Jwt(jwt) => jwt.admit(head),
            Self::Detached(detached) => detached.admit(head),
            Self::Chained(chained) => chained.admit(head),
            Self::Sns(_) => Sns::admit(head),
            Self::Invoked(_) => Invoked::admit(head),
            Self::Unsigned => Ok(()),
        }
    }

    /// Makes secrets ready for this scheme, once.
    ///
    /// # Errors
    /// [`WrongShape`] when one of them cannot be a secret of this scheme, or there are none and none come by name or stand
    /// in the table.
    pub fn keyring(&self, secrets: Vec<LiveSecret>) -> Result<Keyring, WrongShape> {
        if let (Self::Chained(chained), true) = (self, secrets.is_empty()) {
            return Ok(Keyring { keys: chained.pinned().into_iter().collect(), marks: Vec::new() });
        }
        if secrets.is_empty() && !self.names_keys() {
            return Err(WrongShape { expected: "at least one secret" });
        }
        let mark = |live: &LiveSecret| (live.version.clone(), Sha256::digest(live.secret.expose()).into());
        let marks = secrets.iter().map(mark).collect();
        let mut keys = Vec::with_capacity(secrets.len());
        for live in secrets {
            let of_version = |material| Key { material, version: live.version.clone() };
            match self {
                Self::Mac(mac) => keys.extend(mac.ready(&live.secret)?.into_iter().map(of_version)),
                Self::Jwt(jwt) => keys.extend(jwt.ready(&live)?),
                Self::Detached(detached) => keys.extend(detached.ready(&live)?),
                Self::Chained(chained) => keys.extend(chained.ready(&live)?),
                Self::Sns(sns) => keys.extend(sns.ready(&live)?),
                Self::Dialects(macs) => {
                    let mac = macs.first().ok_or(WrongShape { expected: "a scheme" })?;
                    keys.extend(mac.ready(&live.secret)?.into_iter().map(of_version));
                }
                Self::Items(items) => keys.extend(items.ready(&live.secret)?.into_iter().map(of_version)),
                Self::Signature(scheme) => keys.extend(scheme.ready(&live.secret)?.into_iter().map(of_version)),
                Self::Token(token) => keys.push(Key { material: token.ready(live.secret)?, version: live.version }),
                Self::Invoked(_) | Self::Unsigned => {
                    keys.push(Key { version: live.version, material: Material::Token(live.secret) });
                }
            }
        }
        Ok(Keyring { keys, marks })
    }

    /// How much a delivery is worth that this scheme proves.
    #[must_use]
    pub fn trust(&self) -> Trust {
        match self {
            Self::Mac(mac) => mac.message.trust(),
            Self::Dialects(macs) => macs.first().map_or(Trust::Authenticated, |mac| mac.message.trust()),
            Self::Signature(signature) => signature.message.trust(),
            Self::Sns(_) | Self::Detached(_) | Self::Chained(_) => Trust::Verified,
            Self::Jwt(jwt) => jwt.trust(),
            Self::Items(_) | Self::Token(_) | Self::Invoked(_) => Trust::Authenticated,
            Self::Unsigned => Trust::Unsigned,
        }
    }

    /// Whether a proof of this scheme covers the fact at this place.
    #[must_use]
    pub fn covers(&self, place: &Locate) -> bool {
        match self {
            Self::Mac(mac) => message::covers(&mac.message.covered(), place),
            Self::Dialects(macs) => macs.iter().any(|mac| message::covers(&mac.message.covered(), place)),
            Self::Signature(signature) => message::covers(&signature.message.covered(), place),
            Self::Sns(_) => message::covers(Sns::COVERED, place),
            Self::Jwt(jwt) => jwt.covers(place),
            Self::Detached(_) => message::covers(Detached::COVERED, place),
            Self::Chained(_) => message::covers(Chained::COVERED, place),
            Self::Items(_) | Self::Token(_) | Self::Invoked(_) | Self::Unsigned => false,
        }
    }

    /// Puts the evidence on `head`, as the sender would: the counterpart of [`verify`], for the operator's command and for
    /// tests. Signed headers other than the time must be there already. Where evidence stands in the body, the body to send
    /// instead of this one.
    ///
    /// # Errors
    /// [`Signing`] when something is missing that the scheme signs or signs with.
    pub fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        signer: Signer<'_>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Signing> {
        match (self, signer) {
            (Self::Mac(mac), Signer::Shared(keys)) => mac.sign(head, body, keys, now),
            (Self::Dialects(macs), Signer::Shared(keys)) => {
                macs.first().map_or(Err(Signing::Impossible("no scheme")), |mac| mac.sign(head, body, keys, now))
            }
            (Self::Items(items), Signer::Shared(keys)) => items.sign(body, keys).map(Some),
            (Self::Signature(signature), Signer::Private(key)) => signature.sign(head, body, key, now),
            (Self::Token(token), Signer::Shared(keys)) => token.sign(head, body, keys),
            (Self::Jwt(jwt), signer) => jwt.sign(head, body, signer, now),
            (Self::Detached(detached), Signer::Private(key)) => detached.sign(head, body, key, now).map(|()| None),
            (Self::Chained(chained), Signer::Private(key)) => chained.sign(head, body, key, now),
            (Self::Sns(sns), Signer::Private(key)) => sns.sign(body, key, now).map(Some),
            (Self::Unsigned, _) => Ok(None),
            (Self::Invoked(_), _) => {
                Err(Signing::Impossible("only the platform invokes; put the message where it is taken from"))
            }
            (
                Self::Signature(_) | Self::Detached(_) | Self::Chained(_) | Self::Sns(_),
                Signer::Nothing | Signer::Shared(_),
            ) => Err(Signing::NO_KEY),
            (
                Self::Mac(_) | Self::Dialects(_) | Self::Items(_) | Self::Token(_),
                Signer::Nothing | Signer::Private(_),
            ) => Err(Signing::NO_SECRET),
        }
    }
}

#[cfg(test)]
mod tests;
