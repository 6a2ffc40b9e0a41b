//! Where events go, and the receipts that come back.

mod attempt;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::clock::Clock;
use crate::fault::{Cause, Fault};
use crate::name::DestinationName;
use crate::reply::Content;
use crate::transform::Transform;
use crate::{BoxFuture, Event};
use attempt::Taken;

/// What a receipt is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives this machine: a queue, a bucket, a database.
    Durable,
    /// It survives this process: this machine's disk.
    HostDurable,
    /// It survives nothing.
    None,
}

/// Takes events and keeps them.
///
/// # Contract
/// 1. `Ok` only when the event is kept as safely as [`Destination::durability`] says.
/// 2. `event.body()` is kept byte for byte, or in an encoding that gives it back so.
/// 3. Retries stay inside `within`; the chain drops the future when it has passed.
/// 4. A [`Cause`] holds neither a secret nor a byte of the body.
pub trait Destination: Send + Sync + std::fmt::Debug {
    /// What a receipt of this destination is worth.
    fn durability(&self) -> Durability;
    /// Hands the event off.
    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>>;
    /// The same, where a route relays the answer of what stands behind it: the receipt brings it along. Of a kind that says
    /// that it relays.
    fn ask<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        self.hand_off(event, within)
    }
    /// Keeps the event's body under its digest, [`Event::body_digest`]; where it is then, as a URI. Keeping it again changes
    /// nothing. Of a kind that says that it parks.
    fn park<'a>(&'a self, _event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<String, Cause>> {
        Box::pin(std::future::ready(Err(Cause::new("it parks nothing"))))
    }
    /// Whether it would take an event now, as far as can be known without one. Asked at the start, so it also readies
    /// what the first delivery would have to wait for: connections, tokens.
    ///
    /// # Errors
    /// What is missing, the permission, and the command that mends it.
    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A destination's word that it holds the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    durability: Durability,
    answer: Option<Result<Content, Cause>>,
}

impl Receipt {
    /// For adapters, after the thing behind them said yes.
    #[must_use]
    pub const fn new(durability: Durability) -> Self {
        Self { durability, answer: None }
    }
    /// What it is worth.
    #[must_use]
    pub const fn durability(&self) -> Durability {
        self.durability
    }
    /// The same with what the thing behind answered, or why that is of no use to the sender: it holds the event all the same.
    #[must_use]
    pub fn answering(self, answer: Result<Content, Cause>) -> Self {
        Self { answer: Some(answer), ..self }
    }
}

/// A `[destination.NAME]`, ready to take events.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: DestinationName,
    /// The adapter.
    pub destination: Arc<dyn Destination>,
    /// The operator's own limit for one hand-off.
    pub timeout: Option<Duration>,
    /// Makes the body that it gets.
    pub transform: Option<Arc<Transform>>,
    /// Takes the event when this one fails. Its own spill is not asked.
    pub spill: Option<Arc<Target>>,
    /// What becomes of a body that is too large for this one.
    pub claim_check: Option<ClaimCheck>,
}

impl Target {
    /// With nothing behind it.
    #[must_use]
    pub const fn new(name: DestinationName, destination: Arc<dyn Destination>) -> Self {
        Self { name, destination, timeout: None, transform: None, spill: None, claim_check: None }
    }
}

/// A body that is too large is parked, and the event goes on without it, saying where it is.
#[derive(Debug)]
pub struct ClaimCheck {
    /// Bytes that still go along.
    pub above: usize,
    /// Where longer ones are parked.
    pub keeper: Arc<Target>,
}

/// Every required destination holds the event. Made by `hand_off` and nowhere else; without one
/// there is no reply that says yes to an event.
#[derive(Debug)]
pub struct Handoff {
    receipts: usize,
    /// Of the destination that was asked for one.
    answer: Option<Result<Content, Cause>>,
}

impl Handoff {
    /// How many destinations took it this time.
    #[must_use]
    pub const fn receipts(&self) -> usize {
        self.receipts
    }
    /// What the destination whose answer is relayed answered. Once.
    pub(crate) fn take_answer(&mut self) -> Option<Result<Content, Cause>> {
        self.answer.take()
    }
}

/// Not every required destination took the event.
#[derive(Debug)]
pub struct Shortfall {
    /// Those that did.
    pub delivered: Vec<DestinationName>,
    /// The first that did not.
    pub failed: DestinationName,
    /// Why.
    pub fault: Fault,
}

/// The destinations that failed and whose spill holds the event, and why. They count as holding it.
pub(crate) type Spilled = Vec<(DestinationName, Fault)>;

/// Hands the event to every target at once, each within `budget` and its own timeout; the one of the name `relay` is asked
/// for its answer.
///
/// `targets` are those of the route that do not hold the event yet, by the word of the claim.
pub(crate) async fn hand_off(
    event: &Event,
    targets: &[&Target],
    relay: Option<&DestinationName>,
    budget: Duration,
    clock: &dyn Clock,
) -> (Result<Handoff, Shortfall>, Spilled) {
    let asks = |target: &Target| relay == Some(&target.name);
    let results = match targets {
        // Without the machinery of several at once.
        [target] => vec![attempt::one(event, target, asks(target), budget, clock).await],
        _ => join_all(targets.iter().map(|target| attempt::one(event, target, asks(target), budget, clock))).await,
    };
    let (mut answer, mut failed) = (None, None);
    let (mut delivered, mut instead) = (Vec::with_capacity(targets.len()), Vec::new());
    for (target, result) in targets.iter().zip(results) {
        match result {
            Ok(Taken { receipt, spilled }) => {
                delivered.push(target.name.clone());
                answer = answer.or(receipt.answer);
                instead.extend(spilled.map(|fault| (target.name.clone(), fault)));
            }
            Err(fault) => failed = failed.or_else(|| Some((target.name.clone(), fault))),
        }
    }
    let handed = match failed {
        None => Ok(Handoff { receipts: delivered.len(), answer }),
        Some((failed, fault)) => Err(Shortfall { delivered, failed, fault }),
    };
    (handed, instead)
}

/// Offers the event to every target at once, as [`hand_off`] does; those that did not take it, and why, and those whose spill did.
pub(crate) async fn offer(
    event: &Event,
    targets: &[Arc<Target>],
    budget: Duration,
    clock: &dyn Clock,
) -> (Vec<(DestinationName, Fault)>, Spilled) {
    let results = join_all(targets.iter().map(|target| attempt::one(event, target, false, budget, clock))).await;
    let (mut missed, mut instead) = (Vec::new(), Vec::new());
    for (target, result) in targets.iter().zip(results) {
        match result {
            Ok(Taken { spilled, .. }) => instead.extend(spilled.map(|fault| (target.name.clone(), fault))),
            Err(fault) => missed.push((target.name.clone(), fault)),
        }
    }
    (missed, instead)
}
