//! `[destination.NAME]`: where events go. Knows of a kind only what its adapter declares.

use std::sync::Arc;
use std::time::Duration;

use super::{At, Kind, Placed, Problem, RouteConfig, Settings, document};
use crate::destination::Durability;
use crate::respond::Respond;
use crate::transform::Transform;

/// A destination.
#[derive(Debug, Clone)]
pub struct DestinationConfig {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: At,
    /// What stands there.
    pub kind: &'static Kind,
    /// How long one hand-off may take, where the config says.
    pub timeout: Option<Duration>,
    /// The destination that takes the event when this one fails.
    pub spill: Option<Placed<String>>,
    /// The destination that keeps a body which is too large for this one.
    pub claim_check: Option<Placed<String>>,
    /// What makes the body that it gets.
    pub transform: Option<Arc<Transform>>,
    /// The names that every route which leads here extracts.
    pub extracted: Vec<String>,
    /// All its keys, the kind's own among them.
    pub settings: Settings,
}

/// Reads every destination, in the order of the text.
pub(super) fn read_all(
    destinations: Option<&Settings>,
    routes: &[RouteConfig],
    kept: &[Placed<String>],
    problems: &mut Vec<Problem>,
) -> Vec<DestinationConfig> {
    let named = destinations.map(Settings::named::<Settings>).into_iter().flatten();
    let destination = |(name, at, keys): (&str, At, &Settings)| {
        let kind: Placed<&Kind> = keys.placed("kind")?;
        if routes.iter().any(|route| route.requires(name)) || kept.iter().any(|kept| kept.value == name) {
            problems.extend(unheld(name, &kind, keys));
        }
        problems.extend(routes.iter().filter_map(|route| unrelayed(name, kind.value, route)));
        let extracted = extracted(name, routes, kept);
        let names: Vec<&str> = extracted.iter().map(String::as_str).collect();
        let made = document::read(keys, "template", &names, problems);
        let transform = made.and_then(|(content_type, document)| Some(Transform { document: document?, content_type }));
        Some(DestinationConfig {
            name: name.to_owned(),
            at,
            kind: kind.value,
            timeout: keys.duration("timeout"),
            spill: keys.placed("spill"),
            claim_check: keys.placed("claim_check"),
            transform: transform.map(Arc::new),
            extracted,
            settings: keys.clone(),
        })
    };
    let mut all: Vec<_> = named.filter_map(destination).collect();
    all.sort_by_key(|destination| destination.at);
    for destination in &all {
        let other = |name: &Option<Placed<String>>| {
            let name = name.as_ref()?;
            Some((name.at, all.iter().find(|other| other.name == name.value)?))
        };
        problems.extend(other(&destination.spill).and_then(|(at, spill)| unspilled(destination, spill, at)));
        problems.extend(other(&destination.claim_check).and_then(|(at, keeper)| unparked(destination, keeper, at)));
    }
    all
}

/// What comes by another way than a route, a dead letter, brings nothing along.
fn extracted(name: &str, routes: &[RouteConfig], kept: &[Placed<String>]) -> Vec<String> {
    let leads = |route: &&RouteConfig| route.requires(name) || route.offers(name);
    let names = |route: &RouteConfig| route.extract.iter().map(|it| it.value.name.clone()).collect::<Vec<_>>();
    let mut all = routes.iter().filter(leads).map(names);
    let Some(mut common) = all.next().filter(|_| !kept.iter().any(|kept| kept.value == name)) else {
        return Vec::new();
    };
    for names in all {
        common.retain(|name| names.contains(name));
    }
    common
}

/// The destinations that others name: as their spill, for their claim check.
pub(super) fn behind(root: &Settings) -> Vec<Placed<String>> {
    let destinations = root.get::<Settings>("destination").into_iter().flat_map(Settings::named::<Settings>);
    destinations.flat_map(|(_, _, keys)| ["spill", "claim_check"].map(|key| keys.placed(key))).flatten().collect()
}

/// A spill that would not help.
fn unspilled(destination: &DestinationConfig, spill: &DestinationConfig, at: At) -> Option<Problem> {
    let name = &destination.name;
    if spill.name == *name {
        let what = format!("destination {name:?} spills into itself");
        return Some(Problem::new(at, what, "name another, one that fails for other reasons"));
    }
    spill.spill.as_ref().map(|_| {
        let what = format!("destination {name:?} spills into {:?}, which has a spill of its own", spill.name);
        Problem::new(at, what, "a spill that fails is a 503: remove the spill of one of them")
    })
}

/// A claim check that cannot be.
fn unparked(destination: &DestinationConfig, keeper: &DestinationConfig, at: At) -> Option<Problem> {
    let (name, kind) = (&destination.name, destination.kind);
    if kind.largest.is_none() {
        let what = format!("destination {name:?} is of kind {:?}, which takes bodies of any size", kind.name);
        return Some(Problem::new(at, what, "remove it"));
    }
    (!keeper.kind.parks).then(|| {
        let what = format!("destination {:?} is of kind {:?}, which keeps no bodies", keeper.name, keeper.kind.name);
        Problem::new(at, what, "name one of kind s3, gcs or folder")
    })
}

/// A route that tells its sender what this destination answers, where it answers nothing.
fn unrelayed(name: &str, kind: &Kind, route: &RouteConfig) -> Option<Problem> {
    let relays = matches!(&route.respond.value, Respond::Relay(relayed) if relayed.as_str() == name);
    (relays && !kind.relays).then(|| {
        let what = format!("destination {name:?} is of kind {:?}, which has no answer to relay", kind.name);
        Problem::new(
            route.respond.at,
            what,
            "name one of kind http, or make the answer here: respond = { body = \"..\" }",
        )
    })
}

/// A receipt that holds nothing may decide an answer only where the operator said so.
fn unheld(name: &str, kind: &Placed<&'static Kind>, keys: &Settings) -> Option<Problem> {
    let other = "choose a kind that keeps events";
    let fix = match (kind.value.danger, kind.value.durability) {
        (Some(flag), _) if keys.flag(flag) => return None,
        (Some(flag), _) => format!("{other}, or add {flag} = true"),
        (None, Durability::None) => other.to_owned(),
        (None, Durability::Durable | Durability::HostDurable) => return None,
    };
    Some(Problem::new(kind.at, format!("destination {name:?} is required, but its kind keeps nothing"), fix))
}
