//! Text made from an event by a template of the operator's (docs.rs/minijinja, `syntax`): what leaves need not be what
//! came.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::io::{Error, Write};

use doorbell_core::fault::Cause;
use doorbell_core::{Event, cloudevent};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

/// What a template may name. An event that has no `action`, `subject` or `ordering_key` has `none` there. `body` is the
/// parsed body where it is JSON, else its text.
pub const NAMES: &[&str] =
    &["id", "type", "action", "source", "origin", "time", "subject", "trust", "doorbellid", "ordering_key", "body"];
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
    /// Reads a template for a body of this media type.
    ///
    /// # Errors
    /// [`Flaw`]: it is no template, or it names what no event has.
    pub fn parse(text: &str, content_type: &str) -> Result<Self, Flaw> {
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
        let known = |name: &str| NAMES.contains(&name) || environment.globals().any(|(global, _)| global == name);
        if let Some(unknown) = mentions.iter().filter(|name| !known(name)).min() {
            return Err(Flaw { line: None, what: format!("{unknown:?} is none of {}", NAMES.join(", ")) });
        }
        Ok(Self { environment, name, mentions })
    }

    /// The text for one event.
    ///
    /// # Errors
    /// What the event lacks, or what the template may not do: with the line, without a byte of the body.
    pub fn render(&self, event: &Event) -> Result<String, Cause> {
        let attributes = cloudevent::attributes(event);
        let mut values = BTreeMap::new();
        for name in NAMES.iter().filter(|name| self.mentions.contains(**name)) {
            values.insert(*name, value(name, event, &attributes)?);
        }
        let mut page = Page(Vec::new());
        let template = self.environment.get_template(self.name).map_err(|error| cause(&error))?;
        template.render_captured_to(Value::from(values), &mut page).map_err(|error| cause(&error))?;
        String::from_utf8(page.0).map_err(|_| Cause::new("template: what came out is no text"))
    }
}

fn value(name: &str, event: &Event, attributes: &[(&str, Cow<'_, str>)]) -> Result<Value, Cause> {
    Ok(match name {
        "source" => Value::from(event.source().as_str()),
        "origin" => Value::from(event.origin()),
        "action" => Value::from(event.action().map(|fact| fact.text())),
        "ordering_key" => Value::from(event.ordering_key()),
        "body" => match serde_json::from_slice(event.body()) {
            Ok(value) => value,
            Err(_) => Value::from(
                std::str::from_utf8(event.body())
                    .map_err(|_| Cause::new("template: it names body, and this one is neither JSON nor text"))?,
            ),
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
