//! The rate limit of a source.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A generic cell rate algorithm in one atomic word: `burst` deliveries at once, `rate` of them a
/// `per` in the long run.
#[derive(Debug)]
pub struct Limiter {
    /// Nanoseconds that one delivery costs.
    cost: i64,
    /// How far ahead of now the bucket may be filled.
    depth: i64,
    /// When the bucket will be empty, in nanoseconds of the monotonic clock.
    empty_at: AtomicI64,
}

impl Limiter {
    /// `rate` (at least 1) a `per`, `burst` (at least 1) at once.
    #[must_use]
    pub fn new(rate: u32, per: Duration, burst: u32) -> Self {
        let cost = nanos(per) / i64::from(rate.max(1));
        let depth = cost.saturating_mul(i64::from(burst.max(1)));
        Self { cost, depth, empty_at: AtomicI64::new(0) }
    }

    /// Takes one, or says how long until there is one.
    ///
    /// # Errors
    /// The time until the next delivery would be taken.
    pub fn take(&self, monotonic: Duration) -> Result<(), Duration> {
        let now = nanos(monotonic);
        let mut wait = Duration::ZERO;
        let fill = |empty_at: i64| {
            let next = empty_at.max(now).saturating_add(self.cost);
            let over = next.saturating_sub(now).saturating_sub(self.depth);
            if over > 0 {
                wait = Duration::from_nanos(u64::try_from(over).unwrap_or(0));
                return None;
            }
            Some(next)
        };
        self.empty_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fill).map(|_| ()).map_err(|_| wait)
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_next_waits_its_share() {
        let limiter = Limiter::new(50, Duration::from_secs(1), 3);
        let at = |millis: u64| limiter.take(Duration::from_millis(1_000 + millis));
        assert_eq!([at(0), at(0), at(0)], [Ok(()); 3]);
        assert_eq!(at(0), Err(Duration::from_millis(20)));
        assert_eq!(at(20), Ok(()));
        assert_eq!(at(20), Err(Duration::from_millis(20)));
    }
}
