//! Text made from an event by a template of the operator's (docs.rs/minijinja, `syntax`): what leaves need not be what
//! came, and the sender may be told more than a yes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::io::{Error, Write};

use http::HeaderValue;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::fault::Cause;
use crate::view::Kind;
use crate::{Event, cloudevent};

/// What a template may name, beside what its route extracts. An event that has no `action`, `subject` or `ordering_key` has
/// `none` there, and so has one in which nothing was found to extract. `body` is what the body says
/// ([`crate::view::View::of`]). `headers` and `query` map names to text, or to a list where a query repeats one; header names
/// are lower case, and the headers of the proof are not among them.
pub const NAMES: &[&str] = &[
    "id",
    "type",
    "action",
    "source",
    "origin",
    "time",
    "subject",
    "trust",
    "doorbellid",
    "ordering_key",
    "method",
    "path",
    "headers",
    "query",
    "body",
];
/// The largest text that comes out, in bytes.
pub const MOST: usize = 1 << 20;
/// What one text may cost: a unit for each instruction, and for each 64 bytes that are made.
const FUEL: u64 = 1_000_000;

/// A template that was read. Every `{{ }}` is escaped for the media type: in JSON it is a JSON value, quotes included;
/// in XML and HTML it is text; elsewhere it stands as it is.
#[derive(Debug)]
pub struct Document {
    environment: Environment<'static>,
    /// By its name the engine knows how to escape.
    name: &'static str,
    mentions: HashSet<String>,
    /// What its route extracts.
    extracts: Vec<String>,
}

/// What is wrong with a template.
#[derive(Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line of the template, from 1, where it has one.
    pub line: Option<usize>,
    /// What it is: a lowercase fragment.
    pub what: String,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = self.line.map(|line| format!(", line {line}")).unwrap_or_default();
        write!(formatter, "template{line}: {}", self.what)
    }
}

impl Document {
    /// Reads a template for a body of this media type, by a route that extracts these names.
    ///
    /// # Errors
    /// [`Flaw`]: it is no template, it names what no event has, or a value stands where it could end the text around it.
    pub fn parse(text: &str, content_type: &str, extracts: &[&str]) -> Result<Self, Flaw> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let ends = |with: &[&str]| with.iter().any(|end| media_type.ends_with(end));
        let name = if ends(&["json"]) {
            "json"
        } else if ends(&["xml", "html"]) {
            "html"
        } else {
            "text"
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let flaw = |error: minijinja::Error| Flaw {
            line: error.line(),
            what: error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
        };
        environment.add_template_owned(name, text.to_owned()).map_err(flaw)?;
        let template = environment.get_template(name).map_err(flaw)?;
        let mentions = template.undeclared_variables(false);
        let all = [NAMES, extracts].concat();
        let known = |name: &str| all.contains(&name) || environment.globals().any(|(global, _)| global == name);
        if let Some(unknown) = mentions.iter().filter(|name| !known(name)).min() {
            return Err(Flaw { line: None, what: format!("{unknown:?} is none of {}", all.join(", ")) });
        }
        if let Some(line) = quoted(text).filter(|_| name == "json") {
            let what =
                r#"{{ }} between quotes, and a JSON value brings its own: write {{ "Hello " ~ name }}"#.to_owned();
            return Err(Flaw { line: Some(line), what });
        }
        Ok(Self { environment, name, mentions, extracts: extracts.iter().map(|name| (*name).to_owned()).collect() })
    }

    /// The text for one event.
    ///
    /// # Errors
    /// What the event lacks, or what the template may not do: with the line, without a byte of the body. What is to be JSON and is none.
    pub fn render(&self, event: &Event) -> Result<String, Cause> {
        let attributes = cloudevent::attributes(event);
        let mut values = BTreeMap::new();
        for name in NAMES.iter().filter(|name| self.mentions.contains(**name)) {
            values.insert(*name, value(name, event, &attributes)?);
        }
        for name in self.extracts.iter().filter(|name| self.mentions.contains(*name)) {
            values.insert(name, event.extracted().get(name).map_or(Ok(Value::from(())), of_json)?);
        }
        let mut page = Page(Vec::new());
        let template = self.environment.get_template(self.name).map_err(|error| cause(&error))?;
        template.render_captured_to(Value::from(values), &mut page).map_err(|error| cause(&error))?;
        let made = String::from_utf8(page.0).map_err(|_| Cause::new("template: what came out is no text"))?;
        if self.name == "json" && serde_json::from_str::<IgnoredAny>(&made).is_err() {
            return Err(Cause::new("template: what came out is no JSON"));
        }
        Ok(if self.name == "html" { made.replace(is_no_character, "\u{fffd}") } else { made })
    }
}

/// The header for a media type; nothing where the text is none.
#[must_use]
pub fn media_type(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok().filter(|value| text.contains('/') && value.to_str().is_ok())
}

/// What no XML document may hold, not even escaped (XML 1.0, section 2.2): one of these in a text message would make the whole
/// answer unreadable.
const fn is_no_character(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

/// The line of the first `{{` that stands inside a JSON string.
fn quoted(text: &str) -> Option<usize> {
    let (mut rest, mut inside, mut line) = (text, false, 1_usize);
    while let Some(next) = rest.chars().next() {
        let tag = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")].into_iter().find(|(opens, _)| rest.starts_with(opens));
        let length = match tag {
            Some(("{{", _)) if inside => return Some(line),
            Some((_, closes)) => rest.find(closes).map_or(rest.len(), |at| at.saturating_add(2)),
            None if inside && next == '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            None => next.len_utf8(),
        };
        inside ^= tag.is_none() && next == '"';
        let (passed, after) = rest.split_at_checked(length)?;
        line = line.saturating_add(passed.matches('\n').count());
        rest = after;
    }
    None
}

fn of_json(value: &serde_json::Value) -> Result<Value, Cause> {
    Value::deserialize(value).map_err(|_| Cause::new("template: what it names is no value"))
}

fn value(name: &str, event: &Event, attributes: &[(&str, Cow<'_, str>)]) -> Result<Value, Cause> {
    Ok(match name {
        "source" => Value::from(event.source().as_str()),
        "origin" => Value::from(event.origin()),
        "action" => Value::from(event.action().map(|fact| fact.text())),
        "ordering_key" => Value::from(event.ordering_key()),
        "method" => Value::from(event.head().method.as_str()),
        "path" => Value::from(event.head().path.as_str()),
        "headers" => {
            let proves = |name: &str| event.evidence_headers().any(|evidence| evidence == name);
            Value::from_pairs(
                event
                    .head()
                    .header_texts()
                    .filter(|(name, _)| !proves(name))
                    .map(|(name, text)| (name, text.into_owned())),
            )
        }
        "query" => {
            let one_or_more = |values: Vec<String>| {
                <[String; 1]>::try_from(values).map_or_else(Value::from, |[one]| Value::from(one))
            };
            Value::from_pairs(event.head().query_values().into_iter().map(|(name, values)| (name, one_or_more(values))))
        }
        "body" => match event.view() {
            Ok(view) if view.kind() == Kind::Binary => {
                return Err(Cause::new("template: it names body, and this one is neither JSON nor text"));
            }
            Ok(view) => of_json(view.value())?,
            Err(_) => return Err(Cause::new("template: it names body, and this one cannot be read")),
        },
        _ => Value::from(attributes.iter().find(|(attribute, _)| *attribute == name).map(|(_, text)| text.as_ref())),
    })
}

/// What mends a failure, by its kind.
const MENDED: &[(ErrorKind, &str)] = &[
    (ErrorKind::UndefinedError, "say `is defined` or `default` where a value may be missing"),
    (ErrorKind::OutOfFuel, "it takes too much work for one event"),
    (ErrorKind::WriteFailure, "1 MiB is the most: take less of the body"),
];

/// The engine's own words may repeat the body: only the kind of its error goes on.
fn cause(error: &minijinja::Error) -> Cause {
    let next = MENDED.iter().find(|(kind, _)| *kind == error.kind()).map(|(_, next)| format!("; {next}"));
    let what = format!("{}{}", error.kind(), next.unwrap_or_default());
    Cause::new(Flaw { line: error.line(), what }.to_string())
}

/// What came out so far.
struct Page(Vec<u8>);

impl Write for Page {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        if self.0.len().saturating_add(text.len()) > MOST {
            return Err(Error::other("too long"));
        }
        self.0.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It would print a text with quotes of its own between quotes, and a number could end a list.
    #[test]
    fn a_value_between_the_quotes_of_json_is_found() {
        for (text, line) in [
            (r#"{"a": {{ b }}}"#, None),
            (r#"{"a": "{{ b }}"}"#, Some(1)),
            ("{\"a\": 1,\n\"b\": \"x {{ b }}\"}", Some(2)),
            (r#"{"a": "\"", "b": {{ b }}}"#, None),
            (r#"{"a": "\\", "b": "{{ b }}"}"#, Some(1)),
            (r#"{"a": {{ "a \"text\"" ~ b }}, "c": {{ d }}}"#, None),
            ("{# \" \n #}[{{ a }}, \"{{ b }}\"]", Some(2)),
            (r#"[{% if a == "x" %}"yes"{% else %}"no"{% endif %}, {{ a }}]"#, None),
            (r#"["{% if a %}{{ a }}{% endif %}"]"#, Some(1)),
            ("\"", None),
            ("\"\\", None),
            ("{{ a", None),
        ] {
            assert_eq!(quoted(text), line, "{text}");
        }
    }
}
