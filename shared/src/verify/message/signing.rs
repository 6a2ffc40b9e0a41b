//! The sender's side: the time and the tag, put where the scheme has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};

use super::carried::Carried;
use super::pieces::{Pieces, Reading};
use super::{Layout, Message, Part, Place};
use crate::Timestamp;
use crate::delivery::Head;

/// Why a delivery could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signing(
    /// What is missing.
    pub &'static str,
);

impl Message {
    /// Puts the time of `now` where the scheme has one, then the tag that `tag` makes of what is signed.
    pub(in crate::verify) fn sign(
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
            (
                Some(Part::Pair(key)),
                Layout::Pairs(separator, _) | Layout::Groups(_, separator, _) | Layout::InOrder(separator, _),
            ) => {
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
            Layout::Pairs(_, key) | Layout::Groups(_, _, key) if stamped.is_empty() => format!("{key}={tag}"),
            Layout::Pairs(separator, key) | Layout::Groups(_, separator, key) => {
                format!("{stamped}{separator}{key}={tag}")
            }
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
                put(&mut head.headers, names.first().map_or("", AsRef::as_ref), &value)
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

pub(in crate::verify) fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Signing> {
    let name =
        http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| Signing("a header name of the scheme is not one"))?;
    let not_text = Signing("a value that no header can carry: visible ASCII only");
    // `from_str` lets through what `one_header` refuses to read.
    let value = HeaderValue::from_str(value).ok().filter(|value| value.to_str().is_ok()).ok_or(not_text)?;
    headers.insert(name, value);
    Ok(())
}
