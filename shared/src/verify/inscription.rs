//! A text written into a body, by whoever signs one: what stands around it stays as it is.

use std::borrow::Cow;
use std::fmt::Formatter;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::locate::is_form;

/// The body with `text` at a JSON pointer; in a form, in the field of this name, or behind a pointer into the JSON that
/// the field holds. A number stays one. `None` where the body has no such place.
pub(super) fn field(body: &[u8], pointer: &str, name: &str, text: &str) -> Option<Vec<u8>> {
    let whole = std::str::from_utf8(body).ok()?;
    if !is_form(body) {
        return json(whole, pointer, text).map(String::into_bytes);
    }
    // A multipart body has lengths and borders of its own.
    if name.is_empty() || body.starts_with(b"--") {
        return None;
    }
    let (name, pointer) = name.find('/').map_or((name, ""), |at| name.split_at(at));
    let held = form_urlencoded::parse(body).find(|(held, _)| held == name).map(|(_, value)| value);
    let value = if pointer.is_empty() { text.to_owned() } else { json(&held?, pointer, text)? };
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
    let is_it = |pair: &&str| form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(held, _)| held == name);
    let others = whole.split('&').filter(|pair| !pair.is_empty() && !is_it(pair));
    Some(others.chain([pair.as_str()]).collect::<Vec<_>>().join("&").into_bytes())
}

/// The document with `text` at a pointer, below objects and items that are there; the objects may lack the last name.
pub(super) fn json(document: &str, pointer: &str, text: &str) -> Option<String> {
    let Some(path) = pointer.strip_prefix('/') else {
        let is_number = document.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<u64>().is_ok();
        return if is_number { Some(text.to_owned()) } else { serde_json::to_string(text).ok() };
    };
    let (name, below) = path.find('/').map_or((path, ""), |at| path.split_at(at));
    if document.trim_start().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(document).ok()?;
        let index = name.parse::<usize>().ok().filter(|index| *index < items.len())?;
        let items = items
            .into_iter()
            .enumerate()
            .map(|(at, item)| if at == index { json(item.get(), below, text) } else { Some(item.get().to_owned()) });
        return Some(format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(",")));
    }
    let Members(members) = serde_json::from_str(document).ok()?;
    let absent = !members.iter().any(|(held, _)| held == name);
    let added = absent.then_some((Cow::Borrowed(name), "{}"));
    let members = members.iter().map(|(held, value)| (held.clone(), value.get())).chain(added);
    let members = members.map(|(held, value)| {
        let value = if held == name { json(value, below, text)? } else { value.to_owned() };
        Some(format!("{}:{value}", serde_json::to_string(&held).ok()?))
    });
    Some(format!("{{{}}}", members.collect::<Option<Vec<_>>>()?.join(",")))
}

/// The members of an object, in their order, as they are written.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = entries.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &str, name: &str) -> Option<String> {
        field(body.as_bytes(), "/a/b", name, "7").map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn what_stands_around_it_stays() {
        for (before, after) in [
            (r#"{"z": [1.0,  2], "a":{"b":"old", "c":1e3}}"#, r#"{"z":[1.0,  2],"a":{"b":"7","c":1e3}}"#),
            (r#"{"a":{"b": 5}}"#, r#"{"a":{"b":7}}"#),
            (r#"{"a":{}}"#, r#"{"a":{"b":"7"}}"#),
            (r#"{"\u00e4":"\/"}"#, "{\"\u{e4}\":\"\\/\",\"a\":{\"b\":\"7\"}}"),
        ] {
            assert_eq!(written(before, "").as_deref(), Some(after));
        }
        assert_eq!(written("x=%20&f=1&y=+", "f").as_deref(), Some("x=%20&y=+&f=7"));
        assert_eq!(
            written("f=%7B%22a%22%3A%7B%7D%7D", "f/a/b").as_deref(),
            Some("f=%7B%22a%22%3A%7B%22b%22%3A%227%22%7D%7D")
        );
        assert_eq!(json(r#"[{"t":1},{"t":2}]"#, "/1/t", "x").as_deref(), Some(r#"[{"t":1},{"t":"x"}]"#));
    }

    #[test]
    fn a_place_that_is_not_there_takes_nothing() {
        for body in [r#"{"a":1}"#, r#"{"a":[]}"#, "{", "--border", "x=1"] {
            assert_eq!(written(body, ""), None, "{body}");
        }
        assert_eq!(written("x=1", "f/a"), None);
        assert_eq!(json(r#"[{"t":1}]"#, "/1/t", "x"), None);
    }
}
