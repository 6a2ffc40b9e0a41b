//! A JSON document as a tree of bounded size.

use std::borrow::Cow;
use std::fmt::Formatter;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{MOST_VALUES, Malformed};

/// The tree. Where an object repeats a key the last one counts, as in [`crate::pick`].
pub(super) fn read(document: &[u8]) -> Result<Value, Malformed> {
    let mut left = MOST_VALUES;
    let mut parser = serde_json::Deserializer::from_slice(document);
    let value = Branch(&mut left).deserialize(&mut parser);
    value.and_then(|value| parser.end().map(|()| value)).map_err(|_| Malformed)
}

/// The next value, one of so many that are left.
struct Branch<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Branch<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.0 = self.0.checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Branch<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any JSON value")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Branch(self.0))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = entries.next_key::<Cow<'de, str>>()? {
            members.insert(name.into_owned(), entries.next_value_seed(Branch(self.0))?);
        }
        Ok(Value::Object(members))
    }
}
