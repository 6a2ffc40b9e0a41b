//! What the names of a condition stand for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde_json::{Number, Value};

use super::fuel::{self, Fuel};
use super::pattern::{self, Pattern};
use crate::Event;
use crate::event::Fact;
use crate::view::{Kind, View};

/// An event as the conditions of all its routes see it. What a name stands for is made when it is first asked for, and once: a loop
/// asks for it in each turn. What they may cost is bounded for all together.
#[derive(Debug)]
pub struct Asked<'e> {
    event: &'e Event,
    headers: OnceLock<Box<dyn Val + 'e>>,
    query: OnceLock<Box<dyn Val + 'e>>,
    body: OnceLock<Box<dyn Val + 'e>>,
    /// What is left to spend.
    pub(super) left: AtomicU64,
}

impl<'e> Asked<'e> {
    /// Nothing is made or spent yet.
    #[must_use]
    pub const fn new(event: &'e Event) -> Self {
        let left = AtomicU64::new(fuel::FUEL);
        Self { event, headers: OnceLock::new(), query: OnceLock::new(), body: OnceLock::new(), left }
    }

    /// The event.
    pub(super) const fn event(&self) -> &'e Event {
        self.event
    }
}

/// What one condition may name.
#[derive(Debug)]
pub(super) struct Scope<'a, 'e> {
    pub(super) asked: &'a Asked<'e>,
    pub(super) view: Option<&'e View>,
    /// What its route extracts.
    pub(super) taken: &'a [(&'a str, Box<dyn Val + 'a>)],
    pub(super) patterns: &'a [Pattern],
    pub(super) fuel: &'a Fuel,
}

impl VariableResolver for Scope<'_, '_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let event = self.asked.event;
        if let Some((_, value)) = self.taken.iter().find(|(taken, _)| *taken == name) {
            return Some(CowVal::Borrowed(value.as_ref()));
        }
        Some(match name {
            fuel::NAME => CowVal::Borrowed(self.fuel),
            "type" => fact(event.kind()),
            "action" => fact(event.action()),
            "id" => fact(event.id()),
            "source" => text(event.source().as_str()),
            "time" => CowVal::owned(CelString::from(event.time().rfc3339())),
            "trust" => text(event.trust().as_str()),
            "method" => text(event.head().method.as_str()),
            "path" => text(&event.head().path),
            "headers" => CowVal::Borrowed(self.asked.headers.get_or_init(|| headers(event)).as_ref()),
            "query" => CowVal::Borrowed(self.asked.query.get_or_init(|| query(event)).as_ref()),
            "body" => {
                let view = self.view?;
                let made = self.asked.body.get_or_init(|| match view.kind() {
                    Kind::Binary => Box::new(CelBytes::from(event.body().as_ref())),
                    Kind::Json | Kind::Form | Kind::Xml | Kind::Text => of_json(view.value()),
                });
                CowVal::Borrowed(made.as_ref())
            }
            name => CowVal::Borrowed(pattern::named(name, self.patterns)?),
        })
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn fact(fact: Option<&Fact>) -> CowVal<'_, '_> {
    fact.map_or_else(|| CowVal::owned(CelNull), |fact| text(fact.text()))
}

fn headers(event: &Event) -> Box<dyn Val + '_> {
    let head = event.head();
    let mut texts: HashMap<CelMapKey<'_>, Box<dyn Val + '_>> = HashMap::with_capacity(head.headers.keys_len());
    for (name, text) in head.header_texts() {
        let text = match text {
            Cow::Borrowed(text) => CelString::from(text),
            Cow::Owned(text) => CelString::from(text),
        };
        texts.insert(CelMapKey::from(name), Box::new(text));
    }
    Box::new(CelMap::from(texts))
}

fn query(event: &Event) -> Box<dyn Val + '_> {
    let text = |text: &String| Box::new(CelString::from(text.clone())) as Box<dyn Val>;
    let entry = |(name, values): (String, Vec<String>)| {
        let value = match values.as_slice() {
            [one] => text(one),
            several => Box::new(CelList::from(several.iter().map(text).collect::<Vec<_>>())),
        };
        (CelMapKey::from(name), value)
    };
    Box::new(CelMap::from(event.head().query_values().into_iter().map(entry).collect::<HashMap<_, _>>()))
}

/// Texts are borrowed.
pub(super) fn of_json(value: &Value) -> Box<dyn Val + '_> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Number(number) => of_number(number),
        Value::String(text) => Box::new(CelString::from(text.as_str())),
        Value::Array(items) => Box::new(CelList::from(items.iter().map(of_json).collect::<Vec<_>>())),
        Value::Object(members) => {
            let entries = members.iter().map(|(name, value)| (CelMapKey::from(name.as_str()), of_json(value)));
            Box::new(CelMap::from(entries.collect::<HashMap<_, _>>()))
        }
    }
}

fn of_number<'v>(number: &Number) -> Box<dyn Val + 'v> {
    match (number.as_i64(), number.as_u64()) {
        (Some(number), _) => Box::new(CelInt::from(number)),
        (None, Some(number)) => Box::new(CelUInt::from(number)),
        (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or_default())),
    }
}
