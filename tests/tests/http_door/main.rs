//! The HTTP door, in bytes over TCP.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod deliveries;
mod drain;
mod limits;

use std::sync::Arc;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::served::Served;
use conformance::stage::Stage;
use doorbell_cloud_run::Limits;

/// One Standard Webhooks source behind a door with every default.
async fn open(script: &[Step]) -> (Served, Stage, Arc<Scripted>) {
    open_with(script, Limits::default()).await
}

async fn open_with(script: &[Step], limits: Limits) -> (Served, Stage, Arc<Scripted>) {
    let destination = Scripted::new(script);
    let stage = Stage::standard(vec![destination.target("one")], Arc::new(Book::default()));
    (Served::start(&stage, limits).await, stage, destination)
}
