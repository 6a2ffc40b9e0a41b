//! The destinations on AWS: against moto, and against a service that answers as a test says.

mod answers;
mod kept;

use std::sync::Arc;

use doorbell_adapters::aws::Aws;
use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::destination::{self, OpenError, Site};
use doorbell_adapters::outward::Outward;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::secret::aws::Stores;
use doorbell_adapters::startup::registry;
use doorbell_core::config::{Config, DestinationConfig};

use crate::http::Out;

const QUEUE: &str = "kind = \"sqs\"\nqueue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs\"";
const ORDERED: &str = "kind = \"sqs\"\nqueue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo\"";
const TOPIC: &str = "kind = \"sns\"\ntopic = \"arn:aws:sns:eu-west-1:123456789012:jobs\"";
const BUS: &str = "kind = \"eventbridge\"\nbus = \"arn:aws:events:eu-west-1:123456789012:event-bus/jobs\"";
const FUNCTION: &str = "kind = \"lambda\"\nfunction = \"arn:aws:lambda:eu-west-1:123456789012:function:jobs:live\"";

fn aws(endpoint: &str) -> Aws {
    Aws::at(endpoint, "eu-west-1", ("stand-in", "stand-in"), Arc::new(SystemClock::start()))
}

/// The destination of these lines.
fn config(lines: &str) -> DestinationConfig {
    let text =
        format!("[source.bell]\ndangerously_unsigned = true\n[[route]]\nto = [\"out\"]\n[destination.out]\n{lines}\n");
    Config::parse(&text, "test", &registry()).unwrap().destinations.remove(0)
}

/// What `check` says of these lines.
fn judged(lines: &str) -> Vec<OpenError> {
    destination::judge(&config(lines))
}

async fn opened(endpoint: &str, lines: &str) -> Out {
    Out::of(destination::open(&config(lines), &site(endpoint)).await.unwrap())
}

fn site(endpoint: &str) -> Site {
    Site {
        folder: std::path::PathBuf::new(),
        vault: Arc::new(Vault::with_aws(Stores::new(aws(endpoint), None))),
        outward: Outward::default(),
        clock: Arc::new(SystemClock::start()),
    }
}
