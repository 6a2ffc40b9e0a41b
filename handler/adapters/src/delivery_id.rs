//! The ids that tie replies to log lines.

use std::sync::atomic::{AtomicU32, Ordering};

use doorbell_core::DeliveryId;

/// Makes ids that no other process makes: 48 random bits of this process, then a count. They name a
/// log line; they authorise nothing.
#[derive(Debug)]
pub struct DeliveryIds {
    process: String,
    next: AtomicU32,
}

impl DeliveryIds {
    /// # Errors
    /// The system has no random bytes to give.
    pub fn new() -> Result<Self, getrandom::Error> {
        let process = getrandom::u64()? >> 16;
        Ok(Self { process: format!("{process:012x}-"), next: AtomicU32::new(1) })
    }

    /// The next id.
    #[must_use]
    pub fn next(&self) -> DeliveryId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut id = String::with_capacity(24);
        id.push_str(&self.process);
        // Eight hex digits, the highest first, without the formatting machinery.
        id.extend((0..8).rev().map(|digit| char::from_digit((count >> (4 * digit)) & 15, 16).unwrap_or('0')));
        DeliveryId::new(&id)
    }
}
