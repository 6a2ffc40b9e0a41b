//! One event's record, and what a claim and a settlement make of it. Knows no JSON and no network.

use std::collections::BTreeMap;

use doorbell_core::Timestamp;
use doorbell_core::name::DestinationName;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Until when a destination holds the event.
    pub(super) delivered: BTreeMap<String, Timestamp>,
    pub(super) lease: Option<Held>,
    /// From when on nobody needs the record; for the clean-up alone.
    pub(super) expires: Option<Timestamp>,
}

/// A lease that was not settled. It may have run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) token: u64,
    pub(super) until: Timestamp,
}

impl Record {
    /// Those of the destinations that do not hold the event.
    pub(super) fn missing(&self, destinations: &[DestinationName], now: Timestamp) -> Vec<DestinationName> {
        let holds = |name: &DestinationName| self.delivered.get(name.as_str()).is_some_and(|until| *until > now);
        destinations.iter().filter(|name| !holds(name)).cloned().collect()
    }

    /// The record under a new lease.
    pub(super) fn leased(self, token: u64, until: Timestamp) -> Self {
        let expires = self.delivered.values().copied().chain([until]).max();
        Self { lease: Some(Held { token, until }), expires, ..self }
    }

    /// The record when its lease is settled: these hold the event, the others are free.
    pub(super) fn settled(mut self, delivered: &[DestinationName], expires: Timestamp) -> Self {
        self.delivered.extend(delivered.iter().map(|name| (name.as_str().to_owned(), expires)));
        let last = self.delivered.values().copied().max();
        Self { lease: None, expires: last.or(self.expires), ..self }
    }
}
