//! Where dedupe records live: one file a store, one line of the table a file.

pub mod memory;

use std::sync::Arc;

use doorbell_core::Dedupe;
use doorbell_core::config::{DedupeConfig, Kind};
use doorbell_core::destination::Durability;

/// Every store that the grammar has; the first is the one of a config that names none.
pub static KINDS: [Kind; 5] = [memory::KIND, later("redb"), later("firestore"), later("dynamodb"), later("redis")];

const fn later(name: &'static str) -> Kind {
    Kind { name, keys: &[], doc: "not built yet", built: false, durability: Durability::Durable, danger: None }
}

/// Opens the store that the config names: memory, as long as the config takes no other.
#[must_use]
pub fn open(_config: &DedupeConfig) -> Arc<dyn Dedupe> {
    Arc::new(memory::Memory::new())
}
