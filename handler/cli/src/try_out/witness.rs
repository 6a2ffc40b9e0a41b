//! Who sees the event, and what its destinations would get.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use doorbell_core::config::DestinationConfig;
use doorbell_core::destination::Durability;
use doorbell_core::event::Fact;
use doorbell_core::fault::Cause;
use doorbell_core::receiver::Observer;
use doorbell_core::route::{Indecision, Refusal, Said};
use doorbell_core::source::Source;
use doorbell_core::{BoxFuture, Destination, Event, Receipt, cloudevent};
use serde::Serialize;
use serde_json::Value;

/// What there is to say of an event before it is decided on.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Seen {
    pub(super) source: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) action: Option<String>,
    pub(super) id: Option<String>,
    /// Whether the proof covers the id.
    pub(super) id_signed: bool,
    pub(super) trust: &'static str,
    pub(super) time: String,
    pub(super) bytes: usize,
    /// Whether the source's `events` take it.
    pub(super) taken: bool,
    pub(super) routes: Vec<Judgement>,
}

/// What a route says.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Judgement {
    pub(super) number: usize,
    pub(super) when: Option<String>,
    pub(super) said: String,
}

/// Remembers the events, of a batch all of them.
#[derive(Debug, Default)]
pub(super) struct Witness(Mutex<Vec<Seen>>);

impl Witness {
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Witness {
    fn see(&self, event: &Event, source: &Source) {
        let text = |fact: Option<&Fact>| fact.map(|fact| fact.text().to_owned());
        let seen = Seen {
            source: source.name.as_str().to_owned(),
            kind: text(event.kind()),
            action: text(event.action()),
            id: text(event.id()),
            id_signed: matches!(event.id(), Some(Fact::Signed(_))),
            trust: event.trust().as_str(),
            time: event.time().rfc3339(),
            bytes: event.body().len(),
            taken: source.events.takes(event),
            routes: source
                .routes
                .judge(event)
                .into_iter()
                .map(|judged| Judgement { number: judged.number, when: judged.when, said: said(&judged.said) })
                .collect(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}

fn said(said: &Said) -> String {
    match said {
        Said::Takes => "takes it".to_owned(),
        Said::Passes => "does not take it".to_owned(),
        Said::NotAsked => "is not asked".to_owned(),
        Said::Fails(Indecision::Failed(cause)) => format!("fails: {cause}"),
        Said::Fails(Indecision::Refused(Refusal::Malformed)) => "cannot read the body".to_owned(),
        Said::Fails(Indecision::Refused(Refusal::Unsupported)) => "wants a body of another kind".to_owned(),
        Said::Fails(Indecision::Refused(Refusal::Unfit(unfit))) => format!("finds it unfit: {unfit}"),
    }
}

/// Stands where a destination would, and keeps what it would get.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) name: String,
    pub(super) kind: &'static str,
    durability: Durability,
    got: Mutex<Vec<Vec<u8>>>,
}

impl Shelf {
    pub(super) fn of(config: &DestinationConfig) -> Self {
        let durability = config.kind.durability;
        Self { name: config.name.clone(), kind: config.kind.name, durability, got: Mutex::default() }
    }

    /// The events as CloudEvents.
    pub(super) fn got(&self) -> Vec<Value> {
        let got = self.got.lock().unwrap_or_else(PoisonError::into_inner);
        got.iter().filter_map(|event| serde_json::from_slice(event).ok()).collect()
    }

    fn keep(&self, event: &Event) {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).push(cloudevent::json(event));
    }
}

impl Destination for Shelf {
    fn durability(&self) -> Durability {
        self.durability
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        self.keep(event);
        Box::pin(std::future::ready(Ok(Receipt::new(self.durability))))
    }

    fn park<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<String, Cause>> {
        self.keep(event);
        Box::pin(std::future::ready(Ok(format!("{}:{}", self.name, event.body_digest()))))
    }
}
