//! `respond` of a route: what its sender is told.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header};

use crate::config::{Placed, Problem, Settings, document};
use crate::extract::Extract;
use crate::framing::is_framing;
use crate::name::DestinationName;
use crate::reply::{DELIVERY_ID, Yes};
use crate::respond::{Respond, Template};

/// Reads `respond` of a route that requires these destinations and extracts these values.
pub(super) fn read(
    route: &Settings,
    to: &[Placed<String>],
    extracts: &[Placed<Extract>],
    problems: &mut Vec<Problem>,
) -> Placed<Respond> {
    let at = route.at("respond");
    let value = match (route.text("respond"), route.table("respond")) {
        (Some("relay"), _) => match to {
            [one] => DestinationName::parse(&one.value).map_or(Respond::Ack, Respond::Relay),
            [] => Respond::Ack,
            [_, _, ..] => {
                let what = "whose answer is relayed is not clear: to has more than one destination";
                problems.push(Problem::new(at, what, "leave the one that answers, and the others to also"));
                Respond::Ack
            }
        },
        (_, Some(keys)) => {
            template(keys, extracts, problems).map_or(Respond::Ack, |it| Respond::Template(Arc::new(it)))
        }
        (Some(_) | None, None) => Respond::Ack,
    };
    Placed { value, at }
}

/// An answer, where nothing is wrong with it.
fn template(keys: &Settings, extracts: &[Placed<Extract>], problems: &mut Vec<Problem>) -> Option<Template> {
    let problems_before = problems.len();
    let status = keys.integer("status").and_then(Yes::of).unwrap_or(Yes::OK);
    if keys.text("body").is_some() && !status.has_body() {
        let what = format!("a {} has no body", status.number());
        problems.push(Problem::new(keys.at("body"), what, "remove it, or choose another status"));
    }
    let names: Vec<&str> = extracts.iter().map(|extract| extract.value.name.as_str()).collect();
    let made = document::read(keys, "body", &names, problems);
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    for (name, at, text) in keys.table("headers").into_iter().flat_map(Settings::named::<String>) {
        match header(name, text) {
            Ok((name, _)) if headers.iter().any(|(other, _)| *other == name) => {
                problems.push(Problem::new(at, format!("header {:?} is there twice", name.as_str()), "remove one"));
            }
            Ok(header) => headers.push(header),
            Err((what, fix)) => problems.push(Problem::new(at, what, fix)),
        }
    }
    let (content_type, body) = made?;
    (problems.len() == problems_before).then_some(Template { status, content_type, headers, body })
}

fn header(name: &str, text: &str) -> Result<(HeaderName, HeaderValue), (String, &'static str)> {
    let parsed = HeaderName::from_bytes(name.as_bytes());
    let parsed = parsed.map_err(|_| (format!("{name:?} is not the name of a header"), "mend it"))?;
    if is_framing(&parsed) {
        return Err((format!("header {name:?} belongs to the connection"), "remove it"));
    }
    if parsed == header::CONTENT_TYPE {
        return Err((format!("header {name:?} has a key of its own"), "say content_type"));
    }
    if parsed == DELIVERY_ID || parsed == header::X_CONTENT_TYPE_OPTIONS || parsed == header::DATE {
        return Err((format!("header {name:?} is set by Doorbell"), "remove it"));
    }
    let value = HeaderValue::from_str(text).ok().filter(|value| value.to_str().is_ok());
    value
        .map(|value| (parsed, value))
        .ok_or_else(|| (format!("header {name:?} is no header text"), "use visible ASCII"))
}
