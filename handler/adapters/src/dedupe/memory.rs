//! Dedupe records in this process. Another instance has others; a restart has none.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorbell_core::config::Kind;
use doorbell_core::dedupe::{Dedupe, DedupeKey, Granted, Leader, Lease, Request};
use doorbell_core::destination::Durability;
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::{BoxFuture, Timestamp};
use tokio::sync::watch;

/// The store, for the table.
pub const KIND: Kind = Kind {
    name: "memory",
    keys: &[],
    doc: "this process's memory: another instance has its own",
    built: true,
    durability: Durability::None,
    danger: None,
    relays: false,
    largest: None,
    parks: false,
};

/// How many records there are at most, where nobody says otherwise.
pub const DEFAULT_CAPACITY: usize = 100_000;

/// Records in memory, at most so many of them.
///
/// A full store makes room in this order: leases that ran out, then the settled records that expire
/// soonest, so under pressure a duplicate is recognised for less than its window. A lease in flight
/// is never dropped; where there is nothing else, the claim is a [`Cause`]. Memory is taken as
/// records come. A twin in flight waits without polling; when its leader's lease is taken over or
/// dropped to make room it hears [`Leader::Failed`].
///
/// Wall time that goes back makes no record claimable earlier: nothing expires but by the `now` of a
/// claim that is at or past its time.
#[derive(Debug)]
pub struct Memory {
    records: Mutex<Records>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Records {
    by_key: HashMap<DedupeKey, Record>,
    /// The records with a lease, by its end, and those without, by their expiry; the tokens tell equal
    /// times apart.
    leased: BTreeMap<(Timestamp, u64), DedupeKey>,
    settled: BTreeMap<(Timestamp, u64), DedupeKey>,
    last_token: u64,
}

/// One event.
#[derive(Debug)]
struct Record {
    delivered: Vec<Delivered>,
    /// The token of its last lease.
    token: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Leased {
        ends: Timestamp,
        /// Made for the first twin that waits.
        twins: Option<watch::Sender<Option<Leader>>>,
    },
    Settled {
        /// The last expiry of what is delivered.
        expires: Timestamp,
    },
}

/// A destination that holds the event.
#[derive(Debug)]
struct Delivered {
    destination: DestinationName,
    expires: Timestamp,
}

impl Memory {
    /// An empty store of at most [`DEFAULT_CAPACITY`] records.
    #[must_use]
    pub fn new() -> Self {
        Self::at_most(DEFAULT_CAPACITY)
    }

    /// An empty store of at most so many records.
    #[must_use]
    pub fn at_most(capacity: usize) -> Self {
        Self { records: Mutex::default(), capacity }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Dedupe for Memory {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move { self.records().claim(&request, self.capacity) })
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        delivered: &'a [DestinationName],
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            self.records().settle(lease, delivered, expires);
            Ok(())
        })
    }
}

impl Records {
    fn claim(&mut self, request: &Request<'_>, capacity: usize) -> Result<Granted, Cause> {
        let Request { key, destinations, now, lease } = request;
        let ends = now.plus(*lease);
        let token = self.last_token.saturating_add(1);
        let missing = match self.by_key.get_mut(key) {
            Some(record) => {
                let missing: Vec<_> = destinations.iter().filter(|name| !record.holds(name, *now)).cloned().collect();
                if missing.is_empty() {
                    return Ok(Granted::Settled);
                }
                match &mut record.state {
                    State::Leased { ends, twins } if *ends > *now => return Ok(Granted::InFlight(wait(twins))),
                    // Twins of the lease that ran out hear of it as their sender is dropped.
                    State::Leased { ends, .. } => self.leased.remove(&(*ends, record.token)),
                    State::Settled { expires } => self.settled.remove(&(*expires, record.token)),
                };
                (record.token, record.state) = (token, State::Leased { ends, twins: None });
                missing
            }
            None => {
                self.make_room(*now, capacity)?;
                let record = Record { delivered: Vec::new(), token, state: State::Leased { ends, twins: None } };
                self.by_key.insert(*key, record);
                destinations.to_vec()
            }
        };
        self.last_token = token;
        self.leased.insert((ends, token), *key);
        Ok(Granted::Leased { token, missing })
    }

    fn settle(&mut self, lease: &Lease, delivered: &[DestinationName], expires: Timestamp) {
        let Some(record) = self.by_key.get_mut(&lease.key()) else { return };
        let State::Leased { ends, twins } = &mut record.state else { return };
        if record.token != lease.token() {
            return;
        }
        let all = lease.missing().iter().all(|missing| delivered.contains(missing));
        if let Some(twins) = twins {
            twins.send_replace(Some(if all { Leader::Settled } else { Leader::Failed }));
        }
        self.leased.remove(&(*ends, record.token));
        record.delivered.retain(|held| !delivered.contains(&held.destination));
        let held = delivered.iter().map(|destination| Delivered { destination: destination.clone(), expires });
        record.delivered.extend(held);
        self.rest(lease.key());
    }

    /// Files a record whose lease has ended under its expiry; one that holds nothing is forgotten.
    fn rest(&mut self, key: DedupeKey) {
        let Some(record) = self.by_key.get_mut(&key) else { return };
        match record.delivered.iter().map(|held| held.expires).max() {
            Some(expires) => {
                record.state = State::Settled { expires };
                self.settled.insert((expires, record.token), key);
            }
            None => {
                self.by_key.remove(&key);
            }
        }
    }

    /// Makes room for one more record.
    fn make_room(&mut self, now: Timestamp, capacity: usize) -> Result<(), Cause> {
        while self.by_key.len() >= capacity {
            if let Some(run_out) = self.leased.first_entry().filter(|entry| entry.key().0 <= now) {
                let key = run_out.remove();
                self.rest(key);
            } else if let Some((_, key)) = self.settled.pop_first() {
                self.by_key.remove(&key);
            } else {
                return Err(Cause::new(format!("claim in memory: all {capacity} records are in flight")));
            }
        }
        Ok(())
    }
}

impl Record {
    fn holds(&self, destination: &DestinationName, now: Timestamp) -> bool {
        self.delivered.iter().any(|held| held.destination == *destination && held.expires > now)
    }
}

/// The outcome of the leader that will tell these twins.
fn wait(twins: &mut Option<watch::Sender<Option<Leader>>>) -> BoxFuture<'static, Leader> {
    let mut outcome = twins.get_or_insert_with(|| watch::channel(None).0).subscribe();
    Box::pin(async move {
        // Closed without a word: the lease was taken over or dropped.
        outcome.wait_for(Option::is_some).await.ok().and_then(|outcome| *outcome).unwrap_or(Leader::Failed)
    })
}
