//! The Lambda door: Function URL, API Gateway (HTTP API and REST API), and ALB; and the events of SQS, SNS and EventBridge.
//!
//! It turns events into heads and bodies, asks the [`doorbell_core::Receiver`], and writes what that
//! answers in the words of the front door that the event came through. It decides nothing about a delivery.

pub mod batch;
pub mod event;
pub mod function;
pub mod reply;

pub use doorbell_adapters::app::App;
pub use function::{Function, run};
