//! A keyed digest over parts of the delivery; a scheme is data.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit};
use http::{HeaderMap, HeaderValue};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::{Proof, Trust, Window, WrongShape, evidence};
use crate::delivery::{Delivery, Head};
use crate::locate::Text;
use crate::secret::{Keyring, Material, Secret};
use crate::{Rejection, Timestamp};

/// No provider sends more candidates in one header (a rolling secret: two or three).
const MAX_TAGS: usize = 16;
/// The longest list of signed parts that a scheme may have.
pub const MAX_PARTS: usize = 12;
/// The longest digest: SHA-512.
const MAX_DIGEST: usize = 64;

/// An HMAC scheme.
#[derive(Clone, Debug)]
pub struct Mac {
    /// The hash under the HMAC. Pinned: the sender never chooses it.
    pub hash: Hash,
    /// The header with the tag or tags, lower case.
    pub header: Text,
    /// How tags sit in that header.
    pub layout: Layout,
    /// How a tag is written.
    pub encoding: Encoding,
    /// What is fed to the digest, in order.
    pub signed: Cow<'static, [Part]>,
    /// How the secret's text becomes key bytes.
    pub key: KeyForm,
    /// The signed time, if the scheme has one.
    pub time: Option<Time>,
}

/// The hash under the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1: only where a provider leaves no choice.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Hash {
    const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// How tags sit in their header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The whole value after a literal prefix (empty: no prefix).
    Whole(Text),
    /// Versioned tags, `v1,abc v1,def`: split at the separator, ours have the prefix.
    List(char, Text),
    /// Pairs, `t=1,v1=abc`: split at the separator, then at `=`; tags have this key.
    Pairs(char, Text),
}

/// How a tag is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hex, as every provider of the table writes it.
    Hex,
    /// Hex of either case, for described schemes: both decode to the same bytes.
    HexAnyCase,
    /// Base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64Url,
}

/// One piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The body, byte for byte.
    Body,
    /// Fixed text.
    Literal(Text),
    /// The value of a header, lower-case name.
    Header(Text),
    /// The value of a key in the header of the tags ([`Layout::Pairs`]).
    Pair(Text),
}

/// How the secret's text becomes key bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// Its bytes, as they are.
    Raw,
    /// Base64, after this prefix where it stands.
    Base64(&'static str),
}

/// The signed time of a scheme.
#[derive(Clone, Debug)]
pub struct Time {
    /// Where it stands: one of the signed parts.
    pub part: Part,
    /// What it counts.
    pub unit: Unit,
    /// How far it may be from now; `None`: no freshness check.
    pub window: Option<Window>,
}

/// What a signed time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since the Unix epoch.
    Seconds,
    /// Milliseconds since the Unix epoch.
    Millis,
}

impl Unit {
    /// Digits only: a sign, a blank, a fraction or an exponent is not what was agreed.
    fn parse(self, text: &str) -> Option<Timestamp> {
        let count: i64 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
        Some(match self {
            Self::Seconds => Timestamp::from_unix_seconds(count),
            Self::Millis => Timestamp::from_unix_millis(count),
        })
    }

    fn write(self, moment: Timestamp) -> String {
        match self {
            Self::Seconds => moment.as_unix_micros().div_euclid(1_000_000).to_string(),
            Self::Millis => moment.as_unix_micros().div_euclid(1_000).to_string(),
        }
    }
}

/// The state of the MAC after its key, computed once per secret and cloned per delivery.
#[derive(Clone)]
pub(crate) enum MacKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

/// The pieces that are signed, borrowed from the delivery: the body is not copied.
struct Pieces<'a> {
    all: [&'a [u8]; MAX_PARTS],
    count: usize,
}

impl<'a> Pieces<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.all.iter().copied().take(self.count)
    }
}

/// One decoded tag: exactly the digest's length.
type Tag = ([u8; MAX_DIGEST], usize);

impl Mac {
    pub(super) fn ready(&self, secret: &Secret) -> Result<Material, WrongShape> {
        let text = secret.expose();
        let key = match self.key {
            KeyForm::Raw => Zeroizing::new(text.to_vec()),
            KeyForm::Base64(prefix) => {
                let expected = "base64 text, `whsec_` before it or not";
                let bare = text.strip_prefix(prefix.as_bytes()).unwrap_or(text);
                let key = Zeroizing::new(STANDARD.decode(bare).map_err(|_| WrongShape { expected })?);
                if key.is_empty() {
                    return Err(WrongShape { expected });
                }
                key
            }
        };
        // HMAC takes keys of any length; the error type is the trait's, not this construction's.
        let impossible = |_| WrongShape { expected: "a key for HMAC" };
        Ok(Material::Mac(Box::new(match self.hash {
            Hash::Sha1 => MacKey::Sha1(Hmac::new_from_slice(&key).map_err(impossible)?),
            Hash::Sha256 => MacKey::Sha256(Hmac::new_from_slice(&key).map_err(impossible)?),
            Hash::Sha512 => MacKey::Sha512(Hmac::new_from_slice(&key).map_err(impossible)?),
        })))
    }

    pub(super) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        let mut tags: [Tag; MAX_TAGS] = [([0; MAX_DIGEST], 0); MAX_TAGS];
        self.tags(evidence(head, &self.header)?, &mut tags).map(|_| ())
    }

    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring, now: Timestamp) -> Result<Proof, Rejection> {
        let head = delivery.untrusted_head();
        let value = evidence(head, &self.header)?;
        let mut tags: [Tag; MAX_TAGS] = [([0; MAX_DIGEST], 0); MAX_TAGS];
        let count = self.tags(value, &mut tags)?;
        let pieces = self.pieces(head, value, delivery.untrusted_body())?;
        let tags = || tags.iter().take(count).map(|(bytes, length)| bytes.get(..*length).unwrap_or_default());

        let matches = keys.keys.iter().find(|key| match &key.material {
            Material::Mac(mac) => mac.matches(&pieces, tags()),
            Material::Token(_) | Material::Rsa(_) | Material::Certificate(_) => false,
        });
        let key = matches.ok_or(Rejection::BadSignature)?;

        if let Some(Time { part, unit, window: Some(window) }) = &self.time {
            let text = self.part_text(part, head, value)?.unwrap_or_default();
            let moment = unit.parse(text).ok_or(Rejection::MalformedTimestamp)?;
            window.check(moment, now)?;
        }
        Ok(Proof { trust: self.trust(), version: Some(key.version.clone()), covered: self.signed.clone() })
    }

    /// A scheme that does not sign the body proves who sent it, not what.
    pub(super) fn trust(&self) -> Trust {
        if self.signed.contains(&Part::Body) { Trust::Verified } else { Trust::Authenticated }
    }

    /// Decodes the candidate tags; the count of them. Nothing is computed before all are well formed.
    fn tags(&self, value: &str, tags: &mut [Tag; MAX_TAGS]) -> Result<usize, Rejection> {
        let mut count = 0_usize;
        let mut take = |text: &str| {
            let slot = tags.get_mut(count).ok_or(Rejection::TooManySignatures)?;
            *slot = self.decode(text).ok_or(Rejection::MalformedSignature)?;
            count = count.saturating_add(1);
            Ok::<_, Rejection>(())
        };
        match &self.layout {
            Layout::Whole(prefix) => take(value.strip_prefix(prefix.as_ref()).ok_or(Rejection::MalformedSignature)?)?,
            Layout::List(separator, prefix) => {
                for entry in value.split(*separator) {
                    if let Some(tag) = entry.strip_prefix(prefix.as_ref()) {
                        take(tag)?;
                    } else if !entry.split_once(',').is_some_and(|(version, _)| is_key(version)) {
                        return Err(Rejection::MalformedSignature);
                    }
                }
            }
            Layout::Pairs(separator, tag_key) => {
                for entry in value.split(*separator) {
                    let (key, text) = entry.split_once('=').ok_or(Rejection::MalformedSignature)?;
                    if key == tag_key {
                        take(text)?;
                    } else if !is_key(key) {
                        return Err(Rejection::MalformedSignature);
                    }
                }
            }
        }
        // Well formed, but every tag is of a version that this scheme does not take.
        if count == 0 { Err(Rejection::UnsupportedVersion) } else { Ok(count) }
    }

    /// Exactly the digest's length, and exactly one spelling per tag.
    fn decode(&self, text: &str) -> Option<Tag> {
        let mut tag = [0; MAX_DIGEST];
        let length = match self.encoding {
            Encoding::Hex | Encoding::HexAnyCase => {
                let upper = self.encoding == Encoding::HexAnyCase;
                let digits = text.as_bytes().chunks_exact(2);
                if !digits.remainder().is_empty() {
                    return None;
                }
                for (slot, pair) in tag.iter_mut().zip(digits) {
                    let [high, low] = pair else { return None };
                    *slot = (hex_digit(*high, upper)? << 4) | hex_digit(*low, upper)?;
                }
                text.len() / 2
            }
            Encoding::Base64 => STANDARD.decode_slice(text, &mut tag).ok()?,
            Encoding::Base64Url => URL_SAFE_NO_PAD.decode_slice(text, &mut tag).ok()?,
        };
        (length == self.hash.len()).then_some((tag, length))
    }

    fn pieces<'a>(&'a self, head: &'a Head, value: &'a str, body: &'a [u8]) -> Result<Pieces<'a>, Rejection> {
        // The config refuses longer lists; a part that was not fed must never count as covered.
        if self.signed.len() > MAX_PARTS {
            return Err(Rejection::BadSignature);
        }
        let mut pieces = Pieces { all: [&[]; MAX_PARTS], count: self.signed.len() };
        for (slot, part) in pieces.all.iter_mut().zip(self.signed.iter()) {
            *slot = match part {
                Part::Body => body,
                Part::Literal(text) => text.as_bytes(),
                Part::Header(_) | Part::Pair(_) => {
                    self.part_text(part, head, value)?.ok_or_else(|| self.absence_of(part))?.as_bytes()
                }
            };
        }
        Ok(pieces)
    }

    fn part_text<'a>(&self, part: &Part, head: &'a Head, value: &'a str) -> Result<Option<&'a str>, Rejection> {
        match (part, &self.layout) {
            (Part::Header(name), _) => head.one_header(name).map_err(|rejection| {
                if rejection == Rejection::MalformedRequest { Rejection::MalformedSignature } else { rejection }
            }),
            (Part::Pair(key), Layout::Pairs(separator, _)) => {
                let mut held =
                    value.split(*separator).filter_map(|entry| entry.split_once('=')).filter(|(k, _)| k == key);
                let first = held.next().map(|(_, text)| text);
                // Two values under one key: two readers would sign two things.
                if held.next().is_some() { Err(Rejection::MalformedSignature) } else { Ok(first) }
            }
            (Part::Pair(_) | Part::Body | Part::Literal(_), _) => Ok(None),
        }
    }

    fn absence_of(&self, part: &Part) -> Rejection {
        if self.time.as_ref().is_some_and(|time| time.part == *part) {
            Rejection::MissingTimestamp
        } else {
            Rejection::MissingHeader
        }
    }
}

/// The key of a pair, or the version of a listed tag.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

const fn hex_digit(digit: u8, upper: bool) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' if upper => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl MacKey {
    /// Whether one of `tags` is the digest of `pieces`, compared in constant time.
    fn matches<'t>(&self, pieces: &Pieces<'_>, tags: impl Iterator<Item = &'t [u8]>) -> bool {
        fn run<'t, M: hmac::Mac + Clone>(
            mut mac: M,
            pieces: &Pieces<'_>,
            tags: impl Iterator<Item = &'t [u8]>,
        ) -> bool {
            pieces.iter().for_each(|piece| mac.update(piece));
            tags.into_iter().any(|tag| mac.clone().verify_slice(tag).is_ok())
        }
        match self {
            Self::Sha1(mac) => run(mac.clone(), pieces, tags),
            Self::Sha256(mac) => run(mac.clone(), pieces, tags),
            Self::Sha512(mac) => run(mac.clone(), pieces, tags),
        }
    }

    /// The digest itself, for [`Mac::sign`] alone: a receiver compares, it never reveals.
    #[expect(clippy::disallowed_methods, reason = "the operator's command signs test deliveries; nothing is compared")]
    fn digest(&self, pieces: &Pieces<'_>) -> Vec<u8> {
        fn run<M: hmac::Mac>(mut mac: M, pieces: &Pieces<'_>) -> Vec<u8> {
            pieces.iter().for_each(|piece| mac.update(piece));
            mac.finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha1(mac) => run(mac.clone(), pieces),
            Self::Sha256(mac) => run(mac.clone(), pieces),
            Self::Sha512(mac) => run(mac.clone(), pieces),
        }
    }
}

/// Why a delivery could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signing(
    /// What is missing.
    pub &'static str,
);

impl Mac {
    /// Puts the evidence of this scheme on `head`, as its sender would, with the ring's first key.
    /// Signed headers other than the time must be there already.
    ///
    /// # Errors
    /// [`Signing`] when a signed header is missing or a value is no header text.
    pub fn sign(&self, head: &mut Head, body: &[u8], keys: &Keyring, now: Timestamp) -> Result<(), Signing> {
        let stamp = self.time.as_ref().map(|time| time.unit.write(now)).unwrap_or_default();
        if let Some(Time { part: Part::Header(name), .. }) = &self.time {
            put(&mut head.headers, name, &stamp)?;
        }
        let stamp_pair = match &self.time {
            Some(Time { part: Part::Pair(key), .. }) => format!("{key}={stamp}"),
            _ => String::new(),
        };
        let pieces =
            self.pieces(head, &stamp_pair, body).map_err(|_| Signing("a header that the scheme signs is missing"))?;
        let digest = match keys.keys.first().map(|key| &key.material) {
            Some(Material::Mac(key)) => key.digest(&pieces),
            Some(Material::Token(_) | Material::Rsa(_) | Material::Certificate(_)) | None => {
                return Err(Signing("the ring holds no key of this scheme"));
            }
        };
        let tag = match self.encoding {
            Encoding::Hex | Encoding::HexAnyCase => digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            Encoding::Base64 => STANDARD.encode(&digest),
            Encoding::Base64Url => URL_SAFE_NO_PAD.encode(&digest),
        };
        let value = match &self.layout {
            Layout::Whole(prefix) | Layout::List(_, prefix) => format!("{prefix}{tag}"),
            Layout::Pairs(_, key) if stamp_pair.is_empty() => format!("{key}={tag}"),
            Layout::Pairs(separator, key) => format!("{stamp_pair}{separator}{key}={tag}"),
        };
        put(&mut head.headers, &self.header, &value)
    }
}

pub(super) fn put(headers: &mut HeaderMap, name: &Text, value: &str) -> Result<(), Signing> {
    let name =
        http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| Signing("a header name of the scheme is not one"))?;
    let not_text = Signing("a value that no header can carry: visible ASCII only");
    // `from_str` lets through what `one_header` refuses to read.
    let value = HeaderValue::from_str(value).ok().filter(|value| value.to_str().is_ok()).ok_or(not_text)?;
    headers.insert(name, value);
    Ok(())
}
