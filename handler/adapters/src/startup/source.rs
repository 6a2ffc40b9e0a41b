//! A source of the config, ready to take deliveries.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doorbell_core::Timestamp;
use doorbell_core::config::{Config, DestinationConfig, Problem, SourceConfig};
use doorbell_core::destination::Target;
use doorbell_core::handshake::Agreed;
use doorbell_core::limit::Limiter;
use doorbell_core::name::SourceName;
use doorbell_core::provider::{self, Retries};
use doorbell_core::route::Filter;
use doorbell_core::source::{DEFAULT_BODY_LIMIT, DEFAULT_BUDGET, DEFAULT_WINDOW, Factor, Source};
use doorbell_core::tally::Tally;

use super::{keys, schema};
use crate::notice::Notice;

/// A source, and a notice where it has to stay closed.
pub(super) fn ready(
    config: &SourceConfig,
    whole: &Config,
    targets: &[Arc<Target>],
    fetched: Vec<Option<keys::Fetched>>,
    (began, folder): (Timestamp, &Path),
) -> Result<(Source, Vec<Notice<'static>>), Problem> {
    let name = SourceName::parse(&config.name).ok_or_else(|| {
        Problem::new(config.at, format!("{:?} is no name", config.name), "use letters, digits, - and _")
    })?;
    let provider = config.provider();
    let (scheme, facts) = (config.scheme(), config.facts());
    let gates = keys::gates(config);
    let ready = |(gate, fetched): (_, Option<keys::Fetched>)| {
        fetched.map_or_else(|| Ok(keys::Ready::bare()), |fetched| fetched.ready(gate, began))
    };
    let mut ready = gates.iter().zip(fetched).map(ready).collect::<Result<Vec<_>, Problem>>()?.into_iter();
    let keys::Ready { keys, confirmer, closed } = ready.next().unwrap_or_else(keys::Ready::bare);
    let mut closed: Vec<_> = closed.into_iter().collect();
    let and = config.and.iter().zip(ready).map(|(factor, ready)| {
        closed.extend(ready.closed);
        Factor { scheme: factor.scheme.clone(), keys: ready.keys }
    });
    let and = and.collect();
    let events: Vec<String> = config.events.iter().map(|entry| entry.value.clone()).collect();
    let limits = &config.limits;
    let rate =
        limits.rate.map(|rate| Limiter::new(rate.count.get(), rate.per, limits.burst.unwrap_or(rate.count.get())));
    let source = Source {
        name,
        path: config.path.value.clone(),
        provider,
        scheme,
        keys,
        and,
        confirmer,
        agreed: Agreed::default(),
        facts,
        events: Filter::new((!events.is_empty()).then_some(events.as_slice())),
        schema: schema::of(config, folder)?,
        dedupe: config.dedupe,
        window: window(whole, provider),
        body_limit: usize::try_from(body_limit(config, provider)).unwrap_or(usize::MAX),
        rate,
        allow: limits.allow.clone(),
        budget: budget(config, provider),
        routes: whole.routes_of(&config.name, targets),
        dead_letter: config
            .dead_letter
            .as_ref()
            .and_then(|dead| targets.iter().find(|target| target.name.as_str() == dead.value))
            .cloned(),
        tally: Tally::default(),
        split: config.split.clone(),
        batched: Tally::default(),
    };
    Ok((source, closed))
}

/// How long the sender waits: as the operator says, else as the provider does, else 10 s.
#[must_use]
pub fn budget(source: &SourceConfig, provider: Option<&provider::Provider>) -> Duration {
    let said = source.ack_within.as_ref().map(|within| within.value);
    said.or_else(|| provider?.deadline).unwrap_or(DEFAULT_BUDGET)
}

/// The cap on a body, in bytes: as the operator says, else the largest that the provider sends, else 1 MiB.
#[must_use]
pub fn body_limit(source: &SourceConfig, provider: Option<&provider::Provider>) -> u64 {
    source.limits.body.or_else(|| provider?.max_body).unwrap_or(DEFAULT_BODY_LIMIT as u64)
}

/// The destinations that surely take less than what a source lets in, where nothing is said of the rest: such an event is
/// answered 503 until its sender gives up.
#[must_use]
pub fn overfilled(config: &Config) -> Vec<Problem> {
    let overfilled = |destination: &DestinationConfig| {
        let largest = destination.kind.largest?;
        let sends = |source: &&SourceConfig| {
            config.routes.iter().any(|route| route.takes(&source.name) && route.requires(&destination.name))
        };
        let limit = |source: &SourceConfig| body_limit(source, source.provider());
        let (most, source) = config.sources.iter().filter(sends).map(|source| (limit(source), &source.name)).max()?;
        let provided =
            destination.claim_check.is_some() || destination.spill.is_some() || destination.transform.is_some();
        (most > largest as u64 && !provided).then(|| {
            let (name, kind) = (&destination.name, destination.kind.name);
            let what = format!(
                "destination {name:?} of kind {kind} surely takes {largest} bytes, but source {source:?} lets {most} in"
            );
            let fix = "say claim_check = \"..\", a destination of kind s3, gcs or folder that keeps what is larger, or lower limits.body of the source";
            Problem::new(destination.at, what, fix)
        })
    };
    config.destinations.iter().filter_map(overfilled).collect()
}

/// How long a duplicate is recognised: as the operator says, else as long as the provider retries, else a day.
#[must_use]
pub fn window(config: &Config, provider: Option<&provider::Provider>) -> Duration {
    let horizon = match provider.map(|provider| provider.retries) {
        Some(Retries::For(horizon)) => horizon,
        Some(Retries::Never | Retries::Again | Retries::Unknown) | None => DEFAULT_WINDOW,
    };
    config.dedupe.window.unwrap_or(horizon.max(DEFAULT_WINDOW))
}
