//! From a decision to receipts: the claim, the hand-off, what settles them, and who else is told.

use std::sync::Arc;
use std::time::Duration;

use super::{MARGIN, Receiver};
use crate::clock::within;
use crate::dedupe::{self, Claim, DedupeKey, Lease, Request};
use crate::destination::{self, Handoff, Target};
use crate::fault::Cause;
use crate::name::DestinationName;
use crate::record::Trail;
use crate::reply::Outcome;
use crate::source::Source;
use crate::{Event, Fault};

/// A lease outlives its budget by this much, so that it does not run out under its holder.
const LEASE_GRACE: Duration = Duration::from_secs(2);

/// A routed event on its way.
pub(super) struct Work<'a> {
    pub(super) event: &'a Event,
    pub(super) source: &'a Source,
    pub(super) targets: &'a [Arc<Target>],
    pub(super) deadline: Duration,
    /// The one among the targets whose answer goes back to the sender.
    pub(super) relay: Option<&'a DestinationName>,
}

impl Receiver {
    pub(super) async fn deliver(&self, work: &Work<'_>, trail: &mut Trail) -> Result<Handoff, Outcome> {
        let lease = self.claim(work, trail).await?;
        self.hand_off(work, lease, trail).await
    }

    /// The right to hand the event off; `None` where nothing makes it a duplicate.
    async fn claim(&self, work: &Work<'_>, trail: &mut Trail) -> Result<Option<Lease>, Outcome> {
        let Some(key) = DedupeKey::of(work.event, work.source.dedupe) else { return Ok(None) };
        let left = work.deadline.saturating_sub(trail.last);
        let destinations: Vec<DestinationName> = work.targets.iter().map(|target| target.name.clone()).collect();
        let lease = left.saturating_add(LEASE_GRACE);
        let request = Request { key, destinations: &destinations, now: self.clock.now(), lease };
        let granted = within(self.clock.as_ref(), left, dedupe::claim(self.dedupe.as_ref(), request)).await;
        let claimed = match granted {
            Ok(Ok(Claim::Leased(lease))) => Ok(Some(lease)),
            Ok(Ok(Claim::Settled(settled))) => Err(Outcome::Duplicate(settled, None)),
            Ok(Ok(Claim::InFlight(twin))) => {
                let left = work.deadline.saturating_sub(self.clock.monotonic());
                Err(match within(self.clock.as_ref(), left, twin.outcome()).await {
                    Ok(Some(settled)) => Outcome::Duplicate(settled, None),
                    Ok(None) => Outcome::Failed(Fault::TwinFailed),
                    Err(_elapsed) => Outcome::Failed(Fault::TwinInFlight),
                })
            }
            Ok(Err(cause)) => Err(Outcome::Failed(Fault::DedupeFailed(cause))),
            Err(_elapsed) => Err(Outcome::Failed(Fault::DedupeFailed(Cause::new("claim: no answer in time")))),
        };
        trail.record.latency.claim = trail.lap(self.clock.as_ref());
        claimed
    }

    async fn hand_off(&self, work: &Work<'_>, lease: Option<Lease>, trail: &mut Trail) -> Result<Handoff, Outcome> {
        let left = work.deadline.saturating_sub(trail.last);
        let is_missing = |name: &DestinationName| lease.as_ref().is_none_or(|lease| lease.missing().contains(name));
        let missing: Vec<&Target> =
            work.targets.iter().map(Arc::as_ref).filter(|target| is_missing(&target.name)).collect();
        let handed = if left.is_zero() {
            Err(None)
        } else {
            let clock = self.clock.as_ref();
            let (handed, spilled) = destination::hand_off(work.event, &missing, work.relay, left, clock).await;
            trail.spilled(work.source, spilled);
            handed.map_err(Some)
        };
        if let Some(lease) = lease {
            let delivered: Vec<DestinationName> = match &handed {
                Ok(_) => missing.iter().map(|target| target.name.clone()).collect(),
                Err(shortfall) => shortfall.as_ref().map(|short| short.delivered.clone()).unwrap_or_default(),
            };
            let expires = self.clock.now().plus(work.source.window);
            // The receipts are what counts. If this write is lost the lease runs out, and the worst is a
            // second hand-off: at least once. So it may not keep the sender waiting past its time.
            let settled = self.dedupe.settle(&lease, &delivered, expires);
            let left = work.deadline.saturating_sub(self.clock.monotonic()).max(MARGIN);
            let settled = within(self.clock.as_ref(), left, settled).await;
            if let Err(cause) = settled.unwrap_or_else(|_elapsed| Err(Cause::new("settle: no answer in time"))) {
                trail.record.fault = Some(Fault::DedupeFailed(cause));
            }
        }
        trail.record.latency.hand_off = trail.lap(self.clock.as_ref());
        match handed {
            Ok(handoff) => Ok(handoff),
            Err(None) => Err(Outcome::Failed(Fault::BudgetSpent)),
            Err(Some(short)) => {
                trail.record.destination = Some(short.failed);
                Err(Outcome::Failed(short.fault))
            }
        }
    }

    /// Best effort, once the event is held: a retry of what is not held yet must not come here twice.
    pub(super) async fn offer(&self, work: &Work<'_>, trail: &mut Trail) {
        if work.targets.is_empty() {
            return;
        }
        let left = work.deadline.saturating_sub(self.clock.monotonic());
        let (missed, spilled) = destination::offer(work.event, work.targets, left, self.clock.as_ref()).await;
        trail.spilled(work.source, spilled);
        work.source.tally.offer(work.targets.len(), missed.len());
        trail.record.missed = missed;
        let took = trail.lap(self.clock.as_ref());
        trail.record.latency.hand_off = trail.record.latency.hand_off.saturating_add(took);
    }
}
