//! What is signed of one delivery, piece by piece.

use std::borrow::Cow;

use super::carried::Carried;
use super::{MAX_PARTS, Message, Part};
use crate::delivery::Head;
use crate::locate::{form_field, is_form, query_value};
use crate::verify::{Expected, canonical, digest};
use crate::{Rejection, pick};

/// The pieces that [`MAX_PARTS`] become.
const MAX_PIECES: usize = 40;

/// A piece of what is signed, of one delivery.
pub(in crate::verify) enum Piece<'a> {
    Bytes(Cow<'a, [u8]>),
    Secret,
}

/// The pieces that are signed, borrowed from the delivery where they stand there: the body is not copied.
pub(in crate::verify) struct Pieces<'a> {
    all: [Piece<'a>; MAX_PIECES],
    count: usize,
    reading: Reading,
}

/// Which of two readings a part has: [`Part::UrlOfAnyPort`], [`Part::BodyWithFloats`], [`Part::LineEndOrNot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Reading {
    /// As it is.
    AsGiven,
    /// The other way.
    Otherwise,
}

impl<'a> Pieces<'a> {
    const fn none() -> Self {
        Self { all: [const { Piece::Bytes(Cow::Borrowed(&[])) }; MAX_PIECES], count: 0, reading: Reading::AsGiven }
    }

    pub(in crate::verify) fn of_one(text: &'a [u8]) -> Self {
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

    pub(in crate::verify) fn each<'s>(&'s self, secret: &'s [u8], mut feed: impl FnMut(&[u8])) {
        for piece in self.all.iter().take(self.count) {
            feed(match piece {
                Piece::Bytes(bytes) => bytes,
                Piece::Secret => secret,
            });
        }
    }
}

impl Message {
    /// What is signed of this delivery.
    pub(in crate::verify) fn pieces<'a>(
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

    /// The first part that this delivery does not have.
    pub(super) fn missing(&self, head: &Head, body: &[u8], carried: &Carried<'_>) -> Option<&Part> {
        self.parts.iter().find(|part| self.feed(part, head, body, carried, &mut Pieces::none()).is_err())
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
            Part::LineEndOrNot if pieces.reading == Reading::AsGiven => Ok(()),
            Part::LineEndOrNot => pieces.push(text("\n")),
            Part::IfBody(_) if body.is_empty() => Ok(()),
            Part::IfBody(part) => self.feed(part, head, body, carried, pieces),
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
    pub(super) fn text<'a>(
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

    fn absence_of(&self, part: &Part) -> Rejection {
        if self.time.as_ref().is_some_and(|time| time.part == *part) {
            Rejection::MissingTimestamp
        } else if matches!(part, Part::Header(_)) {
            Rejection::MissingHeader
        } else {
            Rejection::MalformedSignature
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
pub(super) fn field(body: &[u8], pointer: &str, name: &str) -> Option<String> {
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
