//! A future that is finished even if nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_util::task::TaskTracker;

/// Runs where it is awaited, and if it is dropped before its end, goes on as a task of its own.
///
/// A sender that hangs up makes the server drop its request's future. Between hand-off and settle that
/// would leave a lease to run out; so what has begun is finished. On the usual path this costs no task.
pub struct Finish<T: Send + 'static> {
    future: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    left_behind: TaskTracker,
}

impl<T: Send + 'static> Finish<T> {
    /// `left_behind` is what the drain waits for.
    pub fn new(future: impl Future<Output = T> + Send + 'static, left_behind: &TaskTracker) -> Self {
        Self { future: Some(Box::pin(future)), left_behind: left_behind.clone() }
    }
}

impl<T: Send + 'static> std::fmt::Debug for Finish<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Finish")
    }
}

impl<T: Send + 'static> Future for Finish<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Polled again after its end it waits for ever, as a fused future may.
        let Some(future) = &mut self.future else { return Poll::Pending };
        let ready = future.as_mut().poll(context);
        if ready.is_ready() {
            self.future = None;
        }
        ready
    }
}

impl<T: Send + 'static> Drop for Finish<T> {
    fn drop(&mut self) {
        // While the runtime itself goes down there is nobody to go on with it.
        if let (Some(future), Ok(runtime)) = (self.future.take(), tokio::runtime::Handle::try_current()) {
            drop(self.left_behind.spawn_on(future, &runtime));
        }
    }
}
