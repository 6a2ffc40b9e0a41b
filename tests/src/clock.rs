//! A clock that a test moves.

use std::sync::Mutex;
use std::task::{Poll, Waker};
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
    sleepers: Vec<Waker>,
}

impl ManualClock {
    /// Stands at `wall`.
    #[must_use]
    pub fn at(wall: Timestamp) -> Self {
        Self(Mutex::new(State { wall, monotonic: Duration::from_secs(1_000), sleepers: Vec::new() }).into())
    }

    /// Lets `duration` pass and wakes who sleeps.
    pub fn advance(&self, duration: Duration) {
        let sleepers = {
            let mut state = self.state();
            state.wall = state.wall.plus(duration);
            state.monotonic = state.monotonic.saturating_add(duration);
            std::mem::take(&mut state.sleepers)
        };
        sleepers.into_iter().for_each(Waker::wake);
    }

    /// Sets wall time, as an administrator or NTP does. Nobody wakes.
    pub fn set_wall(&self, wall: Timestamp) {
        self.state().wall = wall;
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
        let clock = self.clone();
        let until = self.monotonic().saturating_add(duration);
        Box::pin(std::future::poll_fn(move |context| {
            let mut state = clock.state();
            if state.monotonic >= until {
                return Poll::Ready(());
            }
            state.sleepers.push(context.waker().clone());
            Poll::Pending
        }))
    }
}
