//! How fresh a signed time must be.

use std::time::Duration;

use crate::{Rejection, Timestamp};

/// How far a signed time may lie from now. Both ends are inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Into the past. Retries that keep their time must fit in.
    pub max_age: Duration,
    /// Into the future: clocks differ, so a little.
    pub max_future: Duration,
}

impl Window {
    pub(super) fn check(&self, moment: Timestamp, now: Timestamp) -> Result<(), Rejection> {
        if moment > now.plus(self.max_future) {
            return Err(Rejection::FutureTimestamp);
        }
        if now.since(moment) > self.max_age {
            return Err(Rejection::StaleTimestamp);
        }
        Ok(())
    }
}
