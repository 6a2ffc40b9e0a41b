//! A form as an object of its fields.

use serde_json::{Map, Value, json};

use super::{Charset, MOST_VALUES, Malformed, json as document};
use crate::multipart;

/// The fields of a form of either kind; `None` where the body is no form.
pub(super) fn read(body: &[u8], charset: Charset) -> Result<Option<Value>, Malformed> {
    if body.starts_with(b"--")
        && let Some(parts) = multipart::parts(body)
    {
        return fields(parts.into_iter().map(|part| {
            let value = match part.filename {
                None => text(part.body, charset),
                Some(filename) => json!({"filename": filename, "type": part.media_type, "size": part.body.len()}),
            };
            (part.name.to_owned(), value)
        }))
        .map(Some);
    }
    if !is_urlencoded(body) {
        return Ok(None);
    }
    let fields = if charset.is_utf8() {
        fields(form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))))?
    } else {
        fields(pairs(body, charset))?
    };
    let payload =
        fields.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.get("payload")?.as_str());
    match payload.filter(|text| text.trim_start().starts_with('{')) {
        Some(payload) => document::read(payload.as_bytes()).map(Some),
        None => Ok(Some(fields)),
    }
}

/// The pairs as `form_urlencoded` has them, but for the charset (url.spec.whatwg.org, `application/x-www-form-urlencoded` parsing).
fn pairs(body: &[u8], charset: Charset) -> impl Iterator<Item = (String, Value)> {
    let decoded = move |bytes: &[u8]| -> Vec<u8> {
        let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_encoding::percent_decode(&spaced).collect()
    };
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=').map(decoded);
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        (String::from_utf8_lossy(&name).into_owned(), text(&value, charset))
    })
}

/// What is not written in the charset either is told by U+FFFD.
fn text(bytes: &[u8], charset: Charset) -> Value {
    Value::from(charset.text(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes)))
}

/// Whether all of it is what forms are written in (url.spec.whatwg.org, `application/x-www-form-urlencoded` serializing) and
/// its first pair has a name.
fn is_urlencoded(body: &[u8]) -> bool {
    let written = |byte: &u8| byte.is_ascii_alphanumeric() || b"*-._~+%&=!'()[]:@/,;|$\"".contains(byte);
    body.iter().position(|byte| *byte == b'=').is_some_and(|at| at > 0) && body.iter().all(written)
}

fn fields(pairs: impl Iterator<Item = (String, Value)>) -> Result<Value, Malformed> {
    let mut fields = Map::new();
    for (count, (name, value)) in pairs.enumerate() {
        if count >= MOST_VALUES {
            return Err(Malformed);
        }
        match fields.get_mut(&name) {
            None => drop(fields.insert(name, value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    Ok(Value::Object(fields))
}
