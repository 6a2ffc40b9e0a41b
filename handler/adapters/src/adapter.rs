//! What fills a port of the core: one kind of destination, one kind of dedupe store.

use std::sync::Arc;

use doorbell_core::BoxFuture;
use doorbell_core::config::Kind;
use doorbell_core::destination::Durability;

use crate::destination::{OpenError, Site};
use crate::right::Right;

/// One kind of what fills a port, opened from its part of the config.
#[derive(Debug)]
pub struct Adapter<Config, Port: ?Sized> {
    /// What the config may say of it.
    pub kind: Kind,
    /// What is wrong with its settings and can be told without a network, a secret or a file. What passes may be opened.
    pub judge: fn(&Config) -> Vec<OpenError>,
    /// Opens it from its checked settings.
    pub open: Open<Config, Port>,
    /// The rights that it needs in a cloud.
    pub grants: fn(&Config) -> Vec<Right>,
}

/// See [`Adapter::open`].
pub type Open<Config, Port> = for<'a> fn(&'a Config, &'a Site) -> BoxFuture<'a, Result<Arc<Port>, OpenError>>;

impl<Config, Port: ?Sized> Adapter<Config, Port> {
    /// Every kind that the grammar has: those of a table, and those that are not built yet. `N` is how many.
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    pub(crate) const fn kinds<const N: usize>(built: &[Self], later: &[&'static str]) -> [Kind; N] {
        let mut kinds = [built[0].kind; N];
        let mut index = 0;
        while index < N {
            kinds[index] = if index < built.len() { built[index].kind } else { unbuilt(later[index - built.len()]) };
            index += 1;
        }
        kinds
    }
}

const fn unbuilt(name: &'static str) -> Kind {
    Kind {
        name,
        keys: &[],
        doc: "not built yet",
        built: false,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: None,
        parks: false,
    }
}
