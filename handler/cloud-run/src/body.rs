//! Bodies, capped while they stream in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use doorbell_core::receiver::Cut;
use http_body_util::BodyExt;

/// How many bytes of bodies the process holds at once, at most.
#[derive(Debug)]
pub struct InFlight {
    free: AtomicUsize,
}

/// Some of those bytes, given back when dropped.
#[derive(Debug)]
pub struct Held {
    from: Arc<InFlight>,
    bytes: usize,
}

impl InFlight {
    /// At most this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(bytes) })
    }
}

impl Held {
    fn nothing(from: &Arc<InFlight>) -> Self {
        Self { from: Arc::clone(from), bytes: 0 }
    }

    fn grow_to(&mut self, bytes: usize) -> Result<(), Cut> {
        let more = bytes.saturating_sub(self.bytes);
        let take = |free: usize| free.checked_sub(more);
        self.from.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).map_err(|_| Cut::Overloaded)?;
        self.bytes = self.bytes.max(bytes);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.from.free.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body of at most `limit` bytes. What is longer is known as soon as it is, and the rest stays
/// unread. A body that came in one piece is not copied.
///
/// # Errors
/// [`Cut`]: too large, broken off, or more than the process may hold.
pub async fn read(mut body: Body, limit: usize, in_flight: &Arc<InFlight>) -> Result<(Bytes, Held), Cut> {
    let mut held = Held::nothing(in_flight);
    if body.size_hint().exact().is_some_and(|length| length > limit as u64) {
        return Err(Cut::TooLarge);
    }
    // Bytes are charged as they arrive: whoever only declares many must not take the room of those who send.
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Cut::Incomplete)?.into_data() else { continue };
        let length = first.len().saturating_add(whole.len()).saturating_add(data.len());
        if length > limit {
            return Err(Cut::TooLarge);
        }
        held.grow_to(length)?;
        if first.is_empty() && whole.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.reserve(length);
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok((if whole.is_empty() { first } else { whole.freeze() }, held))
}

/// Reads at most `limit` bytes of a body, and keeps none.
pub async fn discard(mut body: Body, limit: usize) {
    let mut left = limit;
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        if left == 0 {
            return;
        }
    }
}
