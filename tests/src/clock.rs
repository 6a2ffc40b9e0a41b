//! A clock that a test moves.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use doorbell_core::{BoxFuture, Clock, Timestamp};

/// Stands still until it is told otherwise. Wall time and monotonic time move together with
/// [`ManualClock::advance`]; wall time alone can be set, back as well.
#[derive(Clone, Debug)]
pub struct ManualClock(std::sync::Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    wall: Timestamp,
    monotonic: Duration,
    sleepers: BTreeMap<u64, Waker>,
    last_sleeper: u64,
}

impl ManualClock {
    /// Stands at `wall`.
    #[must_use]
    pub fn at(wall: Timestamp) -> Self {
        Self(
            Mutex::new(State {
                wall,
                monotonic: Duration::from_secs(1_000),
                sleepers: BTreeMap::new(),
                last_sleeper: 0,
            })
            .into(),
        )
    }

    /// Lets `duration` pass and wakes who sleeps.
    pub fn advance(&self, duration: Duration) {
        let sleepers = {
            let mut state = self.state();
            state.wall = state.wall.plus(duration);
            state.monotonic = state.monotonic.saturating_add(duration);
            state.sleepers.clone()
        };
        sleepers.into_values().for_each(Waker::wake);
    }

    /// Sets wall time, as an administrator or NTP does. Nobody wakes.
    pub fn set_wall(&self, wall: Timestamp) {
        self.state().wall = wall;
    }

    /// How many wait for time to pass.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.state().sleepers.len()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding the clock")
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().wall
    }

    fn monotonic(&self) -> Duration {
        self.state().monotonic
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state();
        state.last_sleeper += 1;
        Box::pin(Sleep {
            until: state.monotonic.saturating_add(duration),
            number: state.last_sleeper,
            clock: self.clone(),
        })
    }
}

struct Sleep {
    clock: ManualClock,
    until: Duration,
    number: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.monotonic >= self.until {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.number, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.state().sleepers.remove(&self.number);
    }
}
