//! Where dedupe records live: one file a store, one line of the table a file.

#[cfg(feature = "google")]
pub mod firestore;
pub mod memory;

use std::sync::Arc;

use doorbell_core::config::{DedupeConfig, Kind};
use doorbell_core::destination::Durability;
use doorbell_core::{BoxFuture, Dedupe};
use futures_util::FutureExt;

use crate::destination::{OpenError, Site};
use crate::grant::Grant;

/// One kind of store.
#[derive(Clone, Copy, Debug)]
pub struct Adapter {
    /// What the config may say of it.
    pub kind: Kind,
    /// Opens it from its checked settings.
    pub open: Open,
    /// The rights that it needs in a cloud.
    pub grants: fn(&DedupeConfig) -> Vec<Grant>,
}

/// See [`Adapter::open`].
pub type Open = for<'a> fn(&'a DedupeConfig, &'a Site) -> BoxFuture<'a, Result<Arc<dyn Dedupe>, OpenError>>;

/// Every store that works in this program; the first is the one of a config that names none.
pub const ADAPTERS: &[Adapter] = &[
    Adapter {
        kind: memory::KIND,
        open: |_, _| async { Ok(Arc::new(memory::Memory::new()) as _) }.boxed(),
        grants: |_config| Vec::new(),
    },
    #[cfg(feature = "google")]
    firestore::ADAPTER,
];

/// Every store that the grammar has: those of the table, and those that are not built yet.
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
    "redb",
    #[cfg(not(feature = "google"))]
    "firestore",
    "dynamodb",
    "redis",
];

const fn later(name: &'static str) -> Kind {
    Kind { name, keys: &[], doc: "not built yet", built: false, durability: Durability::Durable, danger: None }
}

fn chosen(config: &DedupeConfig) -> Option<&'static Adapter> {
    let named = config.store.and_then(|kind| ADAPTERS.iter().find(|adapter| adapter.kind.name == kind.name));
    named.or(ADAPTERS.first())
}

/// The rights that the store needs.
#[must_use]
pub fn grants(config: &DedupeConfig) -> Vec<Grant> {
    chosen(config).map(|adapter| (adapter.grants)(config)).unwrap_or_default()
}

/// Opens the store that the config names.
///
/// # Errors
/// [`OpenError`]: what this machine refused, and the next step.
pub async fn open(config: &DedupeConfig, site: &Site) -> Result<Arc<dyn Dedupe>, OpenError> {
    let Some(adapter) = chosen(config) else {
        return Err(OpenError { what: "no dedupe store is built".to_owned(), fix: "use another program".to_owned() });
    };
    (adapter.open)(config, site).await
}
