//! The chain behind the gate, for one source that proves nothing: what a delivery means, whoever sent it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::dedupe::{Granted, Lease, Request, Rule};
use doorbell_core::destination::{Durability, Target};
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Agreed;
use doorbell_core::keys::Keys;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::provider::{Facts, Provider};
use doorbell_core::receiver::{Admission, Answer, Observer};
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::source::{DEFAULT_BODY_LIMIT, DEFAULT_BUDGET, DEFAULT_WINDOW, Source};
use doorbell_core::tally::Tally;
use doorbell_core::verify::Scheme;
use doorbell_core::{BoxFuture, Clock, Dedupe, Destination, Event, Head, Receipt, Receiver, Timestamp, cloudevent};
use futures_util::FutureExt;

use crate::NOW;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[derive(Debug)]
struct Forgetful;

impl Dedupe for Forgetful {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move { Ok(Granted::Leased { token: 0, missing: request.destinations.to_vec() }) })
    }
    fn settle<'a>(
        &'a self,
        _lease: &'a Lease,
        _delivered: &'a [DestinationName],
        _expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async { Ok(()) })
    }
}

/// Writes every event in its structured form, which must be JSON.
#[derive(Debug)]
struct Writer;

impl Destination for Writer {
    fn durability(&self) -> Durability {
        Durability::Durable
    }
    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        let written = cloudevent::json(event);
        serde_json::from_slice::<serde_json::Value>(&written).expect("an event is JSON");
        Box::pin(async { Ok(Receipt::new(Durability::Durable)) })
    }
}

fn target(name: &str) -> Arc<Target> {
    let name = DestinationName::parse(name).expect("a name");
    Arc::new(Target::new(name, Arc::new(Writer)))
}

/// A route that takes every event.
pub fn route() -> Route {
    Route::to(vec![target("kept")])
}

/// A source at `/hooks` that reads no facts.
pub fn source(name: &str) -> Source {
    Source {
        name: SourceName::parse(name).expect("a name"),
        path: "/hooks".to_owned(),
        provider: None,
        scheme: Scheme::Unsigned,
        keys: Keys::fixed(None),
        confirmer: None,
        agreed: Agreed::default(),
        facts: Facts::default(),
        events: Filter::new(None),
        schema: None,
        split: None,
        batched: Tally::default(),
        dedupe: Rule::Id,
        window: DEFAULT_WINDOW,
        body_limit: DEFAULT_BODY_LIMIT,
        rate: None,
        allow: Vec::new(),
        budget: DEFAULT_BUDGET,
        routes: Routes::new(vec![route()]),
        and: Vec::new(),
        dead_letter: Some(target("dead")),
        tally: Tally::default(),
    }
}

fn of(source: Source) -> Receiver {
    Receiver::new(vec![source], Arc::new(Forgetful), Arc::new(Still), 0)
}

/// A receiver with one source of that entry.
pub fn receiver(entry: &'static Provider) -> Receiver {
    of(Source { provider: Some(entry), facts: entry.facts.clone(), ..source(entry.name) })
}

struct Watch<F>(F);

impl<F> std::fmt::Debug for Watch<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Watch")
    }
}

impl<F: Fn(&Event, &Source) + Send + Sync> Observer for Watch<F> {
    fn see(&self, event: &Event, source: &Source) {
        (self.0)(event, source);
    }
}

/// A receiver with that source, which shows each event before it decides on it.
pub fn watched(source: Source, look: impl Fn(&Event, &Source) + Send + Sync + 'static) -> Receiver {
    of(source).observed_by(Arc::new(Watch(look)))
}

/// What a delivery is answered; nothing in this chain waits.
pub fn ring(receiver: &Receiver, head: Head, body: &[u8]) -> Answer {
    match receiver.admit(head) {
        Admission::Answered(answer) => *answer,
        Admission::Admitted(admitted) => {
            let answer = receiver.receive(*admitted, Bytes::copy_from_slice(body)).now_or_never();
            answer.expect("nothing in this chain waits")
        }
    }
}
