//! Where events go: one file a kind, one line of the table a file.

#[cfg(feature = "aws")]
mod amazon;
pub mod discard;
#[cfg(feature = "aws")]
pub mod eventbridge;
pub mod folder;
#[cfg(feature = "google")]
pub mod gcs;
pub mod http;
pub mod journal;
#[cfg(feature = "aws")]
pub mod lambda;
mod object;
#[cfg(feature = "aws")]
mod order;
#[cfg(any(feature = "aws", feature = "google"))]
mod placeholder;
#[cfg(feature = "google")]
pub mod pubsub;
#[cfg(feature = "aws")]
pub mod s3;
#[cfg(feature = "aws")]
pub mod sns;
#[cfg(feature = "aws")]
pub mod sqs;
pub mod stdout;

use std::path::PathBuf;
use std::sync::Arc;

use doorbell_core::config::{At, DestinationConfig, Kind, Problem, Settings};
use doorbell_core::{Clock, Destination};

use crate::adapter;
use crate::outward::Outward;
use crate::right::Right;
use crate::secret::Vault;

/// One kind of destination.
pub type Adapter = adapter::Adapter<DestinationConfig, dyn Destination>;

/// Nothing can be wrong: for what takes any settings that fit the grammar.
pub const NOTHING_WRONG: fn(&DestinationConfig) -> Vec<OpenError> = |_config| Vec::new();
/// No rights: for what stays on this machine.
pub const NO_GRANTS: fn(&DestinationConfig) -> Vec<Right> = |_config| Vec::new();

/// Where destinations and stores are opened: what they may need besides their own settings.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where relative paths start.
    pub folder: PathBuf,
    /// The way to secrets, and to our identity in a cloud.
    pub vault: Arc<Vault>,
    /// The way out over HTTP.
    pub outward: Outward,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A destination or a store that the config describes and nobody, or not this machine, can open.
#[derive(Debug)]
pub struct OpenError {
    /// The key that it is about, where it is one.
    pub key: Option<&'static str>,
    /// What happened: a lowercase fragment.
    pub what: String,
    /// The next step.
    pub fix: String,
}

impl OpenError {
    /// What happened, and the next step.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { key: None, what: what.into(), fix: fix.into() }
    }

    /// The same, about a key.
    #[must_use]
    pub fn about(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The problem, in the table of these settings, which begins there.
    #[must_use]
    pub fn problem(self, of: &str, settings: &Settings, begins: At) -> Problem {
        Problem::new(self.key.map_or(begins, |key| settings.at(key)), format!("{of}: {}", self.what), self.fix)
    }
}

/// Every kind that works in this program.
pub const ADAPTERS: &[Adapter] = &[
    journal::ADAPTER,
    folder::ADAPTER,
    http::ADAPTER,
    #[cfg(feature = "google")]
    pubsub::ADAPTER,
    #[cfg(feature = "google")]
    gcs::ADAPTER,
    #[cfg(feature = "aws")]
    sqs::ADAPTER,
    #[cfg(feature = "aws")]
    sns::ADAPTER,
    #[cfg(feature = "aws")]
    eventbridge::ADAPTER,
    #[cfg(feature = "aws")]
    lambda::ADAPTER,
    #[cfg(feature = "aws")]
    s3::ADAPTER,
    stdout::ADAPTER,
    discard::ADAPTER,
];

/// Every kind that the grammar has: those of the table, and those that are not built yet.
pub static KINDS: [Kind; ADAPTERS.len() + LATER.len()] = Adapter::kinds(ADAPTERS, LATER);

const LATER: &[&str] = &[
    #[cfg(not(feature = "google"))]
    "pubsub",
    #[cfg(not(feature = "google"))]
    "gcs",
    "tasks",
    "bigquery",
    "fcm",
    #[cfg(not(feature = "aws"))]
    "sqs",
    #[cfg(not(feature = "aws"))]
    "sns",
    #[cfg(not(feature = "aws"))]
    "eventbridge",
    #[cfg(not(feature = "aws"))]
    "lambda",
    #[cfg(not(feature = "aws"))]
    "s3",
];

fn named(config: &DestinationConfig) -> Option<&'static Adapter> {
    ADAPTERS.iter().find(|adapter| adapter.kind.name == config.kind.name)
}

/// What is wrong with a destination's settings, as far as they alone show it.
#[must_use]
pub fn judge(config: &DestinationConfig) -> Vec<OpenError> {
    named(config).map(|adapter| (adapter.judge)(config)).unwrap_or_default()
}

/// The rights that a destination needs.
#[must_use]
pub fn grants(config: &DestinationConfig) -> Vec<Right> {
    named(config).map(|adapter| (adapter.grants)(config)).unwrap_or_default()
}

/// Opens a destination of a kind of the table.
///
/// # Errors
/// [`OpenError`]: what this machine refused, and the next step.
pub async fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    // The config takes no kind that is not built.
    let unbuilt = || OpenError::new(format!("kind {:?} is not built yet", config.kind.name), "use another");
    (named(config).ok_or_else(unbuilt)?.open)(config, site).await
}
