//! The publisher that is in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use google_cloud_auth::credentials::Credentials;
use google_cloud_gax::retry_policy::RetryPolicyExt;
use google_cloud_pubsub::client::{BasePublisher, Publisher};
use google_cloud_pubsub::retry_policy::RetryableErrors;
use tokio::sync::Mutex;

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
///
/// The client never asks whether the other end of its connection is still there: what a NAT forgot in silence would
/// swallow every message until the system gives up, a quarter of an hour later. So a connection on which a message was
/// not answered in time is not used again.
#[derive(Debug)]
pub(super) struct Lane {
    way: Way,
    topic: String,
    current: Mutex<Current>,
}

/// How a connection is made.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) credentials: Credentials,
    pub(super) patience: Duration,
    pub(super) endpoint: Option<String>,
}

#[derive(Debug)]
struct Current {
    base: BasePublisher,
    publisher: Publisher,
    ordered: u32,
    silent: Arc<AtomicBool>,
}

/// One message's wait for an answer. Dropped without [`Waiting::heard`] it means that none came.
#[derive(Debug)]
pub(super) struct Waiting(Option<Arc<AtomicBool>>);

impl Way {
    async fn open(&self) -> Result<BasePublisher, String> {
        let builder = BasePublisher::builder()
            .with_credentials(self.credentials.clone())
            .with_retry_policy(RetryableErrors.with_time_limit(self.patience))
            .with_backoff_policy(super::backoff());
        let builder = match &self.endpoint {
            Some(place) => builder.with_endpoint(place),
            None => builder,
        };
        builder.build().await.map_err(|error| format!("no client: {error}"))
    }
}

impl Lane {
    /// Sends nothing.
    ///
    /// # Errors
    /// The client cannot be built; the text says why.
    pub(super) async fn new(way: Way, topic: &str) -> Result<Self, String> {
        let current = Mutex::new(Current::on(way.open().await?, topic));
        Ok(Self { way, topic: topic.to_owned(), current })
    }

    /// The publisher for one message.
    ///
    /// # Errors
    /// As [`Lane::new`].
    pub(super) async fn publisher(&self, ordered: bool) -> Result<(Publisher, Waiting), String> {
        let mut current = self.current.lock().await;
        if current.silent.load(Ordering::Relaxed) {
            *current = Current::on(self.way.open().await?, &self.topic);
        }
        if ordered {
            if current.ordered >= ORDERED {
                current.publisher = build(&current.base, &self.topic);
                current.ordered = 0;
            }
            current.ordered = current.ordered.saturating_add(1);
        }
        Ok((current.publisher.clone(), Waiting(Some(Arc::clone(&current.silent)))))
    }

    /// A publisher for one message that must not be in a call with others.
    pub(super) async fn alone(&self) -> Publisher {
        self.current.lock().await.base.publisher(&self.topic).set_message_count_threshold(1_u32).build()
    }
}

impl Current {
    fn on(base: BasePublisher, topic: &str) -> Self {
        Self { publisher: build(&base, topic), base, ordered: 0, silent: Arc::default() }
    }
}

impl Waiting {
    /// An answer came, whatever it said.
    pub(super) fn heard(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(silent) = &self.0 {
            silent.store(true, Ordering::Relaxed);
        }
    }
}

fn build(base: &BasePublisher, topic: &str) -> Publisher {
    base.publisher(topic).set_message_count_threshold(BATCH).set_delay_threshold(WAIT).build()
}
