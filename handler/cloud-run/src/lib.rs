//! The HTTP door: Cloud Run, Knative, and `doorbell serve`.
//!
//! It turns sockets into heads and bodies, asks the [`doorbell_core::Receiver`], and writes what that
//! answers. It decides nothing about a delivery.

pub mod body;
pub mod finish;
pub mod run;
pub mod server;

pub use doorbell_adapters::app::App;
pub use server::{Drained, Limits, serve};
