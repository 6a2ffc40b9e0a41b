//! What a sender signs, where it puts the tags, and when it says it did: the data that MACs and signatures share.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};

use super::digest::{self, Hash};
use super::{Expected, Trust, Window, canonical, evidence};
use crate::delivery::{Delivery, Head};
use crate::locate::{Locate, Text, form_field, is_form, query_value};
use crate::{Rejection, Timestamp, pick};

/// No provider sends more candidates (a rolling secret: two or three).
pub(super) const MAX_TAGS: usize = 16;
/// The longest list of signed parts that a scheme may have.
pub const MAX_PARTS: usize = 16;
/// The pieces that so many parts become.
const MAX_PIECES: usize = 40;

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
    Headers(&'static [&'static str]),
    /// The same, the first key for the first header and so on: a tag counts under its own key only.
    Paired(&'static [&'static str]),
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

/// How a tag is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hex.
    Hex,
    /// Hex of either case: both decode to the same bytes.
    HexAnyCase,
    /// Base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64Url,
    /// URL-safe base64 with padding.
    Base64UrlPadded,
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
    /// The value of a key in the value of the tags ([`Layout::Pairs`]); of an empty key, the time of [`Layout::TimeFirst`].
    Pair(Text),
    /// The method, upper case.
    Method,
    /// The URL that the sender was given: the operator's own text, with the query of the request where it has none. Never
    /// what `Host` or `X-Forwarded-*` say.
    Url(Expected),
    /// The same; with a port where there is none, and without one where there is, it counts as well.
    UrlOfAnyPort(Expected),
    /// The path as received.
    Path,
    /// The path and the query as received.
    PathAndQuery,
    /// The decoded value of a parameter of the query.
    Query(Text),
    /// A string, boolean or whole number of the body, by its JSON pointer; the text of a number as JSON writes it.
    Json(Text),
    /// The same; in a form, the decoded value of the field of the second name, or what a pointer behind that name finds in
    /// the JSON that the field holds.
    Field(Text, Text),
    /// The body, with the secret in the one place where the tag stands.
    BodyAroundSecret,
    /// The body as a string of JSON.
    BodyAsJson,
    /// The body; with `.0` after each whole number under this key, where it is not signed as it came.
    BodyWithFloats(&'static str),
    /// The path and the query, percent-encoded once more.
    EncodedUri,
    /// The headers that this one lists, `name:value`, sorted; these must be among them.
    ListedHeaders(&'static str, &'static [&'static str]),
    /// The URL that the sender was given, its query and the fields of a form, each sorted.
    UrlAndForm(Expected),
    /// The host of that URL.
    Host(Expected),
    /// Every field of a form: name and value, sorted by name, one after the other. A value that stands twice under a name
    /// counts once.
    FormSorted,
    /// Every field of a form but this one, sorted by name, as PHP's `serialize` writes an array of texts.
    FormOfPhp(Text),
    /// The parameters of the query, sorted by name.
    QuerySorted,
    /// The values of the headers that the value of this key names, a dot between each two ([`Layout::Pairs`]).
    HeadersOf(Text),
    /// A digest of the body, in text.
    BodyDigest(Hash, Encoding),
    /// A digest of the body, its bytes.
    RawBodyDigest(Hash),
    /// The CRC-32 of the body, in decimal.
    BodyCrc32,
    /// The secret itself, of a digest without a MAC's key.
    Secret,
    /// A text that the operator knows, by its name in the source's `values`.
    Value(Text, Expected),
    /// Text, a part, text; nothing at all where the part is not there.
    IfThere(Text, &'static Self, Text),
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

/// Why a delivery could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signing(
    /// What is missing.
    pub &'static str,
);

/// A piece of what is signed, of one delivery.
pub(super) enum Piece<'a> {
    Bytes(Cow<'a, [u8]>),
    Secret,
}

/// The pieces that are signed, borrowed from the delivery where they stand there: the body is not copied.
pub(super) struct Pieces<'a> {
    all: [Piece<'a>; MAX_PIECES],
    count: usize,
    reading: Reading,
}

/// Which of two readings a part has: [`Part::UrlOfAnyPort`], [`Part::BodyWithFloats`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As it is.
    AsGiven,
    /// The other way.
    Otherwise,
}

impl<'a> Pieces<'a> {
    const fn none() -> Self {
        Self { all: [const { Piece::Bytes(Cow::Borrowed(&[])) }; MAX_PIECES], count: 0, reading: Reading::AsGiven }
    }

    pub(super) fn of_one(text: &'a [u8]) -> Self {
        let mut pieces = Self::none();
        pieces.all[0] = Piece::Bytes(Cow::Borrowed(text));
        Self { count: 1, ..pieces }
    }

    fn push(&mut self, piece: Piece<'a>) -> Result<(), Rejection> {
        // A part that was not fed must never count as covered.
        *self.all.get_mut(self.count).ok_or(Rejection::BadSignature)? = piece;
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    pub(super) fn each<'s>(&'s self, secret: &'s [u8], mut feed: impl FnMut(&[u8])) {
        for piece in self.all.iter().take(self.count) {
            feed(match piece {
                Piece::Bytes(bytes) => bytes,
                Piece::Secret => secret,
            });
        }
    }
}

/// The text that holds the tags, and more of its kind.
pub(super) struct Carried<'a> {
    first: Cow<'a, str>,
    more: Vec<&'a str>,
}

impl Carried<'_> {
    fn of_one(text: &str) -> Carried<'_> {
        Carried { first: Cow::Borrowed(text), more: Vec::new() }
    }
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

impl Encoding {
    /// One text for the bytes.
    pub(super) fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex | Self::HexAnyCase => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
            Self::Base64UrlPadded => URL_SAFE.encode(bytes),
        }
    }

    /// The length of the bytes that it decodes to, in `into`; `None` where the text is not their one spelling, or too long.
    pub(super) fn read(self, text: &str, into: &mut [u8]) -> Option<usize> {
        match self {
            Self::Hex | Self::HexAnyCase => {
                let upper = self == Self::HexAnyCase;
                let digits = text.as_bytes().chunks_exact(2);
                if !digits.remainder().is_empty() || digits.len() > into.len() {
                    return None;
                }
                for (slot, pair) in into.iter_mut().zip(digits) {
                    let [high, low] = pair else { return None };
                    *slot = (hex_digit(*high, upper)? << 4) | hex_digit(*low, upper)?;
                }
                Some(text.len() / 2)
            }
            Self::Base64 => STANDARD.decode_slice(text, into).ok(),
            Self::Base64Url => URL_SAFE_NO_PAD.decode_slice(text, into).ok(),
            Self::Base64UrlPadded => URL_SAFE.decode_slice(text, into).ok(),
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
            )
        };
        if self.covered().iter().any(is_body) { Trust::Verified } else { Trust::Authenticated }
    }

    /// What the tags cover. Of a static entry nothing is copied.
    pub(super) fn covered(&self) -> Cow<'static, [Part]> {
        if self.body_digest.is_some() { Cow::Borrowed(&[Part::Body]) } else { self.parts.clone() }
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

    /// The text that holds the tags.
    pub(super) fn carried<'a>(&'a self, head: &'a Head, body: &'a [u8]) -> Result<Carried<'a>, Rejection> {
        let owned = |text: Option<String>| match text {
            None => Err(Rejection::MissingSignature),
            Some(text) if text.is_empty() => Err(Rejection::EmptySignature),
            Some(text) => Ok(Carried { first: Cow::Owned(text), more: Vec::new() }),
        };
        match &self.tags {
            Place::Header(name) => evidence(head, name).map(Carried::of_one),
            Place::Headers(names) | Place::Paired(names) => {
                let there = names.iter().filter(|name| head.headers.contains_key(**name));
                several(there.map(|name| evidence(head, name)))
            }
            Place::Repeated(name) => {
                several(head.headers.get_all(name.as_ref()).iter().map(|value| match value.to_str() {
                    Ok("") => Err(Rejection::EmptySignature),
                    Ok(text) => Ok(text),
                    Err(_) => Err(Rejection::MalformedSignature),
                }))
            }
            Place::Numbered(name) => {
                let named = |number| (1..=MAX_TAGS).contains(&number).then(|| format!("{name}-{number}"));
                let there = (1..).map_while(named).filter(|name| head.headers.contains_key(name.as_str()));
                several(there.map(|name| evidence(head, &name)))
            }
            Place::Query(name) => owned(query_value(head, name)?),
            Place::Field(pointer, name) => owned(field(body, pointer, name)),
        }
    }

    /// Every candidate tag to `take`, which decodes it. Nothing is computed before all are well formed.
    pub(super) fn each_tag(
        &self,
        carried: &Carried<'_>,
        take: &mut dyn FnMut(&str) -> Option<()>,
    ) -> Result<(), Rejection> {
        let (mut count, mut others) = (0_usize, !matches!(self.layout, Layout::Pairs(..)));
        let mut take = |text: &str| {
            count = count.saturating_add(1);
            if count > MAX_TAGS {
                return Err(Rejection::TooManySignatures);
            }
            take(text).ok_or(Rejection::MalformedSignature)
        };
        for value in std::iter::once(carried.first.as_ref()).chain(carried.more.iter().copied()) {
            match &self.layout {
                Layout::Whole(prefix) => {
                    // Another scheme of `Authorization` is no evidence of ours.
                    let is_other = || {
                        if prefix.ends_with(' ') && value.contains(' ') {
                            Rejection::MissingSignature
                        } else {
                            Rejection::MalformedSignature
                        }
                    };
                    take(value.strip_prefix(prefix.as_ref()).ok_or_else(is_other)?)?;
                }
                Layout::List(separator, prefix) => {
                    for entry in value.split(separator.as_ref()) {
                        if let Some(tag) = entry.strip_prefix(prefix.as_ref()) {
                            take(tag)?;
                        } else if !entry.split_once([',', '=']).is_some_and(|(version, _)| is_key(version)) {
                            return Err(Rejection::MalformedSignature);
                        }
                    }
                }
                Layout::Pairs(separator, tag_key) => {
                    for entry in pairs(value, separator) {
                        let (key, text) = entry.ok_or(Rejection::MalformedSignature)?;
                        if key == tag_key {
                            take(text)?;
                        } else if !self.is_time_key(key) {
                            others = true;
                        }
                    }
                }
                Layout::InOrder(separator, keys) => {
                    let held =
                        pairs(value, separator).collect::<Option<Vec<_>>>().ok_or(Rejection::MalformedSignature)?;
                    if !held.iter().map(|(key, _)| key).eq(*keys) {
                        return Err(Rejection::MalformedSignature);
                    }
                    held.last().map_or(Ok(()), |(_, tag)| take(tag))?;
                }
                Layout::TimeFirst(separator) => value.split(separator.as_ref()).skip(1).try_for_each(&mut take)?,
                Layout::Marked(separator, mark) => {
                    for entry in value.split(separator.as_ref()) {
                        take(entry.rsplit_once(*mark).ok_or(Rejection::MalformedSignature)?.1)?;
                    }
                }
                Layout::JsonInBase64(member, pinned) => {
                    let document = STANDARD.decode(value).map_err(|_| Rejection::MalformedSignature)?;
                    let pointer = |name: &str| format!("/{name}");
                    let of = |name: &str| pick::json(&document, &[&pointer(name)]).into_iter().next().flatten();
                    if !pinned.iter().all(|(name, wanted)| of(name).as_deref() == Some(*wanted)) {
                        let is_object = pick::has_member(&document, member);
                        return Err(if is_object { Rejection::AlgNotAllowed } else { Rejection::MalformedSignature });
                    }
                    take(&of(member).ok_or(Rejection::MissingSignature)?)?;
                }
                Layout::HttpSignature { algorithm, headers } => {
                    let held = parameters(value).ok_or(Rejection::MalformedSignature)?;
                    let of = |name: &str| held.iter().find(|(key, _)| *key == name).map(|(_, text)| *text);
                    if of("algorithm") != Some(algorithm) {
                        return Err(Rejection::AlgNotAllowed);
                    }
                    if of("headers") != Some(headers) {
                        return Err(Rejection::UnsupportedVersion);
                    }
                    take(of("signature").ok_or(Rejection::MissingSignature)?)?;
                }
                Layout::Listed(prefix, separator) => {
                    let list = value.strip_prefix(prefix.as_ref()).ok_or(Rejection::MalformedSignature)?;
                    list.split(separator.as_ref()).try_for_each(&mut take)?;
                }
            }
        }
        match (count, others) {
            // Well formed, but every tag is of a version that this scheme does not take.
            (0, true) => Err(Rejection::UnsupportedVersion),
            (0, false) => Err(Rejection::MalformedSignature),
            _ => Ok(()),
        }
    }

    fn is_time_key(&self, key: &str) -> bool {
        self.time.as_ref().is_some_and(|time| matches!(&time.part, Part::Pair(time) if time == key))
    }

    /// What is signed of this delivery.
    pub(super) fn pieces<'a>(
        &'a self,
        head: &'a Head,
        body: &'a [u8],
        carried: &'a Carried<'_>,
        reading: Reading,
    ) -> Result<Pieces<'a>, Rejection> {
        let mut pieces = Pieces { reading, ..Pieces::none() };
        if self.parts.len() > MAX_PARTS {
            return Err(Rejection::BadSignature);
        }
        self.parts.iter().try_for_each(|part| self.feed(part, head, body, carried, &mut pieces))?;
        Ok(pieces)
    }

    #[expect(clippy::too_many_arguments, reason = "a delivery and its tags are three borrows of one lifetime")]
    fn feed<'a>(
        &'a self,
        part: &'a Part,
        head: &'a Head,
        body: &'a [u8],
        carried: &'a Carried<'_>,
        pieces: &mut Pieces<'a>,
    ) -> Result<(), Rejection> {
        let text = |text: &'a str| Piece::Bytes(Cow::Borrowed(text.as_bytes()));
        let owned = |text: String| Piece::Bytes(Cow::Owned(text.into_bytes()));
        let query = head.query.as_deref();
        match part {
            Part::Body => pieces.push(Piece::Bytes(Cow::Borrowed(body))),
            Part::Literal(literal) => pieces.push(text(literal)),
            Part::Method => pieces.push(text(head.method.as_str())),
            Part::Path => pieces.push(text(&head.path)),
            Part::PathAndQuery => {
                pieces.push(text(&head.path))?;
                with_query(query, text, pieces)
            }
            Part::Url(Expected::Exactly(url)) => {
                pieces.push(text(url))?;
                if url.contains('?') { Ok(()) } else { with_query(query, text, pieces) }
            }
            Part::UrlOfAnyPort(Expected::Exactly(url)) => {
                let own = if pieces.reading == Reading::AsGiven { Cow::Borrowed(url.as_ref()) } else { otherwise(url) };
                let has_query = own.contains('?');
                pieces.push(Piece::Bytes(match own {
                    Cow::Borrowed(url) => Cow::Borrowed(url.as_bytes()),
                    Cow::Owned(url) => Cow::Owned(url.into_bytes()),
                }))?;
                if has_query { Ok(()) } else { with_query(query, text, pieces) }
            }
            Part::Value(_, Expected::Exactly(value)) => pieces.push(text(value)),
            // A table entry is a template; until it is filled in nothing fits it.
            Part::Url(Expected::Configured)
            | Part::UrlAndForm(Expected::Configured)
            | Part::Host(Expected::Configured)
            | Part::UrlOfAnyPort(Expected::Configured)
            | Part::Value(_, Expected::Configured) => Err(Rejection::BadSignature),
            Part::BodyAroundSecret => {
                // What follows the document would be an extension of the digest, which MD5 allows without the secret.
                serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(|_| Rejection::MalformedSignature)?;
                let (before, after) = canonical::around(body, &carried.first)?;
                pieces.push(Piece::Bytes(Cow::Borrowed(before)))?;
                pieces.push(Piece::Secret)?;
                pieces.push(Piece::Bytes(Cow::Borrowed(after)))
            }
            Part::BodyAsJson => pieces.push(owned(canonical::json_string(body)?)),
            Part::BodyWithFloats(key) => {
                let changed = if pieces.reading == Reading::AsGiven { None } else { canonical::with_floats(body, key) };
                pieces.push(Piece::Bytes(changed.map_or(Cow::Borrowed(body), Cow::Owned)))
            }
            Part::EncodedUri => pieces.push(owned(canonical::encoded_uri(head)?)),
            Part::ListedHeaders(list, must) => pieces.push(owned(canonical::listed_headers(head, list, must)?)),
            Part::UrlAndForm(Expected::Exactly(url)) => pieces.push(owned(canonical::url_and_form(url, query, body)?)),
            Part::Host(Expected::Exactly(url)) => pieces.push(text(canonical::host(url))),
            Part::FormSorted => sorted_form(body).into_iter().try_for_each(|field| pieces.push(owned(field))),
            Part::FormOfPhp(without) => pieces.push(owned(form_of_php(body, without))),
            Part::QuerySorted => {
                let mut pairs: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
                pairs.sort();
                let sorted: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                pieces.push(owned(sorted))
            }
            Part::HeadersOf(key) => {
                let names = self.text_of_pair(key, carried)?.ok_or(Rejection::MalformedSignature)?;
                for (index, name) in names.split(' ').enumerate() {
                    if index > 0 {
                        pieces.push(text("."))?;
                    }
                    pieces.push(text(head.one_header(name)?.ok_or(Rejection::MissingHeader)?))?;
                }
                Ok(())
            }
            Part::RawBodyDigest(hash) => pieces.push(Piece::Bytes(Cow::Owned(hash.of(body)))),
            Part::BodyDigest(hash, encoding) => pieces.push(owned(encoding.write(&hash.of(body)))),
            Part::BodyCrc32 => pieces.push(owned(digest::crc32(body).to_string())),
            Part::Secret => pieces.push(Piece::Secret),
            Part::IfThere(before, part, after) => {
                if self.text(part, head, body, carried)?.is_none() {
                    return Ok(());
                }
                pieces.push(text(before))?;
                self.feed(part, head, body, carried, pieces)?;
                pieces.push(text(after))
            }
            Part::Header(_) | Part::Pair(_) | Part::Query(_) | Part::Json(_) | Part::Field(..) => {
                match self.text(part, head, body, carried)?.ok_or_else(|| self.absence_of(part))? {
                    Cow::Borrowed(held) => pieces.push(text(held)),
                    Cow::Owned(held) => pieces.push(owned(held)),
                }
            }
        }
    }

    /// The text of a part that is one text of the delivery.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not one text is fed by `feed`, which names every part")]
    fn text<'a>(
        &'a self,
        part: &'a Part,
        head: &'a Head,
        body: &'a [u8],
        carried: &'a Carried<'_>,
    ) -> Result<Option<Cow<'a, str>>, Rejection> {
        match part {
            Part::Header(name) => match head.one_header(name) {
                Err(Rejection::MalformedRequest) => Err(Rejection::MalformedSignature),
                other => other.map(|text| text.map(Cow::Borrowed)),
            },
            Part::Pair(key) => Ok(self.text_of_pair(key, carried)?.map(Cow::Borrowed)),
            Part::Query(name) => query_value(head, name).map(|text| text.map(Cow::Owned)),
            Part::Json(pointer) => Ok(pick::json(body, &[pointer]).into_iter().next().flatten().map(Cow::Owned)),
            Part::Field(pointer, name) => Ok(field(body, pointer, name).map(Cow::Owned)),
            _ => Ok(None),
        }
    }

    fn text_of_pair<'a>(&'a self, key: &'a str, carried: &'a Carried<'_>) -> Result<Option<&'a str>, Rejection> {
        match &self.layout {
            Layout::Pairs(separator, _) | Layout::InOrder(separator, _) => {
                let held = pairs(&carried.first, separator).flatten().filter(|(held, _)| *held == key);
                let mut held = held.map(|(_, text)| text);
                let first = held.next();
                // Two values under one key: two readers would sign two things.
                if held.next().is_some() { Err(Rejection::MalformedSignature) } else { Ok(first) }
            }
            Layout::TimeFirst(separator) => Ok(carried.first.split(separator.as_ref()).next()),
            Layout::Whole(_)
            | Layout::List(..)
            | Layout::Marked(..)
            | Layout::Listed(..)
            | Layout::JsonInBase64(..)
            | Layout::HttpSignature { .. } => Ok(None),
        }
    }

    fn absence_of(&self, part: &Part) -> Rejection {
        if self.time.as_ref().is_some_and(|time| time.part == *part) {
            Rejection::MissingTimestamp
        } else if matches!(part, Part::Header(_)) {
            Rejection::MissingHeader
        } else {
            Rejection::MalformedSignature
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

    /// Puts the time of `now` where the scheme has one, then the tag that `tag` makes of what is signed.
    pub(super) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        now: Timestamp,
        tag: impl FnOnce(&Pieces<'_>) -> Result<Vec<u8>, Signing>,
    ) -> Result<(), Signing> {
        let stamp = self.time.as_ref().map(|time| time.unit.write(now)).unwrap_or_default();
        for (name, value) in self.fixed {
            put(&mut head.headers, name, value)?;
        }
        for part in self.parts.iter() {
            if let Part::ListedHeaders(list, must) = part
                && !head.headers.contains_key(*list)
            {
                put(&mut head.headers, list, &must.join(","))?;
            }
        }
        let mut stamped = String::new();
        match (self.time.as_ref().map(|time| &time.part), &self.layout) {
            (Some(Part::Header(name)), _) => put(&mut head.headers, name, &stamp)?,
            (Some(Part::Pair(key)), Layout::Pairs(separator, _) | Layout::InOrder(separator, _)) => {
                stamped = format!("{key}={stamp}");
                // What else the sender puts there is its own.
                for part in self.parts.iter() {
                    if let Part::Pair(other) = part
                        && other != key
                    {
                        stamped.push_str(&format!("{separator}{other}=doorbell"));
                    }
                }
            }
            (Some(Part::Pair(_)), _) => stamped = stamp,
            _ => {}
        }
        let carried = Carried::of_one(&stamped);
        let missing = Signing("something that the scheme signs is missing: a header, a field of the body");
        let bytes = tag(&self.pieces(head, body, &carried, Reading::AsGiven).map_err(|_| missing)?)?;
        let tag = self.encoding.write(&bytes);
        let value = match &self.layout {
            Layout::Whole(prefix) | Layout::List(_, prefix) | Layout::Listed(prefix, _) => format!("{prefix}{tag}"),
            Layout::Marked(_, mark) => format!("doorbell{mark}{tag}"),
            Layout::Pairs(_, key) if stamped.is_empty() => format!("{key}={tag}"),
            Layout::Pairs(separator, key) => format!("{stamped}{separator}{key}={tag}"),
            Layout::InOrder(separator, keys) => {
                format!("{stamped}{separator}{}={tag}", keys.last().copied().unwrap_or_default())
            }
            Layout::TimeFirst(separator) => format!("{stamped}{separator}{tag}"),
            Layout::JsonInBase64(member, pinned) => {
                let pinned: String = pinned.iter().map(|(name, text)| format!("\"{name}\":\"{text}\",")).collect();
                STANDARD.encode(format!("{{{pinned}\"{member}\":\"{tag}\"}}"))
            }
            Layout::HttpSignature { algorithm, headers } => {
                format!("algorithm=\"{algorithm}\", signature=\"{tag}\", headers=\"{headers}\"")
            }
        };
        match &self.tags {
            Place::Header(name) | Place::Repeated(name) => put(&mut head.headers, name, &value),
            Place::Headers(names) | Place::Paired(names) => {
                put(&mut head.headers, names.first().copied().unwrap_or_default(), &value)
            }
            Place::Numbered(name) => put(&mut head.headers, &format!("{name}-1"), &value),
            Place::Query(name) => {
                let pair: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
                head.query = Some(head.query.take().map_or_else(|| pair.clone(), |query| format!("{query}&{pair}")));
                Ok(())
            }
            Place::Field(..) => Err(Signing("the tag stands in the body; sign it there")),
        }
    }
}

/// The URL without its port, or with the port of its scheme where it has none.
fn otherwise(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |end| rest.split_at(end));
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match authority.rsplit_once(':').filter(|(_, port)| is_port(port)) {
        Some((host, _)) => Cow::Owned(format!("{scheme}://{host}{path}")),
        None => Cow::Owned(format!("{scheme}://{authority}:{}{path}", if scheme == "http" { 80 } else { 443 })),
    }
}

/// Whether signed parts cover the fact at this place by themselves.
pub(super) fn covers(parts: &[Part], place: &Locate) -> bool {
    let is_it = |part: &Part| match (part, place) {
        (Part::Header(covered), Locate::Header(name)) => covered == name,
        (Part::Query(covered), Locate::Query(name)) => covered == name,
        (Part::Json(covered) | Part::Field(covered, _), Locate::Json(pointer)) => covered == pointer,
        (Part::Field(_, covered), Locate::Form(field)) => covered == field,
        (Part::Field(_, covered), Locate::FormJson(field, pointer)) => {
            covered.strip_prefix(field.as_ref()) == Some(pointer.as_ref())
        }
        (Part::IfThere(_, part, _), place) => covers(std::slice::from_ref(part), place),
        (
            Part::Body
            | Part::BodyAroundSecret
            | Part::BodyAsJson
            | Part::BodyWithFloats(_)
            | Part::FormSorted
            | Part::FormOfPhp(_)
            | Part::BodyDigest(..)
            | Part::RawBodyDigest(_),
            place,
        ) => place.is_in_body(),
        (Part::UrlAndForm(_), Locate::Form(_) | Locate::Query(_)) => true,
        (Part::EncodedUri | Part::PathAndQuery | Part::Url(_) | Part::UrlOfAnyPort(_), Locate::Query(_)) => true,
        _ => false,
    };
    parts.iter().any(is_it)
}

fn several<'a>(values: impl Iterator<Item = Result<&'a str, Rejection>>) -> Result<Carried<'a>, Rejection> {
    let mut values = values;
    let first = values.next().ok_or(Rejection::MissingSignature)??;
    let more = values.take(MAX_TAGS).collect::<Result<_, _>>()?;
    Ok(Carried { first: Cow::Borrowed(first), more })
}

/// The pairs of a value; `None` for what is none.
fn pairs<'a>(value: &'a str, separator: &'a str) -> impl Iterator<Item = Option<(&'a str, &'a str)>> {
    let bare = separator.trim_end_matches(' ');
    let blank = separator.get(bare.len()..).unwrap_or_default();
    let pair =
        move |entry: &'a str| entry.strip_prefix(blank).unwrap_or(entry).split_once('=').filter(|(key, _)| is_key(key));
    value.split(bare).map(pair)
}

/// The parameters of an HTTP signature, each once; `None` for what is none.
fn parameters(value: &str) -> Option<Vec<(&str, &str)>> {
    let mut held: Vec<(&str, &str)> = Vec::new();
    for entry in value.split(',') {
        let (key, text) = entry.trim_start_matches(' ').split_once('=').filter(|(key, _)| is_key(key))?;
        let text = text.strip_prefix('"')?.strip_suffix('"').filter(|text| !text.contains('"'))?;
        if held.iter().any(|(other, _)| *other == key) {
            return None;
        }
        held.push((key, text));
    }
    Some(held)
}

fn with_query<'a>(
    query: Option<&'a str>,
    text: impl Fn(&'a str) -> Piece<'a>,
    pieces: &mut Pieces<'a>,
) -> Result<(), Rejection> {
    let Some(query) = query else { return Ok(()) };
    pieces.push(text("?"))?;
    pieces.push(text(query))
}

/// Name and value of each field, sorted.
fn sorted_form(body: &[u8]) -> Option<String> {
    if !is_form(body) {
        return None;
    }
    let mut fields: Vec<_> = form_urlencoded::parse(body).collect();
    fields.sort();
    fields.dedup();
    Some(fields.into_iter().flat_map(|(name, value)| [name, value]).collect())
}

/// A field of the body: JSON or a form.
fn field(body: &[u8], pointer: &str, name: &str) -> Option<String> {
    let picked = |document: &[u8], pointer: &str| pick::json(document, &[pointer]).into_iter().next().flatten();
    if !is_form(body) {
        return picked(body, pointer);
    }
    match name.split_once('/') {
        Some((field, _)) => picked(form_field(body, field)?.as_bytes(), name.strip_prefix(field)?),
        None => form_field(body, name),
    }
}

/// `a:1:{s:3:"key";s:5:"value";}`: lengths are of bytes (php.net/manual/en/function.serialize.php).
fn form_of_php(body: &[u8], without: &str) -> String {
    let mut fields: Vec<_> = form_urlencoded::parse(body).filter(|(name, _)| name != without).collect();
    fields.sort();
    let mut text = format!("a:{}:{{", fields.len());
    for (name, value) in fields {
        text.push_str(&format!("s:{}:\"{name}\";s:{}:\"{value}\";", name.len(), value.len()));
    }
    text.push('}');
    text
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

pub(super) fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Signing> {
    let name =
        http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| Signing("a header name of the scheme is not one"))?;
    let not_text = Signing("a value that no header can carry: visible ASCII only");
    // `from_str` lets through what `one_header` refuses to read.
    let value = HeaderValue::from_str(value).ok().filter(|value| value.to_str().is_ok()).ok_or(not_text)?;
    headers.insert(name, value);
    Ok(())
}
