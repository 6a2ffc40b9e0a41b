//! `schema` of a source: a JSON Schema that the body of each of its events must satisfy. Compiled once, from text that was
//! read elsewhere.

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::Event;
use crate::extract::Unfit;
use crate::route::Refusal;
use crate::view::Kind;

/// The drafts that are spoken, by their `$schema` (json-schema.org/specification-links).
const DRAFTS: [(&str, Draft); 2] = [
    ("https://json-schema.org/draft/2020-12/schema", Draft::Draft202012),
    ("http://json-schema.org/draft-07/schema", Draft::Draft7),
];
/// Of a body of more values it is not said what is wrong with it: of an `anyOf` the engine keeps every error of every branch,
/// which is some 2 kB a value.
const MOST_EXPLAINED: usize = 10_000;
/// How the whole is called.
const WHOLE: &str = "body";
/// So much of a JSON pointer is told: its names may be the sender's.
const MOST_OF_A_POINTER: usize = 128;

/// A compiled JSON Schema of draft 2020-12 or draft-07; `$schema` says which, 2020-12 where it says nothing.
///
/// Nothing is fetched: a `$ref` stays inside the document or names its draft. Patterns run in time linear in their text,
/// so look-around and back-references are refused.
#[derive(Clone, Debug)]
pub struct Schema(Arc<Validator>);

impl Schema {
    /// Reads and compiles one.
    ///
    /// # Errors
    /// What is wrong with the text: a lowercase fragment.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let schema: Value = serde_json::from_slice(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let draft = match schema.get("$schema").map(Value::as_str) {
            None => Draft::Draft202012,
            Some(named) => draft(named.unwrap_or_default())
                .ok_or_else(|| format!("its $schema is neither {} nor {}", DRAFTS[0].0, DRAFTS[1].0))?,
        };
        let options = jsonschema::options().offline().with_draft(draft).with_pattern_options(PatternOptions::regex());
        let built = options.build(&schema).map_err(|error| match error.instance_path().as_str() {
            "" => error.to_string(),
            place => format!("at {place}: {error}"),
        })?;
        Ok(Self(Arc::new(built)))
    }

    /// Whether the event's body satisfies it; of a form, the object of its fields does.
    ///
    /// # Errors
    /// [`Refusal`]: a body that cannot be read, is of another kind, or violates it. The first violation is told by its place
    /// and the rule, never by what is there.
    pub(crate) fn judge(&self, event: &Event) -> Result<(), Refusal> {
        let view = event.view().map_err(|_malformed| Refusal::Malformed)?;
        match view.kind() {
            Kind::Json | Kind::Form if view.size().values <= MOST_EXPLAINED => {
                self.check(view.value()).map_err(Refusal::Unfit)
            }
            Kind::Json | Kind::Form if self.0.is_valid(view.value()) => Ok(()),
            Kind::Json | Kind::Form => Err(Refusal::Unfit(Unfit { name: WHOLE.to_owned(), rule: "schema".into() })),
            Kind::Xml | Kind::Text | Kind::Binary => Err(Refusal::Unsupported),
        }
    }

    /// The same of a value.
    ///
    /// # Errors
    /// The first violation.
    pub fn check(&self, value: &Value) -> Result<(), Unfit> {
        let Err(error) = self.0.validate(value) else { return Ok(()) };
        let name = match error.instance_path().as_str() {
            "" => WHOLE.to_owned(),
            pointer => printable(pointer),
        };
        Err(Unfit { name, rule: error.kind().keyword().to_owned().into() })
    }
}

fn draft(named: &str) -> Option<Draft> {
    let named = named.strip_suffix('#').unwrap_or(named);
    DRAFTS.into_iter().find_map(|(name, draft)| (name == named).then_some(draft))
}

/// The beginning of a pointer, with `?` for what is not printable ASCII.
fn printable(pointer: &str) -> String {
    pointer.chars().take(MOST_OF_A_POINTER).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}
