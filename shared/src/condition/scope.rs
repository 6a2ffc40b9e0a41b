//! What the names of a condition stand for.

use std::borrow::Cow;
use std::collections::HashMap;

use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde_json::{Number, Value};

use super::fuel::{self, Fuel};
use crate::Event;
use crate::event::Fact;
use crate::view::{Kind, View};

/// An event as a condition sees it; each name is made when it is asked for.
#[derive(Debug)]
pub(super) struct Scope<'e> {
    pub(super) event: &'e Event,
    pub(super) view: Option<&'e View>,
    pub(super) taken: &'e [(&'e str, Option<Value>)],
    pub(super) fuel: &'e Fuel,
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let event = self.event;
        if let Some((_, value)) = self.taken.iter().find(|(taken, _)| *taken == name) {
            return Some(CowVal::Owned(value.as_ref().map_or_else(|| Box::new(CelNull) as _, of_json)));
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
            "headers" => headers(event),
            "query" => query(event),
            "body" => match self.view {
                Some(view) if view.kind() == Kind::Binary => CowVal::owned(CelBytes::from(event.body().as_ref())),
                Some(view) => CowVal::Owned(of_json(view.value())),
                None => return None,
            },
            _ => return None,
        })
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn fact(fact: Option<&Fact>) -> CowVal<'_, '_> {
    fact.map_or_else(|| CowVal::owned(CelNull), |fact| text(fact.text()))
}

fn headers(event: &Event) -> CowVal<'_, '_> {
    let head = event.head();
    let mut texts: HashMap<CelMapKey<'_>, Box<dyn Val + '_>> = HashMap::with_capacity(head.headers.keys_len());
    for (name, text) in head.header_texts() {
        let text = match text {
            Cow::Borrowed(text) => CelString::from(text),
            Cow::Owned(text) => CelString::from(text),
        };
        texts.insert(CelMapKey::from(name), Box::new(text));
    }
    CowVal::owned(CelMap::from(texts))
}

fn query(event: &Event) -> CowVal<'_, '_> {
    let text = |text: &String| Box::new(CelString::from(text.clone())) as Box<dyn Val>;
    let entry = |(name, values): (String, Vec<String>)| {
        let value = match values.as_slice() {
            [one] => text(one),
            several => Box::new(CelList::from(several.iter().map(text).collect::<Vec<_>>())),
        };
        (CelMapKey::from(name), value)
    };
    CowVal::owned(CelMap::from(event.head().query_values().into_iter().map(entry).collect::<HashMap<_, _>>()))
}

/// Texts are borrowed.
fn of_json(value: &Value) -> Box<dyn Val + '_> {
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
