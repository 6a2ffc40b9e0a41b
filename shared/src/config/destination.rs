//! `[destination.NAME]`: where events go. Knows of a kind only what its adapter declares.

use std::time::Duration;

use super::{At, Kind, Placed, Problem, RouteConfig, Settings};
use crate::destination::Durability;
use crate::respond::Respond;

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
    /// All its keys, the kind's own among them.
    pub settings: Settings,
}

/// Reads every destination, in the order of the text.
pub(super) fn read_all(
    destinations: Option<&Settings>,
    routes: &[RouteConfig],
    dead_letters: &[Placed<String>],
    problems: &mut Vec<Problem>,
) -> Vec<DestinationConfig> {
    let named = destinations.map(Settings::named::<Settings>).into_iter().flatten();
    let destination = |(name, at, keys): (&str, At, &Settings)| {
        let kind: Placed<&Kind> = keys.placed("kind")?;
        if routes.iter().any(|route| route.requires(name)) || dead_letters.iter().any(|dead| dead.value == name) {
            problems.extend(unheld(name, &kind, keys));
        }
        problems.extend(routes.iter().filter_map(|route| unrelayed(name, kind.value, route)));
        let timeout = keys.duration("timeout");
        Some(DestinationConfig { name: name.to_owned(), at, kind: kind.value, timeout, settings: keys.clone() })
    };
    let mut all: Vec<_> = named.filter_map(destination).collect();
    all.sort_by_key(|destination| destination.at);
    all
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
