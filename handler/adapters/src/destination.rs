//! Where events go: one file a kind, one line of the table a file.

pub mod discard;
pub mod http;
pub mod journal;
#[cfg(feature = "google")]
pub mod pubsub;
pub mod stdout;

use std::path::PathBuf;
use std::sync::Arc;

use doorbell_core::config::{DestinationConfig, Kind};
use doorbell_core::destination::Durability;
use doorbell_core::{BoxFuture, Clock, Destination};

use crate::grant::Grant;
use crate::outward::Outward;
use crate::secret::Vault;

/// One kind of destination.
#[derive(Clone, Copy, Debug)]
pub struct Adapter {
    /// What the config may say of it.
    pub kind: Kind,
    /// Opens it from its checked settings.
    pub open: Open,
    /// The rights that it needs in a cloud.
    pub grants: fn(&DestinationConfig) -> Vec<Grant>,
}

/// No rights: for what stays on this machine.
pub const NO_GRANTS: fn(&DestinationConfig) -> Vec<Grant> = |_config| Vec::new();

/// See [`Adapter::open`].
pub type Open = for<'a> fn(&'a DestinationConfig, &'a Site) -> BoxFuture<'a, Result<Arc<dyn Destination>, OpenError>>;

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

/// A destination that the config describes and this machine cannot open.
#[derive(Debug)]
pub struct OpenError {
    /// What happened: a lowercase fragment.
    pub what: String,
    /// The next step.
    pub fix: String,
}

/// Every kind that works in this program.
pub const ADAPTERS: &[Adapter] = &[
    journal::ADAPTER,
    http::ADAPTER,
    #[cfg(feature = "google")]
    pubsub::ADAPTER,
    stdout::ADAPTER,
    discard::ADAPTER,
];

/// Every kind that the grammar has: those of the table, and those that are not built yet.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub static KINDS: [Kind; ADAPTERS.len() + LATER.len()] = {
    let mut kinds = [ADAPTERS[0].kind; ADAPTERS.len() + LATER.len()];
    let mut index = 0;
    while index < kinds.len() {
        kinds[index] = if index < ADAPTERS.len() { ADAPTERS[index].kind } else { later(LATER[index - ADAPTERS.len()]) };
        index += 1;
    }
    kinds
};

const LATER: &[&str] = &[
    #[cfg(not(feature = "google"))]
    "pubsub",
    "tasks",
    "bigquery",
    "fcm",
    "sqs",
    "sns",
    "eventbridge",
    "lambda",
];

const fn later(name: &'static str) -> Kind {
    Kind { name, keys: &[], doc: "not built yet", built: false, durability: Durability::Durable, danger: None }
}

/// The rights that a destination needs.
#[must_use]
pub fn grants(config: &DestinationConfig) -> Vec<Grant> {
    let adapter = ADAPTERS.iter().find(|adapter| adapter.kind.name == config.kind.name);
    adapter.map(|adapter| (adapter.grants)(config)).unwrap_or_default()
}

/// Opens a destination of a kind of the table.
///
/// # Errors
/// [`OpenError`]: what this machine refused, and the next step.
pub async fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let kind = config.kind.name;
    let adapter = ADAPTERS.iter().find(|adapter| adapter.kind.name == kind);
    // The config takes no kind that is not built.
    let unbuilt = || OpenError { what: format!("kind {kind:?} is not built yet"), fix: "use another".to_owned() };
    (adapter.ok_or_else(unbuilt)?.open)(config, site).await
}
