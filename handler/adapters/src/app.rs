//! What every front door needs of the rest.

use std::sync::Arc;

use doorbell_core::{Clock, Receiver};

use crate::delivery_id::DeliveryIds;
use crate::log::Log;

/// The chain, and what a door hands to it or gets from it.
#[derive(Debug)]
pub struct App {
    /// The chain.
    pub receiver: Arc<Receiver>,
    /// The clock that the receiver has, too.
    pub clock: Arc<dyn Clock>,
    /// Names deliveries.
    pub ids: DeliveryIds,
    /// Gets a line per delivery.
    pub log: Log,
}
