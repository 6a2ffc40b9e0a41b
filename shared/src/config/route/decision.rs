//! What a route says of the events it takes: `when`, `on_error`, `extract`.

use std::sync::Arc;

use crate::condition::{Condition, Flaw, NAMES};
use crate::config::problem::either;
use crate::config::settings::Value;
use crate::config::{At, Placed, Problem, Settings};
use crate::document;
use crate::extract::{Extract, Form, Place};
use crate::route::OnError;

/// Attributes of what leaves that are not the operator's to name (shared/src/cloudevent.rs).
const TAKEN: &[&str] = &[
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "datacontenttype",
    "dataschema",
    "subject",
    "data",
    "database64",
    "action",
    "trust",
    "doorbellid",
    "secretversion",
    "traceparent",
    "tracestate",
    "reason",
    "spilledfrom",
    "spilledfor",
    "dataref",
    "datasize",
    "datadigest",
];

/// Reads `extract`, in the order of the names.
pub(super) fn extracts(route: &Settings, problems: &mut Vec<Problem>) -> Vec<Placed<Extract>> {
    let Some(table) = route.get::<Settings>("extract") else { return Vec::new() };
    let mut all: Vec<Placed<Extract>> = Vec::new();
    for (name, at) in table.names() {
        let read =
            check_name(name).and_then(|()| match table.entries.get(name).and_then(|entry| entry.value.as_ref()) {
                Some(Value::Text(text)) => extract(name, text, None).map(Some),
                Some(Value::Table(keys)) => keys.text("from").map(|from| extract(name, from, Some(keys))).transpose(),
                _ => Ok(None),
            });
        match read {
            Ok(Some(extract)) => {
                if let Some(other) = all.iter().find(|other| other.value.attribute == extract.attribute) {
                    let what =
                        format!("{name:?} and {:?} are both attribute {:?}", other.value.name, extract.attribute);
                    problems.push(Problem::new(at, what, "rename one: attributes have no _"));
                }
                all.push(Placed { value: extract, at });
            }
            // Its value is refused already.
            Ok(None) => {}
            Err((what, fix)) => problems.push(Problem::new(at, what, fix)),
        }
    }
    all
}

type Wrong = (String, String);

fn check_name(name: &str) -> Result<(), Wrong> {
    let is_name = name.len() <= 20
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        let fix = "use at most 20 of a-z, 0-9 and _, a letter first".to_owned();
        return Err((format!("{name:?} is no name for an extracted value"), fix));
    }
    let attribute = name.replace('_', "");
    if NAMES.contains(&name) || document::NAMES.contains(&name) || TAKEN.contains(&attribute.as_str()) {
        return Err((
            format!("{name:?} is the name of something else that every event has"),
            "choose another".to_owned(),
        ));
    }
    Ok(())
}

fn extract(name: &str, from: &str, keys: Option<&Settings>) -> Result<Extract, Wrong> {
    let fix = "write \"$.json.path\", \"/xml/path\", \"re:PATTERN\", \"header:NAME\", \"query:NAME\" or \"path:N\"";
    let place = Place::parse(from, name).map_err(|what| (format!("{name:?}: {what}"), fix.to_owned()))?;
    let text = |key: &str| keys.and_then(|keys| keys.text(key));
    let form = text("type").and_then(Form::named);
    let required = keys.is_some_and(|keys| keys.flag("required"));
    let default = match text("default") {
        None => None,
        Some(_) if required => {
            let what = format!("{name:?} has a default and is required");
            return Err((what, "keep one of them".to_owned()));
        }
        Some(text) => Some(Form::read(form, text).ok_or_else(|| {
            let what = format!("the default of {name:?} is not of its type");
            (what, "mend it, or its type".to_owned())
        })?),
    };
    Ok(Extract {
        name: name.to_owned(),
        attribute: name.replace('_', ""),
        from: from.to_owned(),
        place,
        form,
        default,
        required,
    })
}

/// Reads `when` and `on_error`.
pub(super) fn condition(
    route: &Settings,
    extracts: &[Placed<Extract>],
    problems: &mut Vec<Problem>,
) -> (Option<Arc<Condition>>, OnError) {
    let on_error = match route.text("on_error") {
        Some("deliver") => OnError::Deliver,
        Some("ignore") => OnError::Ignore,
        Some(_) | None => OnError::Fail,
    };
    let Some(text) = route.text("when") else {
        if route.key_at("on_error").is_some() {
            let what = "on_error is about a condition, and there is none";
            problems.push(Problem::new(route.at("on_error"), what, "add when, or remove it"));
        }
        return (None, on_error);
    };
    let names: Vec<&str> = extracts.iter().map(|extract| extract.value.name.as_str()).collect();
    match Condition::parse(text, &names) {
        Ok(condition) => (Some(Arc::new(condition)), on_error),
        Err(flaws) => {
            problems.extend(flaws.into_iter().map(|flaw| problem(text, route.at("when"), &flaw)));
            (None, on_error)
        }
    }
}

/// Points at the place in the condition, below its line.
fn problem(text: &str, at: At, flaw: &Flaw) -> Problem {
    let before: String = text.chars().take(flaw.at).collect();
    let line = before.matches('\n').count();
    let column = before.chars().rev().take_while(|c| *c != '\n').count();
    let shown = text.lines().nth(line).unwrap_or_default();
    let mark = format!("mend it here:\n  {shown}\n  {}^", " ".repeat(column));
    // Of a text in one line the quote stands before it.
    let at =
        if text.contains('\n') { at } else { At { column: at.column.saturating_add(column).saturating_add(1), ..at } };
    Problem::new(at, format!("the condition: {}", flaw.what), mark)
}

/// Routes that may take the same event must mean the same by a name, for the event has it once.
pub(super) fn check_names(routes: &[super::RouteConfig], sources: &[&str], problems: &mut Vec<Problem>) {
    for (index, later) in routes.iter().enumerate() {
        for earlier in routes.iter().take(index).filter(|earlier| earlier.goes_on) {
            let meet = sources.iter().any(|source| earlier.takes(source) && later.takes(source));
            for extract in later.extract.iter().filter(|_| meet) {
                let clash = |other: &&Placed<Extract>| {
                    other.value.attribute == extract.value.attribute && other.value.from != extract.value.from
                };
                if let Some(other) = earlier.extract.iter().find(clash) {
                    let what = format!(
                        "{:?} is taken from elsewhere than {:?} of line {}, and an event may pass both",
                        extract.value.name, other.value.name, other.at.line
                    );
                    problems.push(Problem::new(
                        extract.at,
                        what,
                        either(&["rename it", "take it from the same place"]),
                    ));
                }
            }
        }
    }
}
