//! Where the signatures of a described scheme are, and how they sit there.

use std::borrow::Cow;

use crate::config::{Problem, Settings};
use crate::locate::Locate;
use crate::verify::{Layout, Place};

/// `None` only where a problem was reported.
pub(super) fn place(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Place> {
    let headers = keys.all::<String>("header");
    let (numbered, repeated) = (keys.flag("numbered"), keys.flag("repeated"));
    let mut names = headers.into_iter().map(|name| Cow::Owned(name.value));
    let (first, more) = (names.next(), names.collect::<Vec<_>>());
    let misplaced = || ["numbered", "repeated"].into_iter().find_map(|key| keys.key_at(key)).unwrap_or(keys.at);
    match (first, more.is_empty(), keys.get::<Locate>("at")) {
        (Some(name), true, None) => match (numbered, repeated) {
            (false, false) => return Some(Place::Header(name)),
            (true, false) => return Some(Place::Numbered(name)),
            (false, true) => return Some(Place::Repeated(name)),
            (true, true) => {
                problems.push(Problem::new(misplaced(), "\"numbered\" beside \"repeated\"", "keep one"));
            }
        },
        (Some(_), false, None) | (None, _, Some(_)) if numbered || repeated => {
            let fix = "remove it: it goes with one header";
            problems.push(Problem::new(misplaced(), "the place of the signature is not clear", fix));
        }
        (Some(first), false, None) => {
            return Some(Place::Headers(std::iter::once(first).chain(more).collect()));
        }
        (None, _, Some(at)) => return located(at, keys, problems),
        (Some(_), _, Some(_)) => {
            let at = keys.key_at("at").unwrap_or(keys.at);
            problems.push(Problem::new(at, "\"at\" beside \"header\"", "keep one: a signature stands in one place"));
        }
        (None, _, None) if keys.key_at("header").or(keys.key_at("at")).is_none() => {
            let fix = "add header = \"NAME\", or at = \"query:NAME\", \"json:/pointer\" or \"form:FIELD\"";
            problems.push(Problem::new(keys.at, "the scheme does not say where its signature stands", fix));
        }
        // What was refused is reported.
        (None, _, None) => {}
    }
    None
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other places are no words of the config")]
fn located(at: &Locate, keys: &Settings, problems: &mut Vec<Problem>) -> Option<Place> {
    match at {
        Locate::Header(name) => Some(Place::Header(name.clone())),
        Locate::Query(name) => Some(Place::Query(name.clone())),
        Locate::Json(pointer) => {
            Some(Place::Field(pointer.clone(), Cow::Owned(pointer.trim_start_matches('/').to_owned())))
        }
        Locate::Form(field) => Some(Place::Field(Cow::Owned(format!("/{field}")), field.clone())),
        _ => {
            let fix = "write \"query:NAME\", \"json:/pointer\" or \"form:FIELD\"";
            problems.push(Problem::new(keys.at("at"), "no signature can stand there", fix));
            None
        }
    }
}

/// How the signatures sit in their place: alone, in a list, or among pairs.
pub(super) fn layout(keys: &Settings, problems: &mut Vec<Problem>) -> Layout {
    let owned = |text: &str| Cow::Owned(text.to_owned());
    let prefix = owned(keys.text("prefix").unwrap_or_default());
    match (keys.text("list"), keys.text("pairs"), keys.text("tag")) {
        (None, Some(separator), Some(tag)) if keys.text("prefix").is_none() => {
            Layout::Pairs(owned(separator), owned(tag))
        }
        (Some(separator), None, None) => Layout::List(owned(separator), prefix),
        (None, None, None) => Layout::Whole(prefix),
        _ => {
            let at = ["pairs", "tag", "list"].into_iter().find_map(|key| keys.key_at(key));
            let fix = "say pairs and tag, or list, or none of them; prefix goes with list";
            problems.push(Problem::new(at.unwrap_or(keys.at), "the form of the header is not clear", fix));
            Layout::Whole(prefix)
        }
    }
}
