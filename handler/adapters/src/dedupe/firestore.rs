//! `firestore`: dedupe records in Google's Firestore, one document an event, shared by all instances.
//!
//! Plain REST: there is no client of Google's own on crates.io, and the gRPC crates would bring a second stack.
//!
//! Expiry is tested in the claim. What removes old documents is a TTL policy on `expires`, which the operator sets; and
//! since times that grow make an index hot from some 500 writes a second on, `expires` and `lease_until` need no index:
//! `gcloud firestore fields ttls update expires --collection-group=doorbell --enable-ttl` and
//! `gcloud firestore indexes fields update expires --collection-group=doorbell --disable-indexes`.

mod place;
mod refusal;
mod remote;
mod wire;

use std::sync::Arc;

use doorbell_core::config::{DedupeConfig, Key, Kind, Shape};
use doorbell_core::dedupe::Dedupe;
use doorbell_core::destination::Durability;
use futures_util::FutureExt;

use super::Adapter;
use super::register::Register;
use crate::destination::{OpenError, Site};
use crate::grant::Grant;
use crate::right::Right;
use place::DEFAULT_DATABASE;
pub use place::Place;
use remote::Firestore;

/// The store, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: KIND,
    judge: |config| place::judge(&config.settings),
    open: |config, site| open(config, site).boxed(),
    grants,
};

/// The store, for the grammar.
pub const KIND: Kind = Kind {
    name: "firestore",
    keys: &[
        Key::new("project", Shape::Text, "the Google Cloud project; by default GOOGLE_CLOUD_PROJECT"),
        Key::new("database", Shape::Text, "the database; by default (default)"),
        Key::new("collection", Shape::Text, "the collection of the records; by default doorbell"),
    ],
    doc: "Google's Firestore: one for all instances",
    built: true,
    durability: Durability::Durable,
    danger: None,
    relays: false,
    largest: None,
    parks: false,
};

fn grants(config: &DedupeConfig) -> Vec<Right> {
    let project = config.settings.text("project").map(str::to_owned).or_else(crate::google::project);
    let database = config.settings.text("database").unwrap_or(DEFAULT_DATABASE).to_owned();
    project.map(|project| Grant::KeepClaims { project, database }.into()).into_iter().collect()
}

async fn open(config: &DedupeConfig, site: &Site) -> Result<Arc<dyn Dedupe>, OpenError> {
    let emulator = crate::google::emulator("FIRESTORE_EMULATOR_HOST");
    store(Place::new(&config.settings, crate::google::project(), emulator)?, site)
}

/// The records of this place. Nothing is sent yet.
///
/// # Errors
/// There are no credentials, or no HTTPS.
pub fn store(place: Place, site: &Site) -> Result<Arc<dyn Dedupe>, OpenError> {
    Ok(Arc::new(Register::new(Firestore::new(place, site)?, Arc::clone(&site.clock))))
}
