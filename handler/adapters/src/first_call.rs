//! How long the first sender has waited for this process already.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A first call this soon after the door was ready was waiting for it. An instance that was started ahead (minimum
/// instances, provisioned concurrency) gets its first call later, from a sender that did not wait.
const WAITED: Duration = Duration::from_secs(1);

/// Knows whether a call is the process's first. Times are those of the monotonic clock, which starts with the process.
#[derive(Debug)]
pub struct FirstCall {
    ready_at: Duration,
    to_come: AtomicBool,
}

impl FirstCall {
    /// The door is ready now.
    #[must_use]
    pub const fn ready(now: Duration) -> Self {
        Self { ready_at: now, to_come: AtomicBool::new(true) }
    }

    /// What is gone of the patience of the sender that calls now: the process's age, if it waited for the start.
    #[must_use]
    pub fn waited(&self, now: Duration) -> Duration {
        let is_first = self.to_come.load(Ordering::Relaxed) && self.to_come.swap(false, Ordering::Relaxed);
        if is_first && now.saturating_sub(self.ready_at) < WAITED { now } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_first_call_that_waited_counts() {
        let millis = Duration::from_millis;
        let cold = FirstCall::ready(millis(40));
        assert_eq!([cold.waited(millis(45)), cold.waited(millis(46))], [millis(45), Duration::ZERO]);
        let started_ahead = FirstCall::ready(millis(40));
        assert_eq!(started_ahead.waited(millis(5_000)), Duration::ZERO);
    }
}
