//! `firestore`: dedupe records in Google's Firestore, one document an event, shared by all instances.
//!
//! Plain REST: there is no client of Google's own on crates.io, and the gRPC crates would bring a second stack.
//!
//! Expiry is tested in the claim. What removes old documents is a TTL policy on `expires`, which the operator sets; and
//! since times that grow make an index hot from some 500 writes a second on, `expires` and `lease_until` need no index:
//! `gcloud firestore fields ttls update expires --collection-group=doorbell --enable-ttl` and
//! `gcloud firestore indexes fields update expires --collection-group=doorbell --disable-indexes`.

mod place;
mod record;
mod refusal;
mod remote;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorbell_core::config::{DedupeConfig, Key, Kind, Shape};
use doorbell_core::dedupe::{Dedupe, Granted, Leader, Lease, Request};
use doorbell_core::destination::Durability;
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::{BoxFuture, Clock, Timestamp};
use futures_util::FutureExt;

use super::Adapter;
use crate::destination::{OpenError, Site};
use crate::grant::Grant;
use crate::right::Right;
use place::DEFAULT_DATABASE;
pub use place::Place;
use record::Record;
use remote::{Condition, Remote, Stored};

/// The store, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: KIND,
    judge: |config| place::judge(&config.settings),
    open: |config, site| open(config, site).boxed(),
    grants,
};

/// The store, for the grammar.
pub const KIND: Kind = Kind {
    name: "firestore",
    keys: &[
        Key::new("project", Shape::Text, "the Google Cloud project; by default GOOGLE_CLOUD_PROJECT"),
        Key::new("database", Shape::Text, "the database; by default (default)"),
        Key::new("collection", Shape::Text, "the collection of the records; by default doorbell"),
    ],
    doc: "Google's Firestore: one for all instances",
    built: true,
    durability: Durability::Durable,
    danger: None,
};

/// How often a claim or a settlement that lost a race looks again. Who wins a race holds a lease, so that the second
/// look mostly ends it.
const TRIES: usize = 4;
/// A twin looks after 50 ms, then waits twice as long each time, up to this: eight reads in ten seconds, and an answer
/// soon after a fast leader's.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2_500);
/// How many leases may be remembered at once.
const LEASES: usize = 10_000;

/// Records in Firestore: one conditional write to claim, one to settle.
///
/// Every write names the version that it replaces, or that there must be none. So a write that was repeated because
/// its answer was lost cannot happen twice: the repetition is refused, and the token in the document says whose it is.
#[derive(Debug)]
pub struct Firestore {
    remote: Arc<Remote>,
    clock: Arc<dyn Clock>,
    /// What our claims wrote, by token: settling them takes no read.
    leases: Mutex<HashMap<u64, Stored>>,
}

fn grants(config: &DedupeConfig) -> Vec<Right> {
    let project = config.settings.text("project").map(str::to_owned).or_else(crate::google::project);
    let database = config.settings.text("database").unwrap_or(DEFAULT_DATABASE).to_owned();
    project.map(|project| Grant::KeepClaims { project, database }.into()).into_iter().collect()
}

async fn open(config: &DedupeConfig, site: &Site) -> Result<Arc<dyn Dedupe>, OpenError> {
    let emulator = crate::google::emulator("FIRESTORE_EMULATOR_HOST");
    let place = Place::new(&config.settings, crate::google::project(), emulator)?;
    Ok(Arc::new(Firestore::new(place, site)?))
}

impl Firestore {
    /// A client of this place. Nothing is sent yet.
    ///
    /// # Errors
    /// There are no credentials, or no HTTPS.
    pub fn new(place: Place, site: &Site) -> Result<Self, OpenError> {
        let clock = Arc::clone(&site.clock);
        let remote = Arc::new(Remote::new(place, site)?);
        Ok(Self { remote, clock, leases: Mutex::default() })
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
            let condition = found.as_ref().map_or(Condition::Absent, |stored| Condition::At(&stored.version));
            match self.remote.write(&id, &record, condition).await {
                Ok(version) => return Ok(self.leased(Stored { record, version }, token, request)),
                Err(refusal) if refusal.lost_a_race() => {}
                Err(refusal) => return Err(failed(refusal)),
            }
            found = self.remote.read(&id).await.map_err(failed)?;
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
        Err(Cause::new(format!("claim in {}: lost {TRIES} races", self.remote.place)))
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
        let mut known = self.leases().remove(&lease.token());
        for _ in 0..TRIES {
            let found = match known.take() {
                Some(stored) => Some(stored),
                None => self.remote.read(&id).await.map_err(failed)?,
            };
            let Some(Stored { record, version }) = found else { return Ok(()) };
            if record.lease.is_none_or(|held| held.token != lease.token()) {
                // Somebody else speaks for the event now; or this was our own write, and its answer was lost.
                return Ok(());
            }
            let record: Record = record.settled(delivered, expires);
            match self.remote.write(&id, &record, Condition::At(&version)).await {
                Ok(_version) => return Ok(()),
                Err(refusal) if refusal.lost_a_race() => {}
                Err(refusal) => return Err(failed(refusal)),
            }
        }
        Err(Cause::new(format!("settle in {}: lost {TRIES} races", self.remote.place)))
    }
}

impl Dedupe for Firestore {
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
        // No key reads like this. That the document is not there is the answer; token and connection are warm then.
        let asked = self.remote.read("reach");
        Box::pin(async move { asked.await.map(|_found| ()).map_err(|refusal| self.remote.cause("reach", refusal)) })
    }
}
