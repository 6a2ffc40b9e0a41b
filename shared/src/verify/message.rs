//! What a sender signs, where it puts the tags, and when it says it did: the data that MACs and signatures share.

mod carried;
mod part;
mod pieces;
mod signing;

use std::borrow::Cow;

use super::digest::{self, Hash};
use super::{Encoding, Trust, Window};
use crate::delivery::{Delivery, Head};
use crate::locate::{Locate, Text};
use crate::{Rejection, Timestamp};

pub(super) use carried::Carried;
pub use part::Part;
pub(crate) use part::covers;
pub(super) use pieces::{Pieces, Reading};
pub use signing::Signing;
pub(super) use signing::{add_to_query, put};

/// No provider sends more candidates (a rolling secret: two or three).
pub(super) const MAX_TAGS: usize = 16;
/// The longest list of signed parts that a scheme may have.
pub const MAX_PARTS: usize = 16;

/// How a scheme's evidence is carried and what it covers.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where the tag or tags are.
    pub tags: Place,
    /// How tags sit there.
    pub layout: Layout,
    /// How a tag is written.
    pub encoding: Encoding,
    /// What is signed, in order.
    pub parts: Cow<'static, [Part]>,
    /// The signed time, if the scheme has one.
    pub time: Option<Time>,
    /// Headers that say which version of the scheme it is, with the one value that is taken.
    pub fixed: &'static [(&'static str, &'static str)],
    /// A digest of the body that stands in a signed part.
    pub body_digest: Option<BodyDigest>,
}

/// Where tags are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// One header, once.
    Header(Text),
    /// Whichever of these headers are there, each once.
    Headers(Cow<'static, [Text]>),
    /// The same, the first key for the first header and so on: a tag counts under its own key only.
    Paired(Cow<'static, [Text]>),
    /// One header, as often as it stands.
    Repeated(Text),
    /// `NAME-1`, `NAME-2` and so on; a key that was taken away leaves a gap.
    Numbered(Text),
    /// A parameter of the query.
    Query(Text),
    /// A JSON pointer into the body; in a form, the field of the second name.
    Field(Text, Text),
}

/// How tags sit in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The whole value after a literal prefix (empty: no prefix).
    Whole(Text),
    /// Versioned tags, `v1,abc v1,def`: split at the separator, ours have the prefix.
    List(Text, Text),
    /// Pairs, `t=1,v1=abc`: split at the separator, then at `=`; tags have this key. A blank at the end of the
    /// separator may be missing.
    Pairs(Text, Text),
    /// Groups of such pairs, `t=1,v1=abc t=2,v1=def`: split at the first separator, each a signature of its own, with a time
    /// of its own.
    Groups(Text, Text, Text),
    /// Pairs of exactly these keys in this order; the last is the tag's.
    InOrder(Text, &'static [&'static str]),
    /// The time, then tags, split at the separator.
    TimeFirst(Text),
    /// Tags behind a mark, `key|abc&other|def`: split at the separator; a tag is what follows the last mark.
    Marked(Text, char),
    /// A literal prefix, then tags, split at the separator.
    Listed(Text, Text),
    /// A JSON object in base64: the tag is its member of this name, and other members must say this of the algorithm.
    JsonInBase64(&'static str, &'static [(&'static str, &'static str)]),
    /// The parameters of an HTTP signature (draft-cavage-http-signatures-12, 4.1), each in quotes: the tag is `signature`;
    /// the algorithm and the list of what is signed must be these.
    HttpSignature {
        /// What `algorithm` says.
        algorithm: &'static str,
        /// What `headers` says.
        headers: &'static str,
    },
}

/// The signed time of a scheme.
#[derive(Clone, Debug)]
pub struct Time {
    /// Where it stands: one of the signed parts, or in the body.
    pub part: Part,
    /// How it is written.
    pub unit: Unit,
    /// How far it may be from now; `None`: no freshness check.
    pub window: Option<Window>,
}

/// How a signed time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since the Unix epoch.
    Seconds,
    /// Milliseconds since the Unix epoch.
    Millis,
    /// RFC 3339.
    Rfc3339,
    /// The date of HTTP (RFC 9110, 5.6.7, the preferred form).
    HttpDate,
}

/// A digest of the body that the sender put beside it, in something that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyDigest {
    /// Where it stands.
    pub at: Locate,
    /// Of what kind it is.
    pub hash: Hash,
    /// How it is written.
    pub encoding: Encoding,
}

impl Unit {
    fn parse(self, text: &str) -> Option<Timestamp> {
        // Digits only: a sign, a blank, a fraction or an exponent is not what was agreed.
        let count = || text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
        match self {
            Self::Seconds => count().map(Timestamp::from_unix_seconds),
            // So few digits are seconds; milliseconds have thirteen since 2001.
            Self::Millis => count().filter(|_| text.len() >= 12).map(Timestamp::from_unix_millis),
            Self::Rfc3339 => Timestamp::parse_rfc3339(text),
            Self::HttpDate => Timestamp::parse_http_date(text),
        }
    }

    fn write(self, moment: Timestamp) -> String {
        match self {
            Self::Seconds => moment.as_unix_micros().div_euclid(1_000_000).to_string(),
            Self::Millis => moment.as_unix_micros().div_euclid(1_000).to_string(),
            Self::Rfc3339 => moment.rfc3339(),
            Self::HttpDate => moment.http_date(),
        }
    }
}

impl Message {
    /// The body alone is signed, the one tag is the whole of a header after `prefix`.
    pub(crate) const fn of_body(header: &'static str, prefix: &'static str, encoding: Encoding) -> Self {
        Self {
            tags: Place::Header(Cow::Borrowed(header)),
            layout: Layout::Whole(Cow::Borrowed(prefix)),
            encoding,
            parts: Cow::Borrowed(&[Part::Body]),
            time: None,
            fixed: &[],
            body_digest: None,
        }
    }

    /// The header that holds the tags, where one does.
    #[must_use]
    pub fn header(&self) -> Option<&Text> {
        match &self.tags {
            Place::Header(name) | Place::Repeated(name) => Some(name),
            Place::Headers(_) | Place::Paired(_) | Place::Numbered(_) | Place::Query(_) | Place::Field(..) => None,
        }
    }

    /// A scheme that does not sign the body proves who sent it, not what. A CRC of it is no proof: another body with the
    /// same one is easily found.
    pub(super) fn trust(&self) -> Trust {
        let is_body = |part: &Part| {
            matches!(
                part,
                Part::Body
                    | Part::BodyAroundSecret
                    | Part::BodyAsJson
                    | Part::BodyWithFloats(_)
                    | Part::UrlAndForm(_)
                    | Part::FormSorted
                    | Part::FormOfPhp(_)
                    | Part::BodyDigest(..)
                    | Part::RawBodyDigest(_)
                    | Part::IfBody(_)
            )
        };
        if self.covered().iter().any(is_body) { Trust::Verified } else { Trust::Authenticated }
    }

    /// What the tags cover. Of a static entry nothing is copied.
    pub(super) fn covered(&self) -> Cow<'static, [Part]> {
        if self.body_digest.is_some() { Cow::Borrowed(&[Part::Body]) } else { self.parts.clone() }
    }

    /// Whether a head has a tag of this version; of what does not tell versions apart always.
    pub(super) fn is_spoken(&self, head: &Head) -> bool {
        let (Some(name), Layout::Pairs(separator, key)) = (self.header(), &self.layout) else { return true };
        let value = head.one_header(name).ok().flatten().unwrap_or_default();
        value.split(separator.trim_end()).any(|pair| pair.trim_start().split('=').next() == Some(key))
    }

    /// What a head alone tells: there is evidence, and it is of the scheme's form.
    pub(super) fn admit(&self, head: &Head, take: &mut dyn FnMut(&str) -> Option<()>) -> Result<(), Rejection> {
        self.is_of_this_version(head)?;
        match &self.tags {
            Place::Field(..) => Ok(()),
            Place::Header(_)
            | Place::Headers(_)
            | Place::Paired(_)
            | Place::Repeated(_)
            | Place::Numbered(_)
            | Place::Query(_) => self.each_tag(&self.carried(head, &[])?, take),
        }
    }

    fn is_of_this_version(&self, head: &Head) -> Result<(), Rejection> {
        let differs = |(name, value): &&(&str, &str)| head.one_header(name).ok().flatten() != Some(*value);
        let is_there = |name: &str| head.headers.contains_key(name);
        match self.fixed.iter().find(differs) {
            Some((name, _)) if is_there(name) => Err(Rejection::UnsupportedVersion),
            Some(_) => Err(Rejection::MissingHeader),
            None => Ok(()),
        }
    }

    /// After the proof: what is signed says when, and what the body is.
    pub(super) fn holds(&self, delivery: &Delivery, carried: &Carried<'_>, now: Timestamp) -> Result<(), Rejection> {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        if let Some(BodyDigest { at, hash, encoding }) = &self.body_digest {
            let [said] = crate::locate::find(head, body, [std::slice::from_ref(at)]);
            let (_, said) = said.ok_or(Rejection::BadBodyHash)?;
            let mut bytes = [0; digest::MAX];
            let length = encoding.read(&said, &mut bytes).ok_or(Rejection::BadBodyHash)?;
            // No secret is compared: the digest stands in the request.
            if bytes.get(..length) != Some(hash.of(body).as_slice()) {
                return Err(Rejection::BadBodyHash);
            }
        }
        if let Some(Time { part, unit, window }) = &self.time {
            let text = self.text(part, head, body, carried)?.ok_or(Rejection::MissingTimestamp)?;
            let moment = unit.parse(&text).ok_or(Rejection::MalformedTimestamp)?;
            window.map_or(Ok(()), |window| window.check(moment, now))?;
        }
        Ok(())
    }
}
