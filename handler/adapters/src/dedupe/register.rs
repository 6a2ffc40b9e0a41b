//! Dedupe records outside of the process, one for all instances, wherever a record can be written under a condition.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorbell_core::dedupe::{Dedupe, Granted, Leader, Lease, Request};
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::{BoxFuture, Clock, Timestamp};

use super::record::Record;

/// How often a claim or a settlement that lost a race looks again. Who wins a race holds a lease, so that the second
/// look mostly ends it.
const TRIES: usize = 4;
/// A twin looks after 50 ms, then waits twice as long each time, up to this: eight reads in ten seconds, and an answer
/// soon after a fast leader's.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2_500);
/// How many leases may be remembered at once.
const LEASES: usize = 10_000;

/// Where the records are.
pub(super) trait Remote: std::fmt::Debug + std::fmt::Display + Send + Sync + 'static {
    /// Why a call failed.
    type Refusal: Send;

    /// The record of this id, where there is one.
    fn read(&self, id: &str) -> impl Future<Output = Result<Option<Stored>, Self::Refusal>> + Send;

    /// Writes the record of this id if the condition holds.
    fn write(
        &self,
        id: &str,
        record: &Record,
        condition: Condition<'_>,
    ) -> impl Future<Output = Result<Write, Self::Refusal>> + Send;

    /// For the operator's log.
    fn cause(&self, operation: &str, refusal: Self::Refusal) -> Cause;
}

/// A record as it was at one version.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) record: Record,
    /// What another write changes.
    pub(super) version: String,
}

/// What must be there for a write to happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Condition<'a> {
    /// No record; or one that nobody needs by now, where that can be said.
    Free(Timestamp),
    /// This version.
    At(&'a str),
}

/// What became of a write.
#[derive(Debug)]
pub(super) enum Write {
    /// It happened; the new version.
    Written(String),
    /// The condition did not hold: this is there.
    Lost(Option<Stored>),
}

/// One conditional write to claim, one to settle.
///
/// Every write names the version that it replaces, or that there must be none. So a write that was repeated because
/// its answer was lost cannot happen twice: the repetition is refused, and the token in the record says whose it is.
#[derive(Debug)]
pub(super) struct Register<R> {
    remote: Arc<R>,
    clock: Arc<dyn Clock>,
    /// What our claims wrote, by token: settling them takes no read.
    leases: Mutex<HashMap<u64, Stored>>,
}

impl<R: Remote> Register<R> {
    pub(super) fn new(remote: R, clock: Arc<dyn Clock>) -> Self {
        Self { remote: Arc::new(remote), clock, leases: Mutex::default() }
    }

    async fn claim(&self, request: &Request<'_>) -> Result<Granted, Cause> {
        let failed = |refusal| self.remote.cause("claim", refusal);
        let token = getrandom::u64().map_err(|error| Cause::new(format!("claim: no random token: {error}")))?;
        let id = request.key.to_hex();
        // Mostly the event is new, so nothing is read first.
        let mut found: Option<Stored> = None;
        for _ in 0..TRIES {
            let base = found.as_ref().map(|stored| stored.record.clone()).unwrap_or_default();
            let record = base.leased(token, request.now.plus(request.lease));
            let condition =
                found.as_ref().map_or(Condition::Free(request.now), |stored| Condition::At(&stored.version));
            found = match self.remote.write(&id, &record, condition).await.map_err(failed)? {
                Write::Written(version) => return Ok(self.leased(Stored { record, version }, token, request)),
                Write::Lost(found) => found,
            };
            let Some(stored) = &found else { continue };
            if stored.record.missing(request.destinations, request.now).is_empty() {
                return Ok(Granted::Settled);
            }
            match stored.record.lease {
                // Our own write: its answer was lost.
                Some(lease) if lease.token == token => return Ok(self.leased(stored.clone(), token, request)),
                Some(lease) if lease.until > request.now => {
                    return Ok(Granted::InFlight(self.outcome(id, lease.token, request)));
                }
                Some(_) | None => {}
            }
        }
        Err(Cause::new(format!("claim in {}: lost {TRIES} races", self.remote)))
    }

    fn leased(&self, stored: Stored, token: u64, request: &Request<'_>) -> Granted {
        let missing = stored.record.missing(request.destinations, request.now);
        let mut leases = self.leases();
        if leases.len() >= LEASES {
            // Those of holders that never settled. Whoever settles after all pays one read.
            leases.clear();
        }
        leases.insert(token, stored);
        Granted::Leased { token, missing }
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<u64, Stored>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outcome of a leader, who may be in another instance: there is nothing to do but to look. It has no end of
    /// its own beside the lease's: whoever waits drops it.
    fn outcome(&self, id: String, leader: u64, request: &Request<'_>) -> BoxFuture<'static, Leader> {
        let (remote, clock) = (Arc::clone(&self.remote), Arc::clone(&self.clock));
        let (destinations, claimed_at) = (request.destinations.to_vec(), request.now);
        let started = clock.monotonic();
        Box::pin(async move {
            let mut pause = FIRST_LOOK;
            loop {
                clock.sleep(pause).await;
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                let now = claimed_at.plus(clock.monotonic().saturating_sub(started));
                // A read that failed says nothing about the leader.
                let Ok(found) = remote.read(&id).await else { continue };
                let record = found.map(|stored| stored.record).unwrap_or_default();
                if record.missing(&destinations, now).is_empty() {
                    return Leader::Settled;
                }
                if !record.lease.is_some_and(|lease| lease.token == leader && lease.until > now) {
                    return Leader::Failed;
                }
            }
        })
    }

    async fn settle(&self, lease: &Lease, delivered: &[DestinationName], expires: Timestamp) -> Result<(), Cause> {
        let failed = |refusal| self.remote.cause("settle", refusal);
        let id = lease.key().to_hex();
        let known = self.leases().remove(&lease.token());
        let mut found = match known {
            Some(stored) => Some(stored),
            None => self.remote.read(&id).await.map_err(failed)?,
        };
        for _ in 0..TRIES {
            let Some(Stored { record, version }) = found else { return Ok(()) };
            if record.lease.is_none_or(|held| held.token != lease.token()) {
                // Somebody else speaks for the event now; or this was our own write, and its answer was lost.
                return Ok(());
            }
            let record = record.settled(delivered, expires);
            found = match self.remote.write(&id, &record, Condition::At(&version)).await.map_err(failed)? {
                Write::Written(_version) => return Ok(()),
                Write::Lost(found) => found,
            };
        }
        Err(Cause::new(format!("settle in {}: lost {TRIES} races", self.remote)))
    }
}

impl<R: Remote> Dedupe for Register<R> {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move { self.claim(&request).await })
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        delivered: &'a [DestinationName],
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(self.settle(lease, delivered, expires))
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        // No key reads like this. That there is no such record is the answer; identity and connection are warm then.
        let asked = self.remote.read("reach");
        Box::pin(async move { asked.await.map(|_found| ()).map_err(|refusal| self.remote.cause("reach", refusal)) })
    }
}
