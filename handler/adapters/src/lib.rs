//! doorbell-adapters.

pub mod dedupe;
pub mod destination;
pub mod secret;
