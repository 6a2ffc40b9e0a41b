//! What comes in balances (promise 11).

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of one source.
#[derive(Debug, Default)]
pub struct Tally {
    received: AtomicU64,
    refused: AtomicU64,
    answered: AtomicU64,
    ignored: AtomicU64,
    duplicate: AtomicU64,
    handed_off: AtomicU64,
    failed: AtomicU64,
    also_held: AtomicU64,
    also_missed: AtomicU64,
    spilled: AtomicU64,
}

/// The ways a delivery can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The sender's fault.
    Refused,
    /// A handshake.
    Answered,
    /// Dropped on purpose.
    Ignored,
    /// Held already.
    Duplicate,
    /// Held now.
    HandedOff,
    /// Our fault.
    Failed,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Heads that reached the source.
    pub received: u64,
    /// Ended as the sender's fault.
    pub refused: u64,
    /// Answered handshakes.
    pub answered: u64,
    /// Dropped on purpose.
    pub ignored: u64,
    /// Held already.
    pub duplicate: u64,
    /// Handed off.
    pub handed_off: u64,
    /// Ended as our fault.
    pub failed: u64,
    /// Events that a destination beside the required ones holds; they are among those handed off.
    pub also_held: u64,
    /// Events that such a destination did not take.
    pub also_missed: u64,
    /// Events that a destination did not take and its spill holds.
    pub spilled: u64,
}

impl Counts {
    /// Whether every received delivery has ended, in exactly one way.
    #[must_use]
    pub const fn balanced(&self) -> bool {
        self.received == self.refused + self.answered + self.ignored + self.duplicate + self.handed_off + self.failed
    }
}

impl Tally {
    pub(crate) fn receive(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self, end: End) {
        let counter = match end {
            End::Refused => &self.refused,
            End::Answered => &self.answered,
            End::Ignored => &self.ignored,
            End::Duplicate => &self.duplicate,
            End::HandedOff => &self.handed_off,
            End::Failed => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Of so many destinations beside the required ones, so many did not take the event.
    pub(crate) fn offer(&self, offered: usize, missed: usize) {
        self.also_held.fetch_add(offered.saturating_sub(missed) as u64, Ordering::Relaxed);
        self.also_missed.fetch_add(missed as u64, Ordering::Relaxed);
    }

    /// So many destinations did not take an event that their spill holds.
    pub(crate) fn spill(&self, count: usize) {
        self.spilled.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// The counters now. While deliveries are in flight `received` is ahead of the rest.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            received: read(&self.received),
            refused: read(&self.refused),
            answered: read(&self.answered),
            ignored: read(&self.ignored),
            duplicate: read(&self.duplicate),
            handed_off: read(&self.handed_off),
            failed: read(&self.failed),
            also_held: read(&self.also_held),
            also_missed: read(&self.also_missed),
            spilled: read(&self.spilled),
        }
    }
}
