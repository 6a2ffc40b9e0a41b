//! A form as an object of its fields.

use serde_json::{Map, Value, json};

use super::{MOST_VALUES, Malformed, json as document};
use crate::multipart;

/// The fields of a form of either kind; `None` where the body is no form.
pub(super) fn read(body: &[u8]) -> Result<Option<Value>, Malformed> {
    if body.starts_with(b"--")
        && let Some(parts) = multipart::parts(body)
    {
        return fields(parts.into_iter().map(|part| {
            let value = match part.filename {
                None => Value::from(String::from_utf8_lossy(part.body)),
                Some(filename) => json!({"filename": filename, "type": part.media_type, "size": part.body.len()}),
            };
            (part.name.to_owned(), value)
        }))
        .map(Some);
    }
    if !is_urlencoded(body) {
        return Ok(None);
    }
    let pairs = form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    let fields = fields(pairs)?;
    let payload =
        fields.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.get("payload")?.as_str());
    match payload.filter(|text| text.trim_start().starts_with('{')) {
        Some(payload) => document::read(payload.as_bytes()).map(Some),
        None => Ok(Some(fields)),
    }
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
