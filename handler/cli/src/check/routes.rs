//! Where a source's events go, route by route.

use doorbell_core::config::{Config, DestinationConfig, RouteConfig, SourceConfig};
use doorbell_core::destination::Durability;
use doorbell_core::provider::Success;
use doorbell_core::respond::Respond;
use doorbell_core::route::OnError;
use serde::Serialize;

use super::DestinationReport;
use crate::contract;

/// One route, as one of its sources sees it.
#[derive(Debug, Serialize)]
pub(super) struct RouteReport {
    /// Its place among all routes, from 1: how logs call it.
    number: usize,
    when: Option<String>,
    on_error: Option<&'static str>,
    pub(super) destinations: Vec<DestinationReport>,
    pub(super) also: Vec<String>,
    continues: bool,
    /// What the sender is told: `ack`, `relay` or `template`.
    respond: &'static str,
    /// The same in a sentence, where it is more than a yes, or should be.
    #[serde(skip)]
    told: Option<String>,
    extract: Vec<ExtractReport>,
    /// What its condition reads without asking whether it is there.
    unguarded: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ExtractReport {
    name: String,
    attribute: String,
    from: String,
    required: bool,
}

/// The routes that take a source's events, in order.
pub(super) fn of(config: &Config, source: &SourceConfig) -> Vec<RouteReport> {
    taking(config, source).map(|(route, number)| report(config, source, route, number)).collect()
}

/// The destinations that must hold an event of the source by one of its routes.
pub(super) fn required<'c>(config: &'c Config, source: &SourceConfig) -> Vec<&'c DestinationConfig> {
    let required = |name: &str| taking(config, source).any(|(route, _)| route.requires(name));
    config.destinations.iter().filter(|destination| required(&destination.name)).collect()
}

/// Whether by each of its routes something durable holds an event.
pub(super) fn always_durable(config: &Config, source: &SourceConfig) -> bool {
    let durable = |route: &RouteConfig| {
        let of_route = config.destinations.iter().filter(|destination| route.requires(&destination.name));
        of_route.into_iter().any(|destination| destination.kind.durability == Durability::Durable)
    };
    taking(config, source).all(|(route, _)| durable(route))
}

fn taking<'c>(config: &'c Config, source: &SourceConfig) -> impl Iterator<Item = (&'c RouteConfig, usize)> {
    let name = source.name.clone();
    config.routes.iter().zip(1..).filter(move |(route, _)| route.takes(&name))
}

fn report(config: &Config, source: &SourceConfig, route: &RouteConfig, number: usize) -> RouteReport {
    let destinations = config.destinations.iter().filter(|destination| route.requires(&destination.name));
    RouteReport {
        number,
        when: route.when.as_ref().map(|when| when.text().to_owned()),
        on_error: route.when.as_ref().map(|_| match route.on_error {
            OnError::Fail => "fail",
            OnError::Deliver => "deliver",
            OnError::Ignore => "ignore",
        }),
        destinations: destinations.map(DestinationReport::of).collect(),
        also: route.also.iter().map(|name| name.value.clone()).collect(),
        continues: route.goes_on,
        respond: match route.respond.value {
            Respond::Ack => "ack",
            Respond::Template(_) => "template",
            Respond::Relay(_) => "relay",
        },
        told: told(source, route),
        extract: route
            .extract
            .iter()
            .map(|extract| ExtractReport {
                name: extract.value.name.clone(),
                attribute: extract.value.attribute.clone(),
                from: extract.value.from.clone(),
                required: extract.value.required,
            })
            .collect(),
        unguarded: route.when.as_ref().map(|when| when.unguarded().to_vec()).unwrap_or_default(),
    }
}

/// What the sender is told beside a yes, and what a duplicate is told.
fn told(source: &SourceConfig, route: &RouteConfig) -> Option<String> {
    let success = source.provider().map_or(Success::Unknown, |provider| provider.contract.success);
    let said = match &route.respond.value {
        Respond::Ack => {
            return (success == Success::Answer)
                .then(|| "an empty 200, where the sender wants an answer: set respond".to_owned());
        }
        Respond::Template(template) => {
            let content_type = template.content_type.to_str().ok().filter(|_| template.body.is_some());
            let kind = content_type.map(|kind| format!(" {kind}")).unwrap_or_default();
            format!("{}{kind}, made here; a duplicate is told the same", template.status.number())
        }
        Respond::Relay(name) => {
            format!("what {name} answers, within the budget; a duplicate gets a plain yes: no answer is kept")
        }
    };
    let insists = match success {
        Success::Text(text) => format!("; what the sender takes for a yes: 200 with {text:?}"),
        Success::NoContent | Success::OkOrNoContent => {
            format!("; what the sender takes for a yes: {}", contract::success(success))
        }
        Success::Unknown | Success::Any | Success::Ok | Success::Answer => String::new(),
    };
    Some(format!("{said}{insists}"))
}

impl RouteReport {
    /// What a person reads of it.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let to: Vec<String> = self.destinations.iter().map(DestinationReport::in_words).collect();
        let when =
            self.when.as_ref().map(|when| format!(", where {}", when.split_whitespace().collect::<Vec<_>>().join(" ")));
        let on = if self.continues { "; then the next route is asked too" } else { "" };
        let mut rows = vec![("to", format!("{}{}{on}", to.join(", "), when.unwrap_or_default()))];
        if !self.also.is_empty() {
            rows.push(("also to", format!("{}, once it is held; they decide no answer", self.also.join(", "))));
        }
        rows.extend(self.told.iter().map(|told| ("respond", told.clone())));
        for extract in &self.extract {
            let required = if extract.required { "; without it 422" } else { "" };
            rows.push(("extract", format!("{} from {}{required}", extract.name, extract.from)));
        }
        if !self.unguarded.is_empty() {
            let (all, number) = (self.unguarded.join(", "), self.number);
            let fails = match self.on_error {
                Some("deliver") => "it goes here",
                Some("ignore") => "the route is passed over",
                Some(_) | None => "it is answered 503",
            };
            rows.push((
                "guard",
                format!("route {number} fails where {all} is not there, and {fails}: ask has() first"),
            ));
        }
        rows
    }
}
