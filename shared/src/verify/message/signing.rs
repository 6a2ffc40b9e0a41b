//! The sender's side: the time and the tag, put where the scheme has them.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::carried::Carried;
use super::pieces::{Pieces, Reading};
use super::{BodyDigest, Layout, Message, Part, Place};
use crate::Timestamp;
use crate::delivery::Head;
use crate::locate::{Locate, Text, query_value};
use crate::verify::inscription;

/// Why a delivery could not be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// It lacks something that the scheme signs, or a place for what it says.
    Missing(Part),
    /// Something else.
    Impossible(
        /// What.
        &'static str,
    ),
}

impl Signing {
    pub(in crate::verify) const NO_SECRET: Self = Self::Impossible("there is no secret to sign with");
    pub(in crate::verify) const NO_KEY: Self = Self::Impossible("there is no private key of its kind to sign with");
}

/// Stands where the tag will, while what is signed is read.
const TAG: &str = "the-tag-of-this-delivery";
/// What a sender says that nobody looks at.
const ANYTHING: &str = "doorbell";

impl Message {
    /// Puts the time of `now` where the scheme has one, then the tag that `tag` makes of what is signed. The body that is to
    /// be sent, where one of them stands in it.
    pub(in crate::verify) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        now: Timestamp,
        tag: impl FnOnce(&Pieces<'_>) -> Result<Vec<u8>, Signing>,
    ) -> Result<Option<Vec<u8>>, Signing> {
        let mut body = Cow::Borrowed(body);
        let write = |body: &mut Cow<'_, [u8]>, pointer: &Text, name: &str, text: &str| {
            let missing = || Signing::Missing(Part::Field(pointer.clone(), name.to_owned().into()));
            let written = inscription::field(body, pointer, name, text).ok_or_else(missing)?;
            *body = Cow::Owned(written);
            Ok(())
        };
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
        let stamp = self.time.as_ref().map(|time| time.unit.write(now)).unwrap_or_default();
        match self.time.as_ref().map(|time| &time.part) {
            Some(Part::Header(name)) => put(&mut head.headers, name, &stamp)?,
            Some(Part::Json(pointer)) => write(&mut body, pointer, "", &stamp)?,
            Some(Part::Field(pointer, name)) => write(&mut body, pointer, name, &stamp)?,
            _ => {}
        }
        if let Some(BodyDigest { at, hash, encoding }) = &self.body_digest {
            let digest = encoding.write(&hash.of(&body));
            match at {
                Locate::Header(name) => put(&mut head.headers, name, &digest)?,
                Locate::Query(name) if query_value(head, name).is_ok_and(|said| said.is_none()) => {
                    add_to_query(head, name, &digest);
                }
                // What the body says of itself its sender has to have written.
                Locate::Query(_) | Locate::Json(_) | Locate::Member(_) | Locate::Form(_) | Locate::FormJson(..) => {}
            }
        }
        if let Place::Field(pointer, name) = &self.tags {
            write(&mut body, pointer, name, TAG)?;
        }
        let beside = self.beside(&head.headers, stamp);
        let carried = if let Place::Field(..) = self.tags { Carried::of_one(TAG) } else { Carried::of_one(&beside) };
        let bytes = match self.pieces(head, &body, &carried, Reading::AsGiven) {
            Ok(pieces) => tag(&pieces)?,
            Err(_) => {
                let what = self.missing(head, &body, &carried).cloned();
                return Err(what.map_or(Signing::Impossible("it signs more than fits"), Signing::Missing));
            }
        };
        let tag = self.encoding.write(&bytes);
        let value = match &self.layout {
            Layout::Whole(prefix) | Layout::List(_, prefix) | Layout::Listed(prefix, _) => format!("{prefix}{tag}"),
            Layout::Marked(_, mark) => format!("{ANYTHING}{mark}{tag}"),
            Layout::Pairs(_, key) | Layout::Groups(_, _, key) if beside.is_empty() => format!("{key}={tag}"),
            Layout::Pairs(separator, key) | Layout::Groups(_, separator, key) => {
                format!("{beside}{separator}{key}={tag}")
            }
            Layout::InOrder(separator, keys) => {
                format!("{beside}{separator}{}={tag}", keys.last().copied().unwrap_or_default())
            }
            Layout::TimeFirst(separator) => format!("{beside}{separator}{tag}"),
            Layout::JsonInBase64(member, pinned) => {
                let pinned: String = pinned.iter().map(|(name, text)| format!("\"{name}\":\"{text}\",")).collect();
                STANDARD.encode(format!("{{{pinned}\"{member}\":\"{tag}\"}}"))
            }
            Layout::HttpSignature { algorithm, headers } => {
                format!("algorithm=\"{algorithm}\", signature=\"{tag}\", headers=\"{headers}\"")
            }
        };
        match &self.tags {
            Place::Header(name) | Place::Repeated(name) => put(&mut head.headers, name, &value)?,
            Place::Headers(names) | Place::Paired(names) => {
                put(&mut head.headers, names.first().map_or("", AsRef::as_ref), &value)?;
            }
            Place::Numbered(name) => put(&mut head.headers, &format!("{name}-1"), &value)?,
            Place::Query(name) => add_to_query(head, name, &value),
            Place::Field(pointer, name) => write(&mut body, pointer, name, &value)?,
        }
        Ok(if let Cow::Owned(body) = body { Some(body) } else { None })
    }

    /// What the value has beside its tag: the time, and what else the sender puts there as it likes.
    fn beside(&self, headers: &HeaderMap, stamp: String) -> String {
        let time = match self.time.as_ref().map(|time| &time.part) {
            Some(Part::Pair(key)) => Some(key),
            _ => None,
        };
        let says = |key: &str| {
            let is_list = |part: &Part| matches!(part, Part::HeadersOf(list) if list == key);
            let header = || headers.keys().next().map_or(ANYTHING, HeaderName::as_str).to_owned();
            if time.is_some_and(|time| time == key) {
                stamp.clone()
            } else if self.parts.iter().any(is_list) {
                header()
            } else {
                ANYTHING.to_owned()
            }
        };
        let pairs = |keys: &[&str], separator: &str| {
            keys.iter().map(|key| format!("{key}={}", says(key))).collect::<Vec<_>>().join(separator)
        };
        match &self.layout {
            Layout::TimeFirst(_) => stamp,
            Layout::InOrder(separator, keys) => pairs(keys.split_last().map_or(&[], |(_, others)| others), separator),
            Layout::Pairs(separator, _) | Layout::Groups(_, separator, _) => {
                let others =
                    self.parts.iter().filter_map(|part| if let Part::Pair(key) = part { Some(key) } else { None });
                let others = others.filter(|key| Some(*key) != time);
                pairs(&time.into_iter().chain(others).map(AsRef::as_ref).collect::<Vec<&str>>(), separator)
            }
            Layout::Whole(_)
            | Layout::List(..)
            | Layout::Marked(..)
            | Layout::Listed(..)
            | Layout::JsonInBase64(..)
            | Layout::HttpSignature { .. } => String::new(),
        }
    }
}

/// One more parameter of the query.
pub(in crate::verify) fn add_to_query(head: &mut Head, name: &str, value: &str) {
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    head.query = Some(head.query.take().map_or_else(|| pair.clone(), |query| format!("{query}&{pair}")));
}

pub(in crate::verify) fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Signing> {
    let no_name = |_| Signing::Impossible("a header name of the scheme is not one");
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(no_name)?;
    let not_text = Signing::Impossible("a value that no header can carry: visible ASCII only");
    // `from_str` lets through what `one_header` refuses to read.
    let value = HeaderValue::from_str(value).ok().filter(|value| value.to_str().is_ok()).ok_or(not_text)?;
    headers.insert(name, value);
    Ok(())
}
