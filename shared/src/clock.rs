//! The port through which time comes in.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::poll_fn;

use crate::{BoxFuture, Timestamp};

/// Time, handed in. The core never asks an operating system what time it is, so a test can set the
/// clock back, and Lambda's freezer can be reasoned about.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Wall time: freshness of signatures, expiry of dedupe records, attributes of events.
    fn now(&self) -> Timestamp;
    /// Time since some fixed start that never goes back: budgets and latencies.
    fn monotonic(&self) -> Duration;
    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The limit passed before the future was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// Runs `future` for at most `limit`. A future that is ready at once costs no timer.
///
/// # Errors
/// [`Elapsed`] when the limit passed first; the future is dropped then.
pub async fn within<T>(clock: &dyn Clock, limit: Duration, future: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut future = pin!(future);
    let mut timer = None;
    poll_fn(move |context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(value));
        }
        timer.get_or_insert_with(|| clock.sleep(limit)).as_mut().poll(context).map(|()| Err(Elapsed))
    })
    .await
}
