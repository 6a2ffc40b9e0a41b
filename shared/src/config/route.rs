//! `[[route]]`: which source's events go where. Knows names only; what stands behind them is checked elsewhere.

mod decision;
mod respond;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::problem::meant;
use super::{At, Placed, Problem, Settings};
use crate::condition::Condition;
use crate::destination::Target;
use crate::extract::Extract;
use crate::respond::Respond;
use crate::route::{OnError, Route};

/// One route. The first that takes a source's events wins.
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// Where it is declared.
    pub at: At,
    /// The sources it takes, by name; every one when the config names none.
    pub from: Vec<Placed<String>>,
    /// The destinations that must all take the event, by name.
    pub to: Vec<Placed<String>>,
    /// The destinations that are offered it besides, by name.
    pub also: Vec<Placed<String>>,
    /// What an event must be; nothing: any.
    pub when: Option<Arc<Condition>>,
    /// What a condition that fails means.
    pub on_error: OnError,
    /// What it takes out of an event.
    pub extract: Vec<Placed<Extract>>,
    /// What the sender is told.
    pub respond: Placed<Respond>,
    /// Whether the routes after it are asked as well.
    pub goes_on: bool,
}

impl RouteConfig {
    /// Whether it takes a source's events.
    pub fn takes(&self, source: &str) -> bool {
        self.from.is_empty() || self.from.iter().any(|name| name.value == source)
    }

    /// The route of this number, with what stands behind its names.
    pub(super) fn route(&self, number: usize, targets: &[Arc<Target>]) -> Route {
        let named = |is_named: &dyn Fn(&str) -> bool| {
            targets.iter().filter(|target| is_named(target.name.as_str())).cloned().collect()
        };
        Route {
            number,
            when: self.when.clone(),
            on_error: self.on_error,
            extract: self.extract.iter().map(|extract| extract.value.clone()).collect(),
            to: named(&|name| self.requires(name)),
            also: named(&|name| self.offers(name)),
            respond: self.respond.value.clone(),
            goes_on: self.goes_on,
        }
    }

    /// Whether a destination must take its events.
    pub fn requires(&self, destination: &str) -> bool {
        self.to.iter().any(|name| name.value == destination)
    }

    /// Whether a destination is offered its events besides.
    pub fn offers(&self, destination: &str) -> bool {
        self.also.iter().any(|name| name.value == destination)
    }
}

type Names<'a> = BTreeMap<&'a str, At>;

/// Reads every route and checks that each name exists, each source is taken, each destination used, each route reached. `kept` are
/// the destinations that something else than a route names.
pub(super) fn read_all(root: &Settings, kept: &[Placed<String>], problems: &mut Vec<Problem>) -> Vec<RouteConfig> {
    let declared = root.all::<Settings>("route");
    let problems_before = problems.len();
    let route = |Placed { value: keys, at }: &Placed<Settings>| {
        let extract = decision::extracts(keys, problems);
        let (when, on_error) = decision::condition(keys, &extract, problems);
        let [from, to, also] = ["from", "to", "also"].map(|key| keys.texts(key));
        let respond = respond::read(keys, &to, &extract, problems);
        RouteConfig { at: *at, from, to, also, when, on_error, extract, respond, goes_on: keys.flag("continue") }
    };
    let routes: Vec<RouteConfig> = declared.iter().map(route).collect();
    let [sources, destinations] = ["source", "destination"]
        .map(|key| root.get(key).map(Settings::names).into_iter().flatten().collect::<Names<'_>>());

    for route in &routes {
        check_names("source", &route.from, &sources, problems);
        check_names("destination", &[route.to.as_slice(), &route.also].concat(), &destinations, problems);
    }
    for name in kept {
        check_names("destination", std::slice::from_ref(name), &destinations, problems);
    }
    // A mistake in a route is one mistake: it does not also make whatever the route meant unused.
    let of = |table: &str, key: &str| {
        let is_refused = |keys: &Settings| keys.named::<Settings>().any(|(_, _, keys)| keys.is_refused(key));
        !root.get(table).is_some_and(is_refused)
    };
    let sound = of("source", "dead_letter")
        && of("destination", "spill")
        && of("destination", "claim_check")
        && !sources.is_empty()
        && !declared.is_empty()
        && declared.iter().all(|keys| keys.value.is_sound());
    if sound && problems.len() == problems_before {
        decision::check_names(&routes, &sources.keys().copied().collect::<Vec<_>>(), problems);
        check_reached(&routes, &sources, problems);
        let unused = destinations.into_iter().filter(|(name, _)| !kept.iter().any(|kept| kept.value == *name));
        check_used(&routes, &sources, &unused.collect(), problems);
    }
    routes
}

fn check_names(noun: &str, named: &[Placed<String>], known: &Names<'_>, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for Placed { value: name, at } in named {
        if !known.contains_key(name.as_str()) {
            problems.push(Problem::new(
                *at,
                format!("no {noun} is called {name:?}"),
                meant(name, known.keys().copied()),
            ));
        } else if !seen.insert(name) {
            problems.push(Problem::new(*at, format!("{noun} {name:?} is named twice"), "remove one"));
        }
    }
}

fn check_reached(routes: &[RouteConfig], sources: &Names<'_>, problems: &mut Vec<Problem>) {
    let mut free: BTreeSet<&str> = sources.keys().copied().collect();
    for route in routes {
        if !free.iter().any(|source| route.takes(source)) {
            let what = "this route never runs: earlier ones take all its sources";
            problems.push(Problem::new(route.at, what, "remove it, or add its destinations to theirs"));
        }
        if route.when.is_none() && !route.goes_on {
            free.retain(|source| !route.takes(source));
        }
    }
}

fn check_used(routes: &[RouteConfig], sources: &Names<'_>, destinations: &Names<'_>, problems: &mut Vec<Problem>) {
    for (name, at) in sources.iter().filter(|(name, _)| !routes.iter().any(|route| route.takes(name))) {
        problems.push(Problem::new(
            *at,
            format!("no route takes source {name:?}"),
            format!("add {name:?} to a route's from"),
        ));
    }
    for (name, at) in
        destinations.iter().filter(|(name, _)| !routes.iter().any(|route| route.requires(name) || route.offers(name)))
    {
        let fix = format!("add {name:?} to a route's to or also, or remove it");
        problems.push(Problem::new(*at, format!("no route uses destination {name:?}"), fix));
    }
}
