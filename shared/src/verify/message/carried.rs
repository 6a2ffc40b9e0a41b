//! The tags out of the place where they stand.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pieces::field;
use super::{Layout, MAX_TAGS, Message, Part, Place};
use crate::delivery::Head;
use crate::locate::query_value;
use crate::verify::evidence;
use crate::{Rejection, pick};

/// The text that holds the tags, and more of its kind.
pub(in crate::verify) struct Carried<'a> {
    pub(super) first: Cow<'a, str>,
    more: Vec<&'a str>,
}

impl Carried<'_> {
    pub(super) fn of_one(text: &str) -> Carried<'_> {
        Carried { first: Cow::Borrowed(text), more: Vec::new() }
    }
}

impl Message {
    /// The text that holds the tags.
    pub(in crate::verify) fn carried<'a>(&'a self, head: &'a Head, body: &'a [u8]) -> Result<Carried<'a>, Rejection> {
        let owned = |text: Option<String>| match text {
            None => Err(Rejection::MissingSignature),
            Some(text) if text.is_empty() => Err(Rejection::EmptySignature),
            Some(text) => Ok(Carried { first: Cow::Owned(text), more: Vec::new() }),
        };
        match &self.tags {
            Place::Header(name) => evidence(head, name).map(Carried::of_one),
            Place::Headers(names) | Place::Paired(names) => {
                let there = names.iter().filter(|name| head.headers.contains_key(name.as_ref()));
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
    pub(in crate::verify) fn each_tag(
        &self,
        carried: &Carried<'_>,
        take: &mut dyn FnMut(&str) -> Option<()>,
    ) -> Result<(), Rejection> {
        let of_pairs = matches!(self.layout, Layout::Pairs(..) | Layout::Groups(..));
        let (mut count, mut others) = (0_usize, !of_pairs);
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
                Layout::Pairs(separator, tag_key) => others |= self.of_pairs(value, separator, tag_key, &mut take)?,
                Layout::Groups(between, separator, tag_key) => {
                    for group in value.split(between.as_ref()) {
                        others |= self.of_pairs(group, separator, tag_key, &mut take)?;
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

    /// The tags of pairs, to `take`; whether there are pairs that are neither a tag nor the time.
    fn of_pairs(
        &self,
        value: &str,
        separator: &str,
        tag_key: &str,
        take: &mut dyn FnMut(&str) -> Result<(), Rejection>,
    ) -> Result<bool, Rejection> {
        let mut others = false;
        for entry in pairs(value, separator) {
            let (key, text) = entry.ok_or(Rejection::MalformedSignature)?;
            if key == tag_key {
                take(text)?;
            } else if !self.is_time_key(key) {
                others = true;
            }
        }
        Ok(others)
    }

    /// The groups of the text, each as if it stood alone; `None` where it has none.
    pub(in crate::verify) fn groups<'a>(
        &'a self,
        carried: &'a Carried<'_>,
    ) -> Option<impl Iterator<Item = Carried<'a>>> {
        let Layout::Groups(between, ..) = &self.layout else { return None };
        Some(carried.first.split(between.as_ref()).map(Carried::of_one))
    }

    fn is_time_key(&self, key: &str) -> bool {
        self.time.as_ref().is_some_and(|time| matches!(&time.part, Part::Pair(time) if time == key))
    }

    pub(super) fn text_of_pair<'a>(
        &'a self,
        key: &'a str,
        carried: &'a Carried<'_>,
    ) -> Result<Option<&'a str>, Rejection> {
        match &self.layout {
            Layout::Pairs(separator, _) | Layout::Groups(_, separator, _) | Layout::InOrder(separator, _) => {
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

/// The key of a pair, or the version of a listed tag.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
