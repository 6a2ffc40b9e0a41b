//! The Lambda door: Function URL, API Gateway (HTTP API and REST API), and ALB.
//!
//! It turns events into heads and bodies, asks the [`doorbell_core::Receiver`], and writes what that
//! answers in the words of the front door that the event came through. It decides nothing about a delivery.

pub mod event;
pub mod function;
pub mod reply;

pub use doorbell_adapters::app::App;
pub use function::{Function, run};
