//! `extract` of a route: values out of an event under names of the operator's, for its conditions, for templates, and as
//! extension attributes of what leaves (github.com/cloudevents/spec, `cloudevents/spec.md`, "Extension Context Attributes").

use std::borrow::Cow;

use http::HeaderName;
use regex::Regex;
use serde_json::{Number, Value};
use serde_json_path::JsonPath;

use crate::name::DestinationName;
use crate::view::{Malformed, XmlPath};
use crate::{Event, Fault, Rejection};
use crate::{locate, pick};

/// One value to take out.
#[derive(Clone, Debug)]
pub struct Extract {
    /// Its name in conditions and templates.
    pub name: String,
    /// Its name on what leaves: the same without `_`, which attributes cannot have.
    pub attribute: String,
    /// Where it is, as it was written.
    pub from: String,
    /// The same, read.
    pub place: Place,
    /// What it must be; anything where the operator does not say.
    pub form: Option<Form>,
    /// What it is where nothing is there.
    pub default: Option<Value>,
    /// Whether an event without it is refused.
    pub required: bool,
}

/// Where a value is.
#[derive(Clone, Debug)]
pub enum Place {
    /// `$...`: JSONPath (RFC 9535) into a JSON body or the fields of a form; the one node, or a list where the path can find several.
    Json {
        /// The path.
        path: Box<JsonPath>,
        /// Whether it names one place.
        is_one: bool,
        /// The same as a JSON pointer, where it is one: found in one pass without the tree.
        pointer: Option<String>,
    },
    /// `/...`: XPath into an XML body.
    Xml(XmlPath),
    /// `re:...`: a regular expression over a text body: its group of the value's name, else its first group, else all it matches.
    Text(Box<Regex>, usize),
    /// `header:NAME`.
    Header(HeaderName),
    /// `query:NAME`.
    Query(String),
    /// `path:N`: a segment of the request's path, from 1.
    Segment(usize),
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text.
    String,
    /// A whole number, also as text.
    Integer,
    /// A number, also as text.
    Number,
    /// `true` or `false`, also as text.
    Boolean,
}

/// Values that were taken out, in the order of the names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extracted(Vec<(String, String, Value)>);

/// An event lacks a value that is required, or has one of another form. Says its place, and not what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The operator's name of the value; or where it is in the body: a JSON pointer, `body` for all of it.
    pub name: String,
    /// `required` or `type`; or the keyword of the schema that is violated.
    pub rule: Cow<'static, str>,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.name, self.rule)
    }
}

/// Why a value was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untaken {
    /// The body cannot be read.
    Malformed,
    /// It is not there, or not as it must be.
    Unfit(Unfit),
}

impl From<Malformed> for Untaken {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Place {
    /// Reads a place; `name` is the value's, which a group of a regular expression may have.
    ///
    /// # Errors
    /// What is wrong with the text: a lowercase fragment.
    pub fn parse(text: &str, name: &str) -> Result<Self, String> {
        if text.starts_with('$') {
            let path = JsonPath::parse(text).map_err(|error| {
                format!(
                    "{text:?} is no JSONPath, at character {}: {}",
                    error.position().saturating_add(1),
                    error.message()
                )
            })?;
            if let Some(why) = unbounded(text) {
                return Err(format!("{text:?} may take any time for a large body: {why}"));
            }
            let steps = steps(text);
            let pointer = steps.as_deref().and_then(pointer);
            return Ok(Self::Json { path: Box::new(path), is_one: steps.is_some(), pointer });
        }
        if text.starts_with('/') {
            return XmlPath::parse(text).map(Self::Xml);
        }
        let Some((kind, rest)) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()) else {
            return Err(format!("{text:?} is no place in a request"));
        };
        match kind {
            "re" => {
                let regex = Regex::new(rest)
                    .map_err(|error| format!("{rest:?} is no regular expression: {}", last_line(&error)))?;
                let named = regex.capture_names().position(|group| group == Some(name));
                let group = named.unwrap_or(usize::from(regex.captures_len() > 1));
                Ok(Self::Text(Box::new(regex), group))
            }
            "header" => HeaderName::from_bytes(rest.as_bytes())
                .map(Self::Header)
                .map_err(|_| format!("{rest:?} is not the name of a header")),
            "query" => Ok(Self::Query(rest.to_owned())),
            "path" => match rest.parse() {
                Ok(segment @ 1..=64) => Ok(Self::Segment(segment)),
                _ => Err(format!("{rest:?} is no segment of a path: 1 is the first")),
            },
            _ => Err(format!("{text:?} is no place in a request")),
        }
    }

    /// What is there.
    fn find(&self, event: &Event) -> Result<Option<Value>, Malformed> {
        Ok(match self {
            Self::Json { pointer: Some(pointer), .. } if let Some(found) = event.scalar_at(pointer) => found,
            Self::Json { path, is_one, .. } => {
                let nodes = path.query(event.view()?.value()).all();
                match (nodes.as_slice(), is_one) {
                    ([], _) => None,
                    ([one], true) => Some((*one).clone()),
                    (several, _) => Some(Value::Array(several.iter().map(|node| (*node).clone()).collect())),
                }
            }
            Self::Xml(path) => match event.tree()? {
                Some(tree) => tree.find(path)?.map(Value::from),
                None => None,
            },
            Self::Text(regex, group) => {
                let text = std::str::from_utf8(event.body()).ok();
                text.and_then(|text| Some(Value::from(regex.captures(text)?.get(*group)?.as_str())))
            }
            Self::Header(name) => event.head().one_header(name.as_str()).ok().flatten().map(Value::from),
            Self::Query(name) => locate::query_value(event.head(), name).ok().flatten().map(Value::from),
            Self::Segment(at) => event.head().path.split('/').nth(*at).filter(|text| !text.is_empty()).map(Value::from),
        })
    }
}

/// The last line of an error says what is wrong; those before repeat the text.
fn last_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Why the work for a JSONPath does not grow with the body alone. The body is its sender's, who must not decide how long we think.
fn unbounded(path: &str) -> Option<&'static str> {
    let mut quoted = None;
    let mut escaped = false;
    let bare: String = path
        .chars()
        .filter(|&c| match quoted {
            Some(_) if escaped => {
                escaped = false;
                false
            }
            Some(quote) => {
                escaped = c == '\\';
                quoted = (c != quote).then_some(quote);
                false
            }
            None => {
                quoted = matches!(c, '\'' | '"').then_some(c);
                quoted.is_none()
            }
        })
        .collect();
    if bare.matches("..").count() > 1 {
        Some("more than one `..`; write the names in between")
    } else if bare.matches('$').count() > 1 {
        Some("a `$` in a filter looks through all of it again for each value; take both, and compare them in when")
    } else if bare.contains("match(") || bare.contains("search(") {
        Some("match and search read their pattern anew for each value; take the values, and match them in when")
    } else {
        None
    }
}

/// The steps of a path that names one place (RFC 9535, 2.3.5.1, singular queries): names and indices, each with whether it is
/// a name. Names with escapes are left to the engine.
fn steps(path: &str) -> Option<Vec<(&str, bool)>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, is_name, after);
        if let Some(named) = rest.strip_prefix('.') {
            let end = named.find(['.', '[']).unwrap_or(named.len());
            (step, after) = named.split_at_checked(end)?;
            is_name = true;
            if step.is_empty() || !step.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
            {
                return None;
            }
        } else {
            let inside = rest.strip_prefix('[')?;
            if let Some(quote) = inside.chars().next().filter(|quote| matches!(quote, '\'' | '"')) {
                let (name, behind) = inside.get(1..)?.split_once(quote)?;
                (step, is_name, after) = (name, true, behind.strip_prefix(']')?);
                if step.contains('\\') {
                    return None;
                }
            } else {
                (step, after) = inside.split_once(']')?;
                is_name = false;
                if step.is_empty() || !step.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
            }
        }
        steps.push((step, is_name));
        rest = after;
    }
    Some(steps)
}

/// The same as a JSON pointer, where that says neither more nor less: a pointer's number is an index or a name.
fn pointer(steps: &[(&str, bool)]) -> Option<String> {
    if steps.is_empty() || !steps.iter().all(|(step, is_name)| *is_name && pick::is_plain(step)) {
        return None;
    }
    Some(steps.iter().fold(String::new(), |pointer, (step, _)| pointer + "/" + step))
}

impl Form {
    /// The value in this form.
    fn of(self, value: &Value) -> Option<Value> {
        let text = value.as_str().map(str::trim);
        match self {
            Self::String => match value {
                Value::String(_) => Some(value.clone()),
                Value::Number(number) => Some(Value::from(number.to_string())),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
            },
            Self::Integer if value.is_i64() || value.is_u64() => Some(value.clone()),
            Self::Integer => text?.parse::<i64>().ok().map(Value::from),
            Self::Number if value.is_number() => Some(value.clone()),
            Self::Number => Number::from_f64(text?.parse().ok()?).map(Value::from),
            Self::Boolean if value.is_boolean() => Some(value.clone()),
            Self::Boolean => text?.parse::<bool>().ok().map(Value::from),
        }
    }

    /// The form of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [("string", Self::String), ("integer", Self::Integer), ("number", Self::Number), ("boolean", Self::Boolean)]
            .into_iter()
            .find_map(|(known, form)| (known == name).then_some(form))
    }

    /// A default of this form, out of text.
    #[must_use]
    pub fn read(form: Option<Self>, text: &str) -> Option<Value> {
        form.map_or(Some(Value::from(text)), |form| form.of(&Value::from(text)))
    }
}

impl Extract {
    /// The value; `None` where it is absent, which a JSON `null` is too.
    ///
    /// # Errors
    /// [`Untaken::Unfit`] where it is of another form; that a required one is absent is not said here.
    pub fn find(&self, event: &Event) -> Result<Option<Value>, Untaken> {
        let found = self.place.find(event)?.filter(|value| !value.is_null());
        match (found, self.form) {
            (None, _) => Ok(self.default.clone()),
            (Some(value), None) => Ok(Some(value)),
            (Some(value), Some(form)) => form.of(&value).map(Some).ok_or_else(|| self.unfit("type")),
        }
    }

    /// The value, or what is wrong with the event.
    fn taken(&self, event: &Event) -> Result<Option<Value>, Untaken> {
        match self.find(event)? {
            None if self.required => Err(self.unfit("required")),
            found => Ok(found),
        }
    }

    fn unfit(&self, rule: &'static str) -> Untaken {
        Untaken::Unfit(Unfit { name: self.name.clone(), rule: rule.into() })
    }
}

impl Extracted {
    /// Why an event is a dead letter, as the attribute that every dead letter has.
    pub(crate) fn reason(rejection: Rejection) -> Self {
        Self(vec![("reason".to_owned(), "reason".to_owned(), Value::from(rejection.code()))])
    }

    /// The same with what a spilled event says of itself: which destination did not take it, and why.
    pub(crate) fn spilled(mut self, of: &DestinationName, fault: &Fault) -> Self {
        for (name, value) in [("spilledfrom", of.as_str()), ("spilledfor", fault.code())] {
            self.0.retain(|(_, attribute, _)| attribute != name);
            self.0.push((name.to_owned(), name.to_owned(), Value::from(value)));
        }
        self
    }

    /// Takes all of these out.
    ///
    /// # Errors
    /// [`Untaken`]: the first that is not as it must be.
    pub fn of(extracts: &[Extract], event: &Event) -> Result<Self, Untaken> {
        let mut all = Self::default();
        for extract in extracts {
            if let Some(value) = extract.taken(event)? {
                all.0.push((extract.name.clone(), extract.attribute.clone(), value));
            }
        }
        Ok(all)
    }

    /// Adds what another route took; of one name the first stays, which the config makes the same.
    pub(crate) fn join(&mut self, others: Self) {
        let mine = self.0.len();
        let is_new = |name: &str| !self.0.iter().take(mine).any(|(known, _, _)| known == name);
        let others: Vec<_> = others.0.into_iter().filter(|(name, _, _)| is_new(name)).collect();
        self.0.extend(others);
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _, _)| known == name).map(|(_, _, value)| value)
    }

    /// Names and values.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, _, value)| (name.as_str(), value))
    }

    /// As attributes of what leaves: text as it is, anything else as JSON.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.0.iter().map(|(_, attribute, value)| {
            (attribute.as_str(), value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed))
        })
    }
}
