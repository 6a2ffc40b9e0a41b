//! What the ports of [`doorbell_core`] are plugged into, and what both entrypoints share at start.

pub mod adapter;
pub mod app;
#[cfg(feature = "aws")]
pub mod aws;
pub mod clock;
pub mod dedupe;
pub mod delivery_id;
pub mod destination;
pub mod first_call;
#[cfg(feature = "google")]
pub mod google;
pub mod grant;
pub mod identity;
pub mod key_set;
pub mod log;
pub mod notice;
pub mod outward;
pub mod registration;
pub mod right;
pub mod secret;
pub mod sns;
pub mod startup;
pub mod template;
