//! A keyed digest over parts of the delivery; a scheme is data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::digest::{self, Hash};
use super::message::{Carried, MAX_TAGS, Message, Part, Pieces, Place, Reading, Signing};
use super::{Proof, WrongShape};
use crate::delivery::{Delivery, Head};
use crate::locate::Text;
use crate::secret::{Keyring, Material, Secret};
use crate::{Rejection, Timestamp};

/// A scheme of keyed digests.
#[derive(Clone, Debug)]
pub struct Mac {
    /// The hash. Pinned: the sender never chooses it.
    pub hash: Hash,
    /// How the secret's text becomes key bytes.
    pub key: KeyForm,
    /// What is signed, and where the tags are. With [`Part::Secret`] among its parts this is the plain digest of the parts;
    /// else it is an HMAC.
    pub message: Message,
}

/// How the secret's text becomes key bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// Its bytes, as they are.
    Raw,
    /// The same of a secret in ASCII, which no Unicode normalisation changes; another one is refused.
    Ascii,
    /// Base64, after this prefix where it stands.
    Base64(&'static str),
    /// Base64 after this prefix; its bytes, as they are, without it.
    Base64After(&'static str),
    /// Its bytes, as they are, and base64 after this prefix as well, where it can be both: the sender changed from the one to
    /// the other, and a secret does not say when it was made.
    RawOrBase64(&'static str),
    /// Hex of either case.
    Hex,
    /// What stands after the last of these characters, as it is.
    AfterLast(char),
    /// Its bytes, then this text.
    Then(&'static str),
    /// A digest of its bytes.
    DigestOf(Hash),
}

/// The state of the MAC after its key, computed once per secret and cloned per delivery.
#[derive(Clone)]
pub(crate) enum MacKey {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
    /// A digest in which the secret is one of the parts.
    Plain(Hash, Zeroizing<Vec<u8>>),
}

/// One decoded tag: exactly the digest's length.
type Tag = ([u8; digest::MAX], usize);

/// The decoded tags of a delivery.
struct Tags {
    all: [Tag; MAX_TAGS],
    count: usize,
}

impl Tags {
    const fn none() -> Self {
        Self { all: [([0; digest::MAX], 0); MAX_TAGS], count: 0 }
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.all.iter().take(self.count).map(|(bytes, length)| bytes.get(..*length).unwrap_or_default())
    }
}

impl Tags {
    /// The tag of the header that belongs to the key of this index. Where there is another number of keys than of headers,
    /// which belongs to which is not known: all of them.
    fn of<'a>(
        &'a self,
        names: &'a [Text],
        head: &'a Head,
        keys: usize,
        index: usize,
    ) -> impl Iterator<Item = &'a [u8]> + 'a {
        let there =
            names.iter().enumerate().filter(|(_, name)| head.headers.contains_key(name.as_ref())).map(|(at, _)| at);
        there.zip(self.iter()).filter(move |(at, _)| keys != names.len() || *at == index).map(|(_, tag)| tag)
    }
}

impl KeyForm {
    fn key(self, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrongShape> {
        let base64 = |text: &[u8], expected| STANDARD.decode(text).map_err(|_| WrongShape { expected });
        let key = match self {
            Self::Raw | Self::RawOrBase64(_) => text.to_vec(),
            Self::Ascii if text.is_ascii() => text.to_vec(),
            Self::Ascii => return Err(WrongShape { expected: "ASCII text: the sender normalises any other" }),
            Self::Base64(prefix) => {
                let expected = if prefix.is_empty() { "base64 text" } else { "base64 text, `whsec_` before it or not" };
                // Supabase shows the version of the scheme before the prefix.
                let text = text.strip_prefix(b"v1,").unwrap_or(text);
                base64(text.strip_prefix(prefix.as_bytes()).unwrap_or(text), expected)?
            }
            Self::Base64After(prefix) => match text.strip_prefix(prefix.as_bytes()) {
                Some(text) => base64(text, "base64 text after `whsec_`, or text without it")?,
                None => text.to_vec(),
            },
            Self::Hex => {
                let expected = "hex digits";
                let digits = std::str::from_utf8(text).map_err(|_| WrongShape { expected })?;
                let mut bytes = vec![0; digits.len() / 2];
                let read = super::Encoding::HexAnyCase.read(digits, &mut bytes);
                read.map(|_| bytes).ok_or(WrongShape { expected })?
            }
            Self::AfterLast(mark) => {
                let expected = "the whole key as the provider shows it, with its parts";
                let text = std::str::from_utf8(text).map_err(|_| WrongShape { expected })?;
                text.rsplit_once(mark).ok_or(WrongShape { expected })?.1.as_bytes().to_vec()
            }
            Self::Then(more) => [text, more.as_bytes()].concat(),
            Self::DigestOf(hash) => hash.of(text),
        };
        if key.is_empty() { Err(WrongShape { expected: "a key that is not empty" }) } else { Ok(Zeroizing::new(key)) }
    }
}

/// The dialect that a delivery is in: the first whose evidence is there.
pub(super) fn spoken<'a>(macs: &'a [Mac], head: &Head) -> Option<&'a Mac> {
    let has = |mac: &&Mac| mac.message.header().is_some_and(|name| head.headers.contains_key(name.as_ref()));
    macs.iter().filter(has).find(|mac| mac.message.is_spoken(head)).or_else(|| macs.iter().find(has))
}

impl Mac {
    /// Whether it is a digest with the secret among its parts, and no HMAC.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.message.parts.iter().any(|part| matches!(part, Part::Secret | Part::BodyAroundSecret))
    }

    /// The keys that the secret may be; what signs is the first.
    pub(super) fn ready(&self, secret: &Secret) -> Result<Vec<Material>, WrongShape> {
        let text = secret.expose();
        let first = self.material(self.key.key(text)?)?;
        let second = if let KeyForm::RawOrBase64(prefix) = self.key
            && text.starts_with(prefix.as_bytes())
        {
            KeyForm::Base64(prefix).key(text).ok()
        } else {
            None
        };
        Ok(std::iter::once(first).chain(second.map(|key| self.material(key)).transpose()?).collect())
    }

    fn material(&self, key: Zeroizing<Vec<u8>>) -> Result<Material, WrongShape> {
        // HMAC takes keys of any length; the error type is the trait's, not this construction's.
        let impossible = |_| WrongShape { expected: "a key for HMAC" };
        Ok(Material::Mac(Box::new(match self.hash {
            hash if self.is_plain() => MacKey::Plain(hash, key),
            Hash::Md5 => MacKey::Md5(Hmac::new_from_slice(&key).map_err(impossible)?),
            Hash::Sha1 => MacKey::Sha1(Hmac::new_from_slice(&key).map_err(impossible)?),
            Hash::Sha256 => MacKey::Sha256(Hmac::new_from_slice(&key).map_err(impossible)?),
            Hash::Sha384 => MacKey::Sha384(Hmac::new_from_slice(&key).map_err(impossible)?),
            Hash::Sha512 => MacKey::Sha512(Hmac::new_from_slice(&key).map_err(impossible)?),
        })))
    }

    pub(super) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        let mut tags = Tags::none();
        self.message.admit(head, &mut |text| self.decode(text, &mut tags))
    }

    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring, now: Timestamp) -> Result<Proof, Rejection> {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        self.admit(head)?;
        let carried = self.message.carried(head, body)?;
        let Some(groups) = self.message.groups(&carried) else { return self.prove_one(delivery, &carried, keys, now) };
        let mut refused = Rejection::BadSignature;
        for group in groups {
            match self.prove_one(delivery, &group, keys, now) {
                // A group under another secret tells nothing of the one under ours.
                Err(Rejection::BadSignature) => {}
                Err(rejection) => refused = rejection,
                proven => return proven,
            }
        }
        Err(refused)
    }

    fn prove_one(
        &self,
        delivery: &Delivery,
        carried: &Carried<'_>,
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<Proof, Rejection> {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        let mut tags = Tags::none();
        self.message.each_tag(carried, &mut |text| self.decode(text, &mut tags))?;
        let find = |reading| {
            let pieces = self.message.pieces(head, body, carried, reading)?;
            Ok::<_, Rejection>(keys.keys.iter().enumerate().find(|(index, key)| {
                let Material::Mac(mac) = &key.material else { return false };
                if let Place::Paired(names) = &self.message.tags {
                    mac.matches(&pieces, tags.of(names, head, keys.keys.len(), *index))
                } else {
                    mac.matches(&pieces, tags.iter())
                }
            }))
        };
        let mut matches = find(Reading::AsGiven)?;
        let has_two =
            |part: &Part| matches!(part, Part::UrlOfAnyPort(_) | Part::BodyWithFloats(_) | Part::LineEndOrNot);
        if matches.is_none() && self.message.parts.iter().any(has_two) {
            matches = find(Reading::Otherwise)?;
        }
        let (_, key) = matches.ok_or(Rejection::BadSignature)?;
        self.message.holds(delivery, carried, now)?;
        let (trust, covered) = (self.message.trust(), self.message.covered());
        Ok(Proof { trust, version: Some(key.version.clone()), covered })
    }

    /// Exactly the digest's length, and exactly one spelling per tag.
    fn decode(&self, text: &str, tags: &mut Tags) -> Option<()> {
        let (bytes, length) = tags.all.get_mut(tags.count)?;
        *length = self.message.encoding.read(text, bytes).filter(|length| *length == self.hash.len())?;
        tags.count = tags.count.saturating_add(1);
        Some(())
    }

    /// Puts the evidence of this scheme on `head`, as its sender would, with the ring's first key. Signed headers other than
    /// the time must be there already. Where evidence stands in the body, the body to send instead.
    ///
    /// # Errors
    /// [`Signing`] when a signed header is missing or a value is no header text.
    pub fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Signing> {
        let Some(Material::Mac(key)) = keys.keys.first().map(|key| &key.material) else {
            return Err(Signing::NO_SECRET);
        };
        self.message.sign(head, body, now, |pieces| Ok(key.digest(pieces)))
    }
}

impl MacKey {
    /// Whether one of `tags` is the digest of `pieces`, compared in constant time.
    fn matches<'t>(&self, pieces: &Pieces<'_>, mut tags: impl Iterator<Item = &'t [u8]>) -> bool {
        fn run<'t, M: hmac::Mac + Clone>(
            mut mac: M,
            pieces: &Pieces<'_>,
            mut tags: impl Iterator<Item = &'t [u8]>,
        ) -> bool {
            pieces.each(&[], |piece| mac.update(piece));
            tags.any(|tag| mac.clone().verify_slice(tag).is_ok())
        }
        match self {
            Self::Md5(mac) => run(mac.clone(), pieces, tags),
            Self::Sha1(mac) => run(mac.clone(), pieces, tags),
            Self::Sha256(mac) => run(mac.clone(), pieces, tags),
            Self::Sha384(mac) => run(mac.clone(), pieces, tags),
            Self::Sha512(mac) => run(mac.clone(), pieces, tags),
            Self::Plain(..) => {
                let digest = self.digest(pieces);
                tags.any(|tag| bool::from(tag.ct_eq(&digest)))
            }
        }
    }

    /// Whether `tag` is the digest of one text, compared in constant time.
    pub(super) fn is_tag(&self, text: &[u8], tag: &[u8]) -> bool {
        self.matches(&Pieces::of_one(text), std::iter::once(tag))
    }

    /// The digest of one text, for a sender.
    pub(super) fn tag(&self, text: &[u8]) -> Vec<u8> {
        self.digest(&Pieces::of_one(text))
    }

    /// The digest itself, for [`Mac::sign`] and to compare plain digests in constant time: a receiver never reveals it.
    #[expect(clippy::disallowed_methods, reason = "the operator's command signs test deliveries; nothing is compared")]
    fn digest(&self, pieces: &Pieces<'_>) -> Vec<u8> {
        fn run<M: hmac::Mac>(mut mac: M, pieces: &Pieces<'_>) -> Vec<u8> {
            pieces.each(&[], |piece| mac.update(piece));
            mac.finalize().into_bytes().to_vec()
        }
        fn plain<D: Digest>(mut digest: D, secret: &[u8], pieces: &Pieces<'_>) -> Vec<u8> {
            pieces.each(secret, |piece| digest.update(piece));
            digest.finalize().to_vec()
        }
        match self {
            Self::Md5(mac) => run(mac.clone(), pieces),
            Self::Sha1(mac) => run(mac.clone(), pieces),
            Self::Sha256(mac) => run(mac.clone(), pieces),
            Self::Sha384(mac) => run(mac.clone(), pieces),
            Self::Sha512(mac) => run(mac.clone(), pieces),
            Self::Plain(hash, secret) => match hash {
                Hash::Md5 => plain(Md5::new(), secret, pieces),
                Hash::Sha1 => plain(Sha1::new(), secret, pieces),
                Hash::Sha256 => plain(Sha256::new(), secret, pieces),
                Hash::Sha384 => plain(Sha384::new(), secret, pieces),
                Hash::Sha512 => plain(Sha512::new(), secret, pieces),
            },
        }
    }
}
