//! The claims of a token whose signature is good.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Formatter;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Rejection, Timestamp};

/// Each claim as it is written; what nobody asks for is not read.
pub(super) struct Claims<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

/// RFC 7519, 4.1.3: one text, or a list of them.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Any(Vec<String>),
}

/// The name of a claim, not copied unless it is escaped.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Claims<'de>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("claims, each once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims<'de>, A::Error> {
        let mut claims = BTreeMap::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            // RFC 7519, 4: two readers would read two things.
            if claims.insert(name, value).is_some() {
                return Err(A::Error::custom("a claim stands twice"));
            }
        }
        Ok(Claims(claims))
    }
}

impl<'de> Deserialize<'de> for Claims<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Once)
    }
}

/// A claim that is not of its form is no claim: [`Rejection::BadToken`].
impl<'a> Claims<'a> {
    pub(super) fn read(document: &'a [u8]) -> Result<Self, Rejection> {
        serde_json::from_slice(document).map_err(|_| Rejection::BadToken)
    }

    /// `None` where it is not there, or `null`.
    fn get<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, Rejection> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        serde_json::from_str(value.get()).map_err(|_| Rejection::BadToken)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Rejection> {
        self.get(name)
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Rejection> {
        self.get(name)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Rejection> {
        self.get(name)
    }

    /// A `NumericDate` in whole seconds, as every issuer of the table writes it.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>, Rejection> {
        Ok(self.get(name)?.map(Timestamp::from_unix_seconds))
    }

    pub(super) fn audiences(&self) -> Result<Vec<String>, Rejection> {
        Ok(match self.get("aud")? {
            Some(Audience::One(audience)) => vec![audience],
            Some(Audience::Any(audiences)) => audiences,
            None => Vec::new(),
        })
    }
}
