//! A future that a test drives by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use doorbell_core::BoxFuture;

/// Runs as far as it can each time it is asked, and only if something woke it: a lost wake-up shows
/// as a task that never ends.
pub struct Task<'a, T> {
    future: BoxFuture<'a, T>,
    flag: Arc<Flag>,
}

#[derive(Debug)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<T> std::fmt::Debug for Task<'_, T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Task")
    }
}

impl<'a, T> Task<'a, T> {
    /// Not started yet.
    #[must_use]
    pub fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self { future: Box::pin(future), flag: Arc::new(Flag(AtomicBool::new(true))) }
    }

    /// Runs until it is done or waits for something that has not happened.
    pub fn run(&mut self) -> Option<T> {
        let waker = Waker::from(Arc::clone(&self.flag));
        while self.flag.0.swap(false, Ordering::SeqCst) {
            if let Poll::Ready(value) = self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(value);
            }
        }
        None
    }

    /// Runs what waits for nothing.
    ///
    /// # Panics
    /// When it waits.
    #[must_use]
    #[track_caller]
    pub fn finish(mut self) -> T {
        self.run().expect("the task waits for something that the test did not let happen")
    }
}
