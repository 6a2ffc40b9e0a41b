//! `split` of a source: an array that holds many events becomes an event each, of exactly the bytes that stand there.

use std::borrow::Cow;
use std::fmt::Formatter;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Event;
use crate::envelope::Letter;
use crate::locate::{self, Locate};
use crate::provider::Facts;
use crate::verify::Verified;
use crate::view::{self, Malformed};

/// The most events of one delivery.
pub const MOST_EVENTS: usize = 10_000;

/// Where one event of a batch stands: what tells it from an equal one at another place, and a retry of the batch does not change.
///
/// It is made of the digest of the whole batch and the index. The digest of the element alone would make a duplicate of an
/// equal event in another batch, which is one that happened again; so without an id events of two batches are as
/// distinct as the batches are.
pub(crate) type Place = [u8; 32];

impl Facts {
    /// The facts of one event of a batch whose array is at `at`: of a table entry the places in the first element, relative to
    /// it. An id elsewhere is not the event's, and what stands beside the array is in no element.
    #[must_use]
    pub fn of_element(&self, at: &Locate) -> Self {
        let within = |place: &Locate, outside: bool| match (place, at) {
            (Locate::Json(pointer), Locate::Json(array)) => inside(pointer, array),
            (Locate::FormJson(field, pointer), Locate::FormJson(of, array)) if field == of => inside(pointer, array),
            (Locate::Header(_) | Locate::Query(_), _) if outside => Some(place.clone()),
            _ => None,
        };
        let all =
            |places: &[Locate], outside| places.iter().filter_map(|place| within(place, outside)).collect::<Vec<_>>();
        Self {
            id: all(&self.id, false).into(),
            kind: all(&self.kind, true).into(),
            action: all(&self.action, true).into(),
            time: self.time.as_ref().and_then(|(place, form)| Some((within(place, true)?, *form))),
            id_is_shared: self.id_is_shared,
        }
    }
}

/// A pointer into the first element of an array, from there on.
fn inside(pointer: &str, array: &str) -> Option<Locate> {
    let rest = pointer.strip_prefix(array)?.strip_prefix("/0")?;
    rest.starts_with('/').then(|| Locate::Json(rest.to_owned().into()))
}

/// What a delivery holds.
#[derive(Debug)]
pub(crate) enum Split {
    /// No array there: it is one event.
    One,
    /// So many events.
    Many(Vec<Bytes>),
}

/// The elements of the array at `at`.
///
/// # Errors
/// [`Malformed`]: a body that cannot be read, or more than [`MOST_EVENTS`].
pub(crate) fn split(body: &Bytes, at: &Locate) -> Result<Split, Malformed> {
    let (document, pointer) = match at {
        Locate::FormJson(field, pointer) => match locate::form_field(body, field) {
            Some(text) => (Bytes::from(text), pointer),
            None => return Ok(Split::One),
        },
        Locate::Json(pointer) => (body.clone(), pointer),
        Locate::Header(_) | Locate::Member(_) | Locate::Form(_) | Locate::Query(_) => return Ok(Split::One),
    };
    let bare = view::bare(&document);
    if !matches!(bare.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) {
        return Ok(Split::One);
    }
    let mut value: &RawValue = serde_json::from_slice(bare).map_err(|_| Malformed)?;
    for step in pointer.split('/').skip(1) {
        if !value.get().starts_with('{') {
            return Ok(Split::One);
        }
        match Member(step).deserialize(value).map_err(|_| Malformed)? {
            Some(found) => value = found,
            None => return Ok(Split::One),
        }
    }
    if !value.get().starts_with('[') {
        return Ok(Split::One);
    }
    let elements = Elements.deserialize(value).map_err(|_| Malformed)?;
    Ok(Split::Many(elements.into_iter().map(|element| document.slice_ref(element.get().as_bytes())).collect()))
}

impl Event {
    /// The events of a batch, each with the same proof.
    pub(crate) fn each(self, elements: Vec<Bytes>, facts: &Facts) -> Vec<Self> {
        let batch = *self.digest();
        let (verified, source) = (self.proof(), self.source().clone());
        // An id in the head is the delivery's: it would make one event of all.
        let id = facts.id.iter().filter(|place| place.is_in_body()).cloned().collect::<Vec<_>>();
        let facts = &Facts { id: id.into(), ..facts.clone() };
        let each = |(index, body): (usize, Bytes)| {
            let place = Sha256::new().chain_update(batch).chain_update((index as u64).to_be_bytes()).finalize().into();
            let json = Some("application/json".to_owned());
            let letter = Letter { body, content_type: json, ..Letter::default() };
            Self::element(Arc::<Verified>::clone(&verified), letter, &source, facts, place)
        };
        elements.into_iter().enumerate().map(each).collect()
    }
}

/// The member of this name, the last where it repeats.
struct Member<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;
    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if name == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// So many elements and no more, whatever the size of the body.
struct Elements;

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = Vec<&'de RawValue>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;
    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            if all.len() == MOST_EVENTS {
                return Err(A::Error::custom("too many events"));
            }
            all.push(item);
        }
        Ok(all)
    }
}
