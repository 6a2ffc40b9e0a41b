//! Where events go, and the receipts that come back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::clock::{Clock, within};
use crate::fault::{Cause, Fault};
use crate::name::DestinationName;
use crate::reply::Content;
use crate::{BoxFuture, Event};

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
) -> Result<Handoff, Shortfall> {
    let asks = |target: &Target| relay == Some(&target.name);
    if let [target] = targets {
        return match one(event, target, asks(target), budget, clock).await {
            Ok(receipt) => Ok(Handoff { receipts: 1, answer: receipt.answer }),
            Err(fault) => Err(Shortfall { delivered: Vec::new(), failed: target.name.clone(), fault }),
        };
    }
    let results = join_all(targets.iter().map(|target| one(event, target, asks(target), budget, clock))).await;
    let mut answer = None;
    let mut delivered = Vec::with_capacity(targets.len());
    let mut failed = None;
    for (target, result) in targets.iter().zip(results) {
        match result {
            Ok(receipt) => {
                delivered.push(target.name.clone());
                answer = answer.or(receipt.answer);
            }
            Err(fault) => failed = failed.or_else(|| Some((target.name.clone(), fault))),
        }
    }
    match failed {
        None => Ok(Handoff { receipts: delivered.len(), answer }),
        Some((failed, fault)) => Err(Shortfall { delivered, failed, fault }),
    }
}

/// Offers the event to every target at once, as [`hand_off`] does; those that did not take it, and why.
pub(crate) async fn offer(
    event: &Event,
    targets: &[Arc<Target>],
    budget: Duration,
    clock: &dyn Clock,
) -> Vec<(DestinationName, Fault)> {
    let results = join_all(targets.iter().map(|target| one(event, target, false, budget, clock))).await;
    let missed = |(target, result): (&Arc<Target>, Result<Receipt, Fault>)| Some((target.name.clone(), result.err()?));
    targets.iter().zip(results).filter_map(missed).collect()
}

async fn one(
    event: &Event,
    target: &Target,
    asks: bool,
    budget: Duration,
    clock: &dyn Clock,
) -> Result<Receipt, Fault> {
    let limit = target.timeout.map_or(budget, |timeout| timeout.min(budget));
    // The adapter's call itself is inside: it may panic before it returns a future.
    let attempt = AssertUnwindSafe(async {
        let call = if asks { target.destination.ask(event, limit) } else { target.destination.hand_off(event, limit) };
        call.await
    })
    .catch_unwind();
    match within(clock, limit, attempt).await {
        Ok(Ok(Ok(receipt))) => Ok(receipt),
        Ok(Ok(Err(cause))) => Err(Fault::DestinationFailed(cause)),
        Ok(Err(_panic)) => Err(Fault::DestinationPanicked),
        Err(_elapsed) => Err(Fault::DestinationTimedOut),
    }
}
