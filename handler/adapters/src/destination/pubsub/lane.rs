//! The publisher that is in use.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use google_cloud_pubsub::client::{BasePublisher, Publisher};

/// Google's publisher keeps a task for each ordering key that it ever saw. After so many ordered messages a fresh one
/// takes over on the same connection, and the old one ends with its last message. That costs no order: messages that
/// are in flight at once came from deliveries that were, and those have none.
const ORDERED: u32 = 1_000;

const BATCH: u32 = 1_000;
const DELAY: Duration = Duration::ZERO;

/// Gives out the publisher.
#[derive(Debug)]
pub(super) struct Lane {
    base: BasePublisher,
    topic: String,
    current: Mutex<(Publisher, u32)>,
}

impl Lane {
    pub(super) fn new(base: BasePublisher, topic: &str) -> Self {
        let current = Mutex::new((build(&base, topic), 0));
        Self { base, topic: topic.to_owned(), current }
    }

    /// The publisher for one message.
    pub(super) fn publisher(&self, ordered: bool) -> Publisher {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if ordered {
            if current.1 >= ORDERED {
                *current = (build(&self.base, &self.topic), 0);
            }
            current.1 = current.1.saturating_add(1);
        }
        current.0.clone()
    }
}

fn build(base: &BasePublisher, topic: &str) -> Publisher {
    let knob = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u32>().ok());
    base.publisher(topic)
        .set_message_count_threshold(knob("X_COUNT").unwrap_or(BATCH))
        .set_delay_threshold(knob("X_DELAY_US").map_or(DELAY, |us| Duration::from_micros(us.into())))
        .build()
}
