//! The publisher that is in use.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use google_cloud_pubsub::client::{BasePublisher, Publisher};

/// Google's publisher keeps a task for each ordering key that it ever saw. After so many ordered messages a fresh one
/// takes over on the same connection, and the old one ends with its last message. That costs no order: messages that
/// are in flight at once came from deliveries that were, and those have none.
const ORDERED: u32 = 1_000;

/// Messages of one call, and how long the first waits for company: until the next tick of the timer, at most a
/// millisecond. With the emulator on the same machine, two busy cores: a lone message takes 2.5 ms (a call for each
/// message 1.3, the client's own 10 ms of waiting 14), and 2,000 at once 0.2 s, of one key too (a call each 0.8 s; of one
/// key 1.9 s).
const BATCH: u32 = 1_000;
const WAIT: Duration = Duration::ZERO;

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

    /// A publisher for one message that must not be in a call with others.
    pub(super) fn alone(&self) -> Publisher {
        self.base.publisher(&self.topic).set_message_count_threshold(1_u32).build()
    }
}

fn build(base: &BasePublisher, topic: &str) -> Publisher {
    base.publisher(topic).set_message_count_threshold(BATCH).set_delay_threshold(WAIT).build()
}
