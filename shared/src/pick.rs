//! A few scalars out of a JSON document in one pass, without building its tree.

use std::fmt::Formatter;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// What stands at a pointer.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// `null`, a boolean, a number or a text.
    Scalar(Value),
    /// An array or an object, which only a tree has.
    Compound,
}

/// What stands at each JSON pointer (RFC 6901, without `~` escapes): the text of a string, a boolean
/// or a whole number of 64 bits. `None` where there is nothing, a `null`, an array, an object, or a
/// number whose text would not be exact.
///
/// Where an object repeats a key the last one counts, as with most parsers. A document that is not
/// JSON to its end holds nothing; but what is passed over is only looked through for its end: its depth, half a
/// surrogate pair, a number out of range or a byte that is no UTF-8 there does not matter.
#[must_use]
pub fn json(document: &[u8], pointers: &[&str]) -> Vec<Option<String>> {
    let text = |found| match found {
        Found::Scalar(Value::String(text)) => Some(text),
        Found::Scalar(Value::Bool(value)) => Some(value.to_string()),
        // Of a fraction the digits are gone: two ids that differ beyond the 53rd bit would become one.
        Found::Scalar(Value::Number(number)) if !number.is_f64() => Some(number.to_string()),
        Found::Scalar(_) | Found::Nothing | Found::Compound => None,
    };
    match scalars(document, pointers) {
        Some(found) => found.into_iter().map(text).collect(),
        None => vec![None; pointers.len()],
    }
}

/// What stands at each JSON pointer, as in [`json`]; `None` for a document that is not JSON to its end.
#[must_use]
pub fn scalars(document: &[u8], pointers: &[&str]) -> Option<Vec<Found>> {
    let mut found = vec![Found::Nothing; pointers.len()];
    let wanted = pointers.iter().enumerate().filter_map(|(slot, pointer)| Some((slot, pointer.strip_prefix('/')?)));
    let wanted: Vec<_> = wanted.map(|(slot, rest)| (slot, Some(rest))).collect();
    let mut parser = serde_json::Deserializer::from_slice(document);
    let whole = Level { wanted, found: &mut found }.deserialize(&mut parser).and_then(|()| parser.end());
    whole.is_ok().then_some(found)
}

/// Whether the step of a pointer is a name and nothing else, here: a number would be the item of an array as well.
pub(crate) fn is_plain(step: &str) -> bool {
    !step.contains(['/', '~']) && !step.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a document is an object with a member of this name, whatever it holds.
#[must_use]
pub fn has_member(document: &[u8], name: &str) -> bool {
    struct Members<'a>(&'a str);
    impl<'de> Visitor<'de> for Members<'_> {
        type Value = bool;

        fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<bool, A::Error> {
            let mut found = false;
            while let Some(key) = entries.next_key::<std::borrow::Cow<'de, str>>()? {
                found |= key == self.0;
                entries.next_value::<IgnoredAny>()?;
            }
            Ok(found)
        }
    }
    let mut parser = serde_json::Deserializer::from_slice(document);
    parser.deserialize_map(Members(name)).is_ok_and(|found| found && parser.end().is_ok())
}

/// One level of the document: the slots wanted from it, each with the rest of its pointer (`None`: here).
struct Level<'a, 'f> {
    wanted: Vec<(usize, Option<&'a str>)>,
    found: &'f mut Vec<Found>,
}

impl<'a> Level<'a, '_> {
    fn below(&mut self, key: &str) -> Vec<(usize, Option<&'a str>)> {
        let step = |(slot, rest): &(usize, Option<&'a str>)| {
            let (first, rest) = rest.map(|rest| rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b))))?;
            (first == key).then_some((*slot, rest))
        };
        let wanted: Vec<_> = self.wanted.iter().filter_map(step).collect();
        for (slot, _) in &wanted {
            self.put(*slot, &Found::Nothing);
        }
        wanted
    }

    fn put(&mut self, slot: usize, value: &Found) {
        if let Some(place) = self.found.get_mut(slot) {
            place.clone_from(value);
        }
    }

    fn here(&mut self, found: &Found) {
        let here: Vec<usize> = self.wanted.iter().filter(|(_, rest)| rest.is_none()).map(|(slot, _)| *slot).collect();
        for slot in here {
            self.put(slot, found);
        }
    }

    fn scalar(&mut self, value: impl Into<Value>) {
        if self.wanted.iter().any(|(_, rest)| rest.is_none()) {
            self.here(&Found::Scalar(value.into()));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any JSON value")
    }
    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }
    fn visit_i64<E: Error>(mut self, value: i64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }
    fn visit_u64<E: Error>(mut self, value: u64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }
    fn visit_f64<E: Error>(mut self, value: f64) -> Result<(), E> {
        self.scalar(Number::from_f64(value).map_or(Value::Null, Value::Number));
        Ok(())
    }
    fn visit_str<E: Error>(mut self, value: &str) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }
    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.scalar(Value::Null);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.here(&Found::Compound);
        let mut index = 0_usize;
        loop {
            let wanted = self.below(&index.to_string());
            let more = if wanted.is_empty() {
                items.next_element::<IgnoredAny>()?.is_some()
            } else {
                items.next_element_seed(Level { wanted, found: self.found })?.is_some()
            };
            if !more {
                return Ok(());
            }
            index = index.saturating_add(1);
        }
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.here(&Found::Compound);
        while let Some(key) = entries.next_key::<std::borrow::Cow<'de, str>>()? {
            let wanted = self.below(&key);
            if wanted.is_empty() {
                entries.next_value::<IgnoredAny>()?;
            } else {
                entries.next_value_seed(Level { wanted, found: self.found })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::json;

    #[track_caller]
    fn check(document: &str, pointer: &str, expected: Option<&str>) {
        assert_eq!(json(document.as_bytes(), &[pointer]), [expected.map(str::to_owned)], "{pointer} in {document}");
    }

    #[test]
    fn scalars_are_found_at_any_depth() {
        check(r#"{"id":"evt_1"}"#, "/id", Some("evt_1"));
        check(r#"{"event":{"type":"message"},"type":"outer"}"#, "/event/type", Some("message"));
        check(r#"[{"eventId":42}]"#, "/0/eventId", Some("42"));
        check(r#"{"a":[1,{"b":true}]}"#, "/a/1/b", Some("true"));
        check(r#"{"i\u0064":"escaped key"}"#, "/id", Some("escaped key"));
    }

    #[test]
    fn what_is_no_scalar_is_nothing() {
        check(r#"{"id":null}"#, "/id", None);
        check(r#"{"id":{"id":1}}"#, "/id", None);
        check(r#"{"id":[1]}"#, "/id", None);
        check(r#""id""#, "/id", None);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        check(r#"{"id":1,"id":"2"}"#, "/id", Some("2"));
        check(r#"{"id":1,"id":{}}"#, "/id", None);
    }

    #[test]
    fn a_document_that_breaks_off_holds_nothing() {
        check(r#"{"id":"evt_1""#, "/id", None);
        check(r#"{"id":"evt_1"} trailing"#, "/id", None);
        check(&format!("{}{}", r#"{"id":"evt_1","deep":"#, "[".repeat(10_000)), "/id", None);
    }

    #[test]
    fn several_are_found_in_one_pass() {
        let document = br#"{"type":"t","data":{"id":"inner"},"id":"outer"}"#;
        let found = json(document, &["/id", "/type", "/data/id", "/none"]);
        assert_eq!(found, [Some("outer".into()), Some("t".into()), Some("inner".into()), None]);
    }
}
