//! One event to one destination: in the shape that it wants; a body that is too large is parked first, and what fails goes to the
//! spill.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::{Receipt, Target};
use crate::clock::{Clock, within};
use crate::fault::{Cause, Fault};
use crate::{BoxFuture, Event};

/// Of the budget of a hand-off this much is kept for the spill: a third.
const SPILL_SHARE: u32 = 3;

/// An event that is held, by the destination or by its spill.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) receipt: Receipt,
    /// Why the destination itself did not take it.
    pub(super) spilled: Option<Fault>,
}

pub(super) async fn one(
    event: &Event,
    target: &Target,
    asks: bool,
    budget: Duration,
    clock: &dyn Clock,
) -> Result<Taken, Fault> {
    let Some(spill) = &target.spill else {
        return take(event, target, asks, budget, clock).await.map(|receipt| Taken { receipt, spilled: None });
    };
    let began = clock.monotonic();
    let fault = match take(event, target, asks, budget.saturating_sub(budget / SPILL_SHARE), clock).await {
        Ok(receipt) => return Ok(Taken { receipt, spilled: None }),
        Err(fault) => fault,
    };
    let left = budget.saturating_sub(clock.monotonic().saturating_sub(began));
    let spilled = Box::new(event.spilled(&target.name, &fault));
    match take(&spilled, spill, false, left, clock).await {
        Ok(receipt) => Ok(Taken { receipt, spilled: Some(fault) }),
        Err(also) => {
            Err(Fault::DestinationFailed(Cause::new(format!("{fault}; and its spill {}: {also}", spill.name))))
        }
    }
}

/// Within the limit and the target's own timeout.
async fn take(
    event: &Event,
    target: &Target,
    asks: bool,
    limit: Duration,
    clock: &dyn Clock,
) -> Result<Receipt, Fault> {
    let limit = target.timeout.map_or(limit, |timeout| timeout.min(limit));
    // The adapter's call itself is inside: it may panic before it returns a future.
    let attempt = AssertUnwindSafe(async {
        // Boxed, as all that most hand-offs have no use for: it would be moved with each of them.
        let made = target.transform.as_ref().map(|transform| transform.of(event).map(Box::new)).transpose()?;
        let event = made.as_deref().unwrap_or(event);
        let parked = parked(event, target, limit).await?;
        let event = parked.as_deref().unwrap_or(event);
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

/// The event that says where its body is, where that is too large to go along.
fn parked<'a>(
    event: &'a Event,
    target: &'a Target,
    limit: Duration,
) -> BoxFuture<'a, Result<Option<Box<Event>>, Cause>> {
    let Some(check) = target.claim_check.as_ref().filter(|check| event.body().len() > check.above) else {
        return Box::pin(std::future::ready(Ok(None)));
    };
    Box::pin(async move {
        let keeper = &check.keeper;
        let limit = keeper.timeout.map_or(limit, |timeout| timeout.min(limit));
        let place = keeper.destination.park(event, limit).await;
        let place = place.map_err(|cause| Cause::new(format!("claim check in {}: {cause}", keeper.name)))?;
        Ok(Some(Box::new(event.parked(&place))))
    })
}
