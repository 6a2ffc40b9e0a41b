//! One `[source.NAME]`, ready to take deliveries.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::Timestamp;
use crate::dedupe::Rule;
use crate::delivery::Head;
use crate::destination::Target;
use crate::envelope::Envelope;
use crate::handshake::{Agreed, Confirmer, Handshakes};
use crate::keys::Keys;
use crate::limit::Limiter;
use crate::locate::Locate;
use crate::name::SourceName;
use crate::provider::{Contract, Facts, POST, Provider};
use crate::route::{Filter, Routes};
use crate::schema::Schema;
use crate::tally::Tally;
use crate::verify::Scheme;

/// The budget of a provider that names no deadline.
pub const DEFAULT_BUDGET: Duration = Duration::from_secs(10);
/// The cap on a body, where neither the operator nor the provider says otherwise.
pub const DEFAULT_BODY_LIMIT: usize = 1 << 20;
/// How long a duplicate is recognised, where neither the operator nor the provider's retries say otherwise.
pub const DEFAULT_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// A source. Built once, shared by every delivery.
#[derive(Debug)]
pub struct Source {
    /// Its name.
    pub name: SourceName,
    /// Where it answers.
    pub path: String,
    /// The table entry; `None` for a described scheme.
    pub provider: Option<&'static Provider>,
    /// How deliveries are proven.
    pub scheme: Scheme,
    /// What deliveries are verified with.
    pub keys: Keys,
    /// What each delivery must prove besides.
    pub and: Vec<Factor>,
    /// What confirms subscriptions, where the provider wants that.
    pub confirmer: Option<Arc<dyn Confirmer>>,
    /// What handshakes need beside the keys.
    pub agreed: Agreed,
    /// Where the facts live.
    pub facts: Facts,
    /// What is taken at all.
    pub events: Filter,
    /// What the body of each event that is taken must satisfy.
    pub schema: Option<Schema>,
    /// What makes two deliveries the same.
    pub dedupe: Rule,
    /// How long a duplicate is recognised.
    pub window: Duration,
    /// The cap on a body, in bytes.
    pub body_limit: usize,
    /// The rate limit.
    pub rate: Option<Limiter>,
    /// Client addresses that may call; empty: all.
    pub allow: Vec<IpNet>,
    /// From the head to the reply.
    pub budget: Duration,
    /// Its routes, in order.
    pub routes: Routes,
    /// What takes the proven deliveries that are refused for good; without it their sender hears of it.
    pub dead_letter: Option<Arc<Target>>,
    /// Its counters.
    pub tally: Tally,
    /// Where the array of a delivery of many events is; nothing: each delivery is one.
    pub split: Option<Locate>,
    /// The counters of the events in such deliveries, which [`Self::tally`] counts once.
    pub batched: Tally,
}

/// One more proof, with keys of its own: what opens one gate does not open the other.
#[derive(Debug)]
pub struct Factor {
    /// How it is proven.
    pub scheme: Scheme,
    /// What it is verified with.
    pub keys: Keys,
}

impl Source {
    /// Whether the source cannot prove anything because its secrets are missing, and it is not time to ask for them
    /// again. It answers 503 then; the others go on.
    #[must_use]
    pub fn closed(&self, now: Timestamp) -> bool {
        let closed = |scheme: &Scheme, keys: &Keys| scheme.needs_keys() && keys.closed(now);
        closed(&self.scheme, &self.keys) || self.and.iter().any(|factor| closed(&factor.scheme, &factor.keys))
    }

    pub(crate) fn envelope(&self) -> Option<Envelope> {
        self.provider.and_then(|provider| provider.envelope)
    }

    pub(crate) fn handshakes(&self) -> Handshakes<'_> {
        let all = self.provider.map_or(&[][..], |provider| provider.handshakes);
        Handshakes { all, path: &self.path, agreed: &self.agreed }
    }

    /// Whether a delivery may have this head.
    pub(crate) fn delivers(&self, head: &Head) -> bool {
        let methods = self.provider.map_or(POST, |provider| provider.methods);
        methods.contains(&head.method) && self.is_at(&head.path)
    }

    /// Whether it answers at this path: its own, and one segment more where the token is that segment.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        path == self.path || (self.scheme.is_token_in_path() && parent(path) == Some(self.path.as_str()))
    }

    /// The paths beside its own at which a handshake may come.
    pub(crate) fn beside(&self) -> impl Iterator<Item = String> {
        let parent = self.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let names = self.handshakes().all.iter().filter_map(|handshake| handshake.beside);
        names.map(move |name| format!("{parent}/{name}"))
    }

    /// What its sender makes of our answers.
    pub(crate) fn contract(&self) -> Contract {
        self.provider.map_or(Contract::UNKNOWN, |provider| provider.contract)
    }

    pub(crate) fn required(&self) -> &'static [&'static str] {
        self.provider.map_or(&[], |provider| provider.required)
    }

    pub(crate) fn allows(&self, client: Option<IpAddr>) -> bool {
        self.allow.is_empty() || client.is_some_and(|client| self.allow.iter().any(|net| net.contains(&client)))
    }
}

/// The path without its last segment.
pub(crate) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}
