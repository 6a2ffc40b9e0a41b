//! Where dedupe records live: one file a store, one line of the table a file.

#[cfg(feature = "aws")]
pub mod dynamodb;
#[cfg(feature = "google")]
pub mod firestore;
pub mod memory;
#[cfg(any(feature = "aws", feature = "google"))]
mod record;
#[cfg(any(feature = "aws", feature = "google"))]
mod register;

use std::sync::Arc;

use doorbell_core::Dedupe;
use doorbell_core::config::{DedupeConfig, Kind};
use futures_util::FutureExt;

use crate::adapter;
use crate::destination::{OpenError, Site};
use crate::right::Right;

/// One kind of store.
pub type Adapter = adapter::Adapter<DedupeConfig, dyn Dedupe>;

/// Every store that works in this program; the first is the one of a config that names none.
pub const ADAPTERS: &[Adapter] = &[
    Adapter {
        kind: memory::KIND,
        judge: |_config| Vec::new(),
        open: |_, _| async { Ok(Arc::new(memory::Memory::new()) as _) }.boxed(),
        grants: |_config| Vec::new(),
    },
    #[cfg(feature = "google")]
    firestore::ADAPTER,
    #[cfg(feature = "aws")]
    dynamodb::ADAPTER,
];

/// Every store that the grammar has: those of the table, and those that are not built yet.
pub static KINDS: [Kind; ADAPTERS.len() + LATER.len()] = Adapter::kinds(ADAPTERS, LATER);

const LATER: &[&str] = &[
    "redb",
    #[cfg(not(feature = "google"))]
    "firestore",
    #[cfg(not(feature = "aws"))]
    "dynamodb",
    "redis",
];

fn chosen(config: &DedupeConfig) -> Option<&'static Adapter> {
    let named = config.store.and_then(|kind| ADAPTERS.iter().find(|adapter| adapter.kind.name == kind.name));
    named.or(ADAPTERS.first())
}

/// What is wrong with the store's settings, as far as they alone show it.
#[must_use]
pub fn judge(config: &DedupeConfig) -> Vec<OpenError> {
    chosen(config).map(|adapter| (adapter.judge)(config)).unwrap_or_default()
}

/// The rights that the store needs.
#[must_use]
pub fn grants(config: &DedupeConfig) -> Vec<Right> {
    chosen(config).map(|adapter| (adapter.grants)(config)).unwrap_or_default()
}

/// Opens the store that the config names.
///
/// # Errors
/// [`OpenError`]: what this machine refused, and the next step.
pub async fn open(config: &DedupeConfig, site: &Site) -> Result<Arc<dyn Dedupe>, OpenError> {
    let Some(adapter) = chosen(config) else {
        return Err(OpenError::new("no dedupe store is built", "use another program"));
    };
    (adapter.open)(config, site).await
}
