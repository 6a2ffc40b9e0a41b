//! The config: TOML text in; typed values or every problem at once, each with its place and a fix, out. Knows no file,
//! no environment, and none of the destinations, stores and providers it names: those come in a [`Registry`].
//!
//! The grammar is data (`grammar`). One walk along it (`read`) finds every problem of form, and the rest of this module
//! what a table alone cannot say: names that must exist, keys that need each other, routes that never run.

mod described;
mod destination;
mod document;
mod grammar;
mod problem;
mod read;
mod route;
mod scalar;
mod schema;
mod secret_ref;
mod settings;
mod source;
mod units;

use std::sync::Arc;
use std::time::Duration;

use crate::destination::Target;
use crate::route::Routes;

pub use destination::DestinationConfig;
pub use grammar::{Family, Key, Kind, Registry, SchemeName, Shape, Status};
pub(crate) use problem::meant;
pub use problem::{At, Placed, Problem, Problems};
pub use route::RouteConfig;
pub use schema::json_schema;
pub use secret_ref::SecretRef;
pub use settings::Settings;
pub use source::{FactorConfig, Limits, SourceConfig, VerifierConfig, url_under};
pub use units::Rate;

/// A whole config, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Proxies in front whose `X-Forwarded-*` is believed.
    pub trusted_hops: Option<u8>,
    /// The URL senders use, for schemes that sign it.
    pub public_url: Option<Placed<String>>,
    /// How repeated deliveries are recognised.
    pub dedupe: DedupeConfig,
    /// The sources in the order of the text. At least one.
    pub sources: Vec<SourceConfig>,
    /// The routes in the order of the text. Every source is taken by one.
    pub routes: Vec<RouteConfig>,
    /// The destinations in the order of the text. Each is used by a route, for dead letters, or behind another.
    pub destinations: Vec<DestinationConfig>,
}

/// `[dedupe]`.
#[derive(Debug, Clone)]
pub struct DedupeConfig {
    /// Where the records live; the registry's first store when the config names none.
    pub store: Option<&'static Kind>,
    /// How long a delivery is remembered; the provider's retry horizon when absent.
    pub window: Option<Duration>,
    /// The table's keys, the store's own among them.
    pub settings: Settings,
}

impl Config {
    /// Reads and checks a whole config. `origin` is its name in messages: a path as the operator wrote it.
    ///
    /// # Errors
    ///
    /// Every problem that the text alone shows, in reading order.
    pub fn parse(text: &str, origin: &str, registry: &Registry) -> Result<Config, Problems> {
        let (root, mut problems) = read::read(text, origin, registry)?;
        let kept = [source::dead_letters(&root), destination::behind(&root)].concat();
        let routes = route::read_all(&root, &kept, &mut problems);
        let config = Config {
            trusted_hops: root.integer("trusted_hops").and_then(|hops| hops.try_into().ok()),
            public_url: root.placed("public_url"),
            dedupe: DedupeConfig::read(root.get("dedupe"), registry),
            sources: source::read_all(&root, registry, &mut problems),
            destinations: destination::read_all(root.get("destination"), &routes, &kept, &mut problems),
            routes,
        };
        Problems::refuse(origin, problems, config)
    }

    /// The routes of a source, with what stands behind their names.
    pub fn routes_of(&self, source: &str, targets: &[Arc<Target>]) -> Routes {
        let numbered = self.routes.iter().zip(1..).filter(|(route, _)| route.takes(source));
        Routes::new(numbered.map(|(route, number)| route.route(number, targets)).collect())
    }

    /// What starts but deserves a look: the operator hears of it at every start.
    pub fn warnings(&self) -> Vec<Problem> {
        self.sources.iter().filter_map(SourceConfig::warning).collect()
    }
}

impl DedupeConfig {
    fn read(keys: Option<&Settings>, registry: &Registry) -> DedupeConfig {
        let chosen = keys.and_then(|keys| keys.get::<&Kind>("store")).copied();
        DedupeConfig {
            store: chosen.or(registry.stores.first()),
            window: keys.and_then(|keys| keys.duration("window")),
            settings: keys.cloned().unwrap_or_else(Settings::absent),
        }
    }
}

#[cfg(test)]
mod tests;
