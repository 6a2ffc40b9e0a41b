//! `dynamodb`: dedupe records in AWS's DynamoDB, one item an event, shared by all instances.
//!
//! The table's partition key is `pk`, a string; it has no sort key. Expiry is tested in the claim. What removes old items
//! is a TTL on `expires`, which the operator sets, and which takes days:
//! `aws dynamodb update-time-to-live --table-name NAME --time-to-live-specification Enabled=true,AttributeName=expires`.

mod table;
mod wire;

use std::sync::Arc;

use doorbell_core::Clock;
use doorbell_core::config::{DedupeConfig, Key, Kind, Shape};
use doorbell_core::dedupe::Dedupe;
use doorbell_core::destination::Durability;
use futures_util::FutureExt;

use super::Adapter;
use super::register::Register;
use crate::aws::{Aws, Permit};
use crate::destination::{OpenError, Site};
pub use table::Table;
use wire::Items;

/// The store, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: KIND,
    judge: |config| Table::new(&config.settings).err().into_iter().collect(),
    open: |config, site| open(config, site).boxed(),
    grants: |config| permits(config).into_iter().map(Into::into).collect(),
};

/// The store, for the grammar.
pub const KIND: Kind = Kind {
    name: "dynamodb",
    keys: &[
        Key::new("table", Shape::Text, "the table's name or ARN; its partition key is pk, a string").required(),
        Key::new("region", Shape::Text, "the table's region; by default AWS_REGION"),
    ],
    doc: "AWS's DynamoDB: one for all instances",
    built: true,
    durability: Durability::Durable,
    danger: None,
    relays: false,
    largest: None,
    parks: false,
};

/// The rights that it needs.
#[must_use]
pub fn permits(config: &DedupeConfig) -> Vec<Permit> {
    Table::new(&config.settings).iter().map(Table::permit).collect()
}

async fn open(config: &DedupeConfig, site: &Site) -> Result<Arc<dyn Dedupe>, OpenError> {
    store(Table::new(&config.settings)?, site.vault.aws(), Arc::clone(&site.clock))
}

/// The records of this table. Nothing is sent yet.
///
/// # Errors
/// Nothing says where the table is.
pub fn store(table: Table, aws: &Aws, clock: Arc<dyn Clock>) -> Result<Arc<dyn Dedupe>, OpenError> {
    Ok(Arc::new(Register::new(Items::of(table, aws)?, clock)))
}
