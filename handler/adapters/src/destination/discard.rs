//! Nowhere, for trying things out.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::config::Kind;
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event};

use super::Adapter;

/// Takes every event and keeps none. Its receipt is worth nothing and says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Destination for Discard {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn hand_off<'a>(&'a self, _event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async { Ok(Receipt::new(Durability::None)) })
    }
}

/// Nowhere, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "discard",
        keys: &[],
        doc: "nowhere",
        built: true,
        durability: Durability::None,
        danger: Some("dangerously_discard"),
        relays: false,
        largest: None,
        parks: false,
    },
    judge: super::NOTHING_WRONG,
    open: |_config, _site| Box::pin(std::future::ready(Ok(Arc::new(Discard) as _))),
    grants: super::NO_GRANTS,
};
