//! What a body says, made only when something asks for it. The body alone decides how it is read: the `Content-Type` is not
//! signed, and must not change what signed bytes mean. Of bytes that are no UTF-8 it says what they are ([`Charset`]).

mod charset;
mod form;
mod json;
mod xml;

use serde_json::Value;

pub use charset::Charset;
pub use xml::{Path as XmlPath, Tree as XmlTree};

/// The most values that are made of one body: members, items, fields and parts. A body of a few bytes each is bounded by
/// this, not by its size.
pub const MOST_VALUES: usize = 200_000;

/// What kind of text a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object or an array.
    Json,
    /// `application/x-www-form-urlencoded` or `multipart/form-data`.
    Form,
    /// Begins with `<`.
    Xml,
    /// Any other text.
    Text,
    /// No text.
    Binary,
}

/// A parsed body.
#[derive(Clone, Debug)]
pub struct View {
    kind: Kind,
    value: Value,
    size: Size,
}

/// How much there is in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// The longest text, in bytes.
    pub(crate) longest: usize,
    /// All values, those inside others too.
    pub(crate) values: usize,
}

/// A body that begins as JSON or XML and is none, or that is too deep or of too many pieces to be read. Says nothing of the
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl View {
    /// Reads a body:
    ///
    /// - from `{` or `[` on it is JSON (RFC 8259), at most 128 deep;
    /// - from `--` on it is a multipart form (RFC 7578): each field its text, each file `{filename, type, size}`;
    /// - what consists of `name=value` pairs is a form; a name that stands more than once is a list. Where `payload` is the only
    ///   field and holds a JSON object, that object is what the body says (GitHub, Slack);
    /// - anything else is text, XML included, or binary.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn of(body: &[u8]) -> Result<Self, Malformed> {
        Self::written(body, Charset::default())
    }

    /// The same of a body that may be written in something else than UTF-8.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn written(body: &[u8], charset: Charset) -> Result<Self, Malformed> {
        // The files of a multipart form are no text, whatever its fields are.
        let decoded = if body.starts_with(b"--") { body.into() } else { charset.decoded(body) };
        let bare = bare(&decoded);
        let (kind, value) = match first(bare) {
            Some(b'{' | b'[') => (Kind::Json, json::read(bare)?),
            Some(b'<') => (Kind::Xml, text(bare).ok_or(Malformed)?),
            _ => match form::read(bare, charset)? {
                Some(form) => (Kind::Form, form),
                None => text(bare).map_or((Kind::Binary, Value::Null), |text| (Kind::Text, text)),
            },
        };
        let mut size = Size::default();
        size.add(&value);
        Ok(Self { kind, value, size })
    }

    /// What kind of text it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The JSON value; of a form an object of its fields; the text itself where it is text; `null` where it is binary.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// How much there is in it.
    pub(crate) const fn size(&self) -> Size {
        self.size
    }
}

/// Whether a body begins as XML.
pub(crate) fn is_xml(body: &[u8]) -> bool {
    first(bare(body)) == Some(b'<')
}

/// A body without the byte order mark that some write before it.
pub(crate) fn bare(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

fn first(body: &[u8]) -> Option<u8> {
    body.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

fn text(body: &[u8]) -> Option<Value> {
    std::str::from_utf8(body).ok().map(Value::from)
}

impl Size {
    fn add(&mut self, value: &Value) {
        self.values = self.values.saturating_add(1);
        match value {
            Value::String(text) => self.longest = self.longest.max(text.len()),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                self.longest = self.longest.max(name.len());
                self.add(value);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn reads(body: &[u8], kind: Kind, value: &Value) {
        let view = View::of(body).unwrap();
        assert_eq!((view.kind(), view.value()), (kind, value), "{}", String::from_utf8_lossy(body));
    }

    #[test]
    fn the_body_alone_says_how_it_is_read() {
        reads(br#" {"a":[1,2.5,true,null]}"#, Kind::Json, &json!({"a": [1, 2.5, true, null]}));
        reads(b"\xef\xbb\xbf[18446744073709551615,-1]", Kind::Json, &json!([18446744073709551615_u64, -1]));
        reads(b"a=1&b=x+y%21&a=2", Kind::Form, &json!({"a": ["1", "2"], "b": "x y!"}));
        reads(b"payload=%7B%22ref%22%3A%22main%22%7D", Kind::Form, &json!({"ref": "main"}));
        reads(b"payload=%7B%22ref%22%3A1%7D&token=t", Kind::Form, &json!({"payload": "{\"ref\":1}", "token": "t"}));
        reads(b"payload=none", Kind::Form, &json!({"payload": "none"}));
        reads(b"<a>=</a>", Kind::Xml, &json!("<a>=</a>"));
        reads("grüß dich".as_bytes(), Kind::Text, &json!("grüß dich"));
        reads(b"a sentence, with = in it", Kind::Text, &json!("a sentence, with = in it"));
        reads(b"", Kind::Text, &json!(""));
        reads(b"\xff\x00", Kind::Binary, &Value::Null);
    }

    #[test]
    fn a_multipart_form_has_texts_and_files() {
        let body =
            b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; \
            name=\"f\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n";
        reads(body, Kind::Form, &json!({"a": "1", "f": {"filename": "x.png", "type": "image/png", "size": 4}}));
    }

    #[test]
    fn what_begins_as_json_and_is_none_is_malformed() {
        for body in ["{", "[1,]", "{\"a\":1} x", "{\"a\":NaN}"] {
            assert_eq!(View::of(body.as_bytes()).err(), Some(Malformed), "{body}");
        }
    }

    #[test]
    fn depth_and_number_of_pieces_are_bounded() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let many = format!("[0{}]", ",0".repeat(MOST_VALUES));
        let fields = "a=1&".repeat(MOST_VALUES + 1);
        for body in [deep, many, fields] {
            assert_eq!(View::of(body.as_bytes()).err(), Some(Malformed), "{} bytes", body.len());
        }
        let most = format!("[0{}]", ",0".repeat(MOST_VALUES - 2));
        assert_eq!(View::of(most.as_bytes()).unwrap().kind(), Kind::Json);
    }
}
