//! The chain of a webhook delivery, and nothing else:
//!
//! ```text
//! bytes -> Delivery -> Verified -> Event -> Decision -> Handoff -> Reply -> bytes
//! ```
//!
//! Each arrow is one function whose argument is the previous stage's result, and each module is
//! named after a noun of that chain; [`receiver`] reads it from left to right.
//!
//! This crate knows no HTTP server, no cloud, no async runtime. It asks no clock (a [`Clock`] is
//! handed in) and does no I/O except through the ports [`Destination`] and [`Dedupe`].

pub mod batch;
pub mod clock;
pub mod cloudevent;
pub mod condition;
pub mod config;
pub mod dedupe;
pub mod delivery;
pub mod destination;
pub mod document;
pub mod envelope;
pub mod event;
pub mod extract;
pub mod fault;
pub mod forwarded;
pub mod framing;
pub mod handshake;
pub mod keys;
pub mod limit;
pub mod locate;
mod multipart;
pub mod name;
pub mod pick;
pub mod provider;
pub mod receiver;
pub mod record;
pub mod rejection;
pub mod reply;
pub mod respond;
pub mod route;
pub mod schema;
pub mod secret;
pub mod source;
pub mod tally;
pub mod time;
pub mod transform;
pub mod verify;
pub mod view;

pub use clock::Clock;
pub use dedupe::Dedupe;
pub use delivery::{Delivery, DeliveryId, Door, Head, Peer};
pub use destination::{Destination, Receipt};
pub use event::Event;
pub use fault::Fault;
pub use receiver::{Answer, Receiver};
pub use rejection::Rejection;
pub use reply::Reply;
pub use time::Timestamp;

/// A future that a trait object returns.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
