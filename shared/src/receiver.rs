//! The chain, read from left to right.

mod each;
mod greet;
mod hand_off;
mod prove;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Method, Response};

use crate::batch::{self, Split};
use crate::clock::Clock;
use crate::dedupe::Dedupe;
use crate::delivery::{Delivery, DeliveryId, Head};
use crate::extract::Extracted;
use crate::handshake::Asked;
use crate::provider::Facts;
use crate::record::{Record, Trail};
use crate::reply::{Outcome, Reply};
use crate::route::{self, Decision, Indecision, Refusal};
use crate::source::{Source, parent};
use crate::tally::{Counts, End};
use crate::view::Malformed;
use crate::{Event, Fault, Rejection, forwarded};

use hand_off::Work;

/// Takes deliveries for all sources. Stateless but for counters, so any number may run at once.
#[derive(Debug)]
pub struct Receiver {
    sources: HashMap<String, Arc<Source>>,
    /// By the paths at which only their handshakes come.
    beside: HashMap<String, Arc<Source>>,
    dedupe: Arc<dyn Dedupe>,
    clock: Arc<dyn Clock>,
    trusted_hops: u8,
    observer: Option<Arc<dyn Observer>>,
}

/// Sees each event before it is decided on: for whoever explains a decision. A door has none.
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// The event, and the source whose filter and routes are asked next.
    fn see(&self, event: &Event, source: &Source);
}

/// A head that may be followed by its body.
#[derive(Debug)]
pub struct Admitted {
    /// Boxed: it moves from stage to stage.
    head: Box<Head>,
    source: Arc<Source>,
    started: Duration,
    body_limit: usize,
    /// What to refuse a longer body with.
    over_limit: Rejection,
    ticket: Ticket,
}

/// What the door does next.
#[derive(Debug)]
pub enum Admission {
    /// Read the body, at most [`Admitted::body_limit`] bytes, then [`Receiver::receive`].
    Admitted(Box<Admitted>),
    /// Answer; the body stays unread.
    Answered(Box<Answer>),
}

/// A reply and its line in the log.
#[derive(Debug)]
pub struct Answer {
    reply: Reply,
    id: DeliveryId,
    /// The line; probes have none.
    pub record: Option<Record>,
}

impl Answer {
    /// For a request that no head could be read from, so that it has no source and no counter. An outcome
    /// that says yes cannot be given: only the chain makes those.
    #[must_use]
    pub fn headless(id: DeliveryId, outcome: &Outcome) -> Self {
        let trail = Trail::headless(id.clone());
        let reply = Reply::to(outcome, trail.contract);
        Self { record: Some(trail.end(outcome, &reply)), reply, id }
    }

    /// The status of the reply.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.reply.status()
    }

    /// The response, the same at every door.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        self.reply.into_response(&self.id)
    }
}

/// The body of a head without evidence is read this far, where it may be an unsigned handshake.
const HANDSHAKE_LIMIT: usize = 4 << 10;
/// Of the budget this much is kept for the way back to the sender, or a tenth where that is less.
const MARGIN: Duration = Duration::from_millis(250);
/// Counts a delivery in, and out exactly once, also when its future is dropped.
#[derive(Debug)]
struct Ticket(Option<Arc<Source>>);

impl Ticket {
    fn new(source: &Arc<Source>) -> Self {
        source.tally.receive();
        Self(Some(Arc::clone(source)))
    }

    fn end(mut self, end: End) {
        if let Some(source) = self.0.take() {
            source.tally.end(end);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // The sender went away before its body was complete: nothing was held, nothing was answered.
        if let Some(source) = self.0.take() {
            source.tally.end(End::Refused);
        }
    }
}

impl Admitted {
    /// How many bytes of body the door may read.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.body_limit
    }
}

impl Receiver {
    /// `sources` answer at their paths; where two share one the later wins, so the config refuses that.
    #[must_use]
    pub fn new(sources: Vec<Source>, dedupe: Arc<dyn Dedupe>, clock: Arc<dyn Clock>, trusted_hops: u8) -> Self {
        let sources: HashMap<_, _> =
            sources.into_iter().map(|source| (source.path.clone(), Arc::new(source))).collect();
        let beside =
            sources.values().flat_map(|source| source.beside().map(|path| (path, Arc::clone(source)))).collect();
        Self { sources, beside, dedupe, clock, trusted_hops, observer: None }
    }

    /// The same, watched.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// The sources, in no order.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values().map(Arc::as_ref)
    }

    /// The counters of a source.
    #[must_use]
    pub fn counts(&self, source: &str) -> Option<Counts> {
        self.sources().find(|candidate| candidate.name.as_str() == source).map(|source| source.tally.counts())
    }

    /// The counters of the events in a source's batches.
    #[must_use]
    pub fn batched(&self, source: &str) -> Option<Counts> {
        self.sources().find(|candidate| candidate.name.as_str() == source).map(|source| source.batched.counts())
    }

    /// Judges a head before its body is read.
    #[must_use]
    pub fn admit(&self, head: Head) -> Admission {
        let started = self.clock.monotonic();
        if matches!(head.path.as_str(), "/-/live" | "/-/ready") && matches!(head.method, Method::GET | Method::HEAD) {
            let answer = Answer { reply: Reply::probe(), id: head.door.id, record: None };
            return Admission::Answered(Box::new(answer));
        }
        let above = || self.sources.get(parent(&head.path)?).filter(|source| source.is_at(&head.path));
        let found = self.sources.get(&head.path).or_else(|| self.beside.get(&head.path)).or_else(above);
        let Some(source) = found else {
            let outcome = Outcome::Refused(Rejection::UnknownPath, None);
            return Admission::Answered(Box::new(self.answer(Trail::new(&head, None), &outcome, started)));
        };
        let ticket = Ticket::new(source);
        match self.judge(&head, source) {
            Ok((body_limit, over_limit)) => {
                let (head, source) = (Box::new(head), Arc::clone(source));
                Admission::Admitted(Box::new(Admitted { head, source, started, body_limit, over_limit, ticket }))
            }
            Err(outcome) => {
                ticket.end(outcome.end());
                let trail = Trail::new(&head, Some(source));
                let mut answer = self.answer(trail, &outcome, started);
                answer.reply = answer.reply.allowing(|| source.handshakes().methods(&head));
                Admission::Answered(Box::new(answer))
            }
        }
    }

    /// How much body may follow, and what a longer one is; or the answer that no body can change.
    fn judge(&self, head: &Head, source: &Source) -> Result<(usize, Rejection), Outcome> {
        let refuse = |rejection| Outcome::Refused(rejection, None);
        let delivers = source.delivers(head);
        if !delivers && source.handshakes().fitting(head).next().is_none() {
            return Err(refuse(Rejection::MethodNotAllowed));
        }
        if forwarded::https(head, self.trusted_hops) == Some(false) {
            return Err(refuse(Rejection::NotHttps));
        }
        if !source.allows(forwarded::client(head, self.trusted_hops)) {
            return Err(refuse(Rejection::AddressNotAllowed));
        }
        let limits = match source.scheme.admit(head) {
            // A closed source, too: the secret may be what follows from the handshake.
            Err(Rejection::MissingSignature)
                if source.handshakes().fitting(head).any(|handshake| !handshake.signed) =>
            {
                (HANDSHAKE_LIMIT.min(source.body_limit), Rejection::MissingSignature)
            }
            _ if source.closed(head.door.received_at) => return Err(Outcome::Failed(Fault::SecretsMissing)),
            Err(rejection) => return Err(refuse(rejection)),
            Ok(()) if let Some(rejection) = source.and.iter().find_map(|factor| factor.scheme.admit(head).err()) => {
                return Err(refuse(rejection));
            }
            Ok(()) if !delivers => (HANDSHAKE_LIMIT.min(source.body_limit), Rejection::TooLarge),
            Ok(()) if !source.required().iter().all(|name| head.headers.contains_key(*name)) => {
                return Err(refuse(Rejection::MissingHeader));
            }
            Ok(()) => (source.body_limit, Rejection::TooLarge),
        };
        let length = head.headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > limits.0 as u64) { Err(refuse(limits.1)) } else { Ok(limits) }
    }

    /// Refuses what was admitted: its body did not come as it should have.
    #[must_use]
    pub fn refuse(&self, admitted: Admitted, cut: Cut) -> Answer {
        let outcome = match cut {
            Cut::TooLarge => Outcome::Refused(admitted.over_limit, None),
            Cut::Incomplete => Outcome::Refused(Rejection::BodyIncomplete, None),
            Cut::Undecodable => Outcome::Refused(Rejection::MalformedRequest, None),
            Cut::Overloaded => Outcome::Failed(Fault::Overloaded),
        };
        admitted.ticket.end(outcome.end());
        self.answer(Trail::new(&admitted.head, Some(&admitted.source)), &outcome, admitted.started)
    }

    /// The chain, for a delivery whose body is complete. The door runs it where the sender's hang-up
    /// does not cancel it.
    pub async fn receive(&self, admitted: Admitted, body: Bytes) -> Answer {
        let Admitted { head, source, started, ticket, .. } = admitted;
        let mut trail = Trail::new(&head, Some(&source));
        trail.record.bytes = body.len();
        trail.last = started;
        trail.record.latency.admit = trail.lap(self.clock.as_ref());
        let deadline = started.saturating_add(budget(&source, &head));
        let chain = self.chain(Delivery::new(head, body), &source, deadline, &mut trail);
        let outcome = AssertUnwindSafe(chain).catch_unwind().await.unwrap_or(Outcome::Failed(Fault::Panicked));
        ticket.end(outcome.end());
        self.answer(trail, &outcome, started)
    }

    async fn chain(&self, delivery: Delivery, source: &Source, deadline: Duration, trail: &mut Trail) -> Outcome {
        let verified = match self.prove(delivery, source, deadline, trail).await {
            Ok(verified) => verified,
            Err(outcome) => return outcome,
        };
        if let Some(handshake) = source.handshakes().proven(&verified) {
            let version = verified.secret_version();
            let asked = Asked { head: verified.head(), body: verified.body(), version };
            return self.greet(handshake, asked, source, deadline).await;
        }
        if !source.delivers(verified.head()) {
            return Outcome::Refused(Rejection::MissingHeader, None);
        }
        if source.handshakes().could_be_challenge(verified.body()) {
            return Outcome::Refused(Rejection::LooksLikeChallenge, None);
        }
        let event = match source.envelope() {
            None => Event::of(verified, &source.name, &source.facts),
            Some(envelope) => match envelope.open(&verified, self.opener(source, deadline).await.as_deref()) {
                Ok(letter) => Event::opened(verified, letter, &source.name, &source.facts),
                Err(rejection) if source.dead_letter.is_some() && rejection.is_of_the_content() => {
                    let letter = envelope.unopened(&verified, rejection);
                    let event = Event::opened(verified, letter, &source.name, &Facts::default());
                    trail.event(&event);
                    let targets = source.dead_letter.as_slice();
                    let work = Work { event: &event, source, targets, deadline, relay: None };
                    return match self.deliver(&work, trail).await {
                        Ok(handoff) => Outcome::DeadLettered(handoff, rejection),
                        Err(outcome) => outcome,
                    };
                }
                Err(rejection) => return Outcome::Refused(rejection, None),
            },
        };
        let Some(at) = &source.split else { return self.dispatch(event, source, deadline, trail).await };
        match batch::split(event.body(), at) {
            Ok(Split::One) => self.dispatch(event, source, deadline, trail).await,
            Ok(Split::Many(elements)) => self.each(event, elements, Rest { source, deadline, trail }).await,
            Err(Malformed) => {
                trail.event(&event);
                self.lay_down(event, Refusal::Malformed, Rest { source, deadline, trail }).await
            }
        }
    }

    /// From an event to its receipts.
    async fn dispatch(&self, event: Event, source: &Source, deadline: Duration, trail: &mut Trail) -> Outcome {
        trail.event(&event);
        if let Some(observer) = &self.observer {
            observer.see(&event, source);
        }
        let plan = match route::decide(&event, &source.events, source.schema.as_ref(), &source.routes) {
            Ok(Decision::HandOff(plan)) => plan,
            Ok(Decision::Ignore(ignored)) => return Outcome::Ignored(ignored),
            Err(Indecision::Failed(cause)) => return Outcome::Failed(Fault::ConditionFailed(cause)),
            Err(Indecision::Refused(refusal)) => {
                return self.lay_down(event, refusal, Rest { source, deadline, trail }).await;
            }
        };
        let event = event.with(plan.extracted);
        trail.record.routes = plan.routes;
        let work = Work { event: &event, source, targets: &plan.to, deadline, relay: plan.respond.relay() };
        match self.deliver(&work, trail).await {
            Ok(mut handoff) => {
                let content = trail.told(plan.respond.first(&event, handoff.take_answer()));
                self.offer(&Work { targets: &plan.also, ..work }, trail).await;
                Outcome::HandedOff(handoff, content)
            }
            Err(Outcome::Duplicate(settled, _)) => Outcome::Duplicate(settled, trail.told(plan.respond.again(&event))),
            Err(outcome) => outcome,
        }
    }

    /// What is refused for good: where nobody reads the answer it goes to the dead letters.
    async fn lay_down(&self, event: Event, refusal: Refusal, rest: Rest<'_>) -> Outcome {
        let Rest { source, deadline, trail } = rest;
        let rejection = refusal.rejection();
        if source.dead_letter.is_none() {
            return refusal.into();
        }
        let event = event.with(Extracted::reason(rejection));
        let work = Work { event: &event, source, targets: source.dead_letter.as_slice(), deadline, relay: None };
        match self.deliver(&work, trail).await {
            Ok(handoff) => Outcome::DeadLettered(handoff, rejection),
            Err(outcome) => outcome,
        }
    }

    fn answer(&self, mut trail: Trail, outcome: &Outcome, started: Duration) -> Answer {
        let reply = Reply::to(outcome, trail.contract);
        trail.record.latency.total = self.clock.monotonic().saturating_sub(started);
        let id = trail.record.id.clone();
        Answer { record: Some(trail.end(outcome, &reply)), reply, id }
    }
}

/// What the end of a chain needs beside its event.
struct Rest<'a> {
    source: &'a Source,
    deadline: Duration,
    trail: &'a mut Trail,
}

/// Why a body that was admitted did not become a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is longer than [`Admitted::body_limit`].
    TooLarge,
    /// The sender stopped before its end.
    Incomplete,
    /// Its transport encoding (base64 of a Lambda event) does not decode.
    Undecodable,
    /// The process holds as many bytes as it may.
    Overloaded,
}

/// What is left from the head to the reply: the least of what the provider and the platform grant,
/// less what the sender waited before us, less the way back.
fn budget(source: &Source, head: &Head) -> Duration {
    let granted = head.door.remaining.map_or(source.budget, |remaining| remaining.min(source.budget));
    for_the_work(granted.saturating_sub(head.door.age))
}

/// What of a sender's patience is left for the work, when the way back to it is taken off.
#[must_use]
pub fn for_the_work(granted: Duration) -> Duration {
    granted.saturating_sub(MARGIN.min(granted / 10))
}
