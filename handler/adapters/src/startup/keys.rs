//! What each source verifies with, fetched once at the start.

use std::sync::Arc;

use doorbell_core::Timestamp;
use doorbell_core::clock::within;
use doorbell_core::config::{At, Placed, Problem, SecretRef, SourceConfig};
use doorbell_core::handshake::Confirmer;
use doorbell_core::keys::{KeySource, Keys};
use doorbell_core::secret::Keyring;
use doorbell_core::verify::{KeyPlace, Scheme};

use super::PATIENCE;
use crate::destination::Site;
use crate::key_set::KeySet;
use crate::notice::Notice;
use crate::registration::Registration;
use crate::secret::FetchError;
use crate::secret::ring::Ring;
use crate::sns::Sns;

/// A source's keys, as the start got them.
pub(super) struct Fetched {
    source: Arc<dyn KeySource>,
    changes: Changes,
    first: Result<Keyring, FetchError>,
    /// What confirms its subscriptions, where it has some.
    confirmer: Option<Arc<dyn Confirmer>>,
    /// Where its secret is to be kept, which a registration has yet to bring.
    awaited: Option<SecretRef>,
}

/// What becomes of keys while the process lives.
enum Changes {
    /// Nothing: they stand in the environment.
    Never,
    /// They get old.
    WithAge,
    /// More of them come, as deliveries name them.
    ByName,
}

/// One proof that a source wants, as the config has it.
pub(super) struct Gate<'a> {
    source: &'a str,
    at: At,
    scheme: Scheme,
    secrets: &'a [Placed<SecretRef>],
    /// The source, where it is the source's own proof: a handshake may deliver its secret.
    own: Option<&'a SourceConfig>,
}

/// Every proof that a source wants: its own first.
pub(super) fn gates(config: &SourceConfig) -> Vec<Gate<'_>> {
    let source = config.name.as_str();
    let own = Gate { source, at: config.at, scheme: config.scheme(), secrets: &config.secrets, own: Some(config) };
    let more = config.and.iter().map(|factor| Gate {
        source,
        at: factor.at,
        scheme: factor.scheme.clone(),
        secrets: &factor.secrets,
        own: None,
    });
    std::iter::once(own).chain(more).collect()
}

/// What a source starts with.
pub(super) struct Ready {
    pub(super) keys: Keys,
    pub(super) confirmer: Option<Arc<dyn Confirmer>>,
    /// Said where the source has to stay closed for now.
    pub(super) closed: Option<Notice<'static>>,
}

impl Ready {
    /// Of a source that needs nothing.
    pub(super) fn bare() -> Self {
        Self { keys: Keys::fixed(None), confirmer: None, closed: None }
    }
}

/// Fetches what a source verifies with; `None` where it needs nothing. Keys that a provider publishes are fetched from
/// there, unless the config pins some.
pub(super) async fn keys(gate: &Gate<'_>, site: &Site) -> Option<Result<Fetched, Problem>> {
    let scheme = gate.scheme.clone();
    if !scheme.needs_keys() {
        return None;
    }
    let references: Vec<SecretRef> = gate.secrets.iter().map(|reference| reference.value.clone()).collect();
    let late = |reference| FetchError::Unavailable { reference, why: format!("no answer in {} s", PATIENCE.as_secs()) };
    if let (Some(place), true) = (scheme.key_source(), references.is_empty()) {
        let set = match KeySet::new(scheme, &place, site.outward.clone()) {
            Ok(set) => set,
            Err(what) => return Some(Err(Problem::new(gate.at, what, "mend the variable, or unset it"))),
        };
        let first = within(site.clock.as_ref(), PATIENCE, set.fetched()).await;
        let (KeyPlace::Set(place) | KeyPlace::Issuer(place)) = place;
        let first = first.unwrap_or_else(|_elapsed| Err(late(place.into_owned())));
        return Some(Ok(Fetched::of(Arc::new(set), Changes::WithAge, first)));
    }
    let mut confirmer = None;
    if scheme.names_keys() && !matches!(scheme, Scheme::Sns(_)) && references.is_empty() {
        let named = Arc::new(Sns::at(scheme.clone(), None, site.outward.clone()));
        let first = named.held();
        return Some(Ok(Fetched::of(named, Changes::ByName, first)));
    }
    if let Scheme::Sns(_) = scheme {
        let sns = match Sns::new(scheme.clone(), site.outward.clone()) {
            Ok(sns) => Arc::new(sns),
            Err(what) => return Some(Err(Problem::new(gate.at, what, "mend the variable, or unset it"))),
        };
        confirmer = Some(Arc::clone(&sns) as Arc<dyn Confirmer>);
        if references.is_empty() {
            let first = sns.held();
            return Some(Ok(Fetched { confirmer, ..Fetched::of(sns, Changes::ByName, first) }));
        }
    }
    let named = references.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let ring = Ring::new(Arc::clone(&site.vault), scheme, references);
    let first = within(site.clock.as_ref(), PATIENCE, ring.fetched()).await;
    let first = first.unwrap_or_else(|_elapsed| Err(late(named)));
    let changes = if ring.can_change() { Changes::WithAge } else { Changes::Never };
    let awaited = if first.as_ref().is_err_and(FetchError::is_absent) { awaited(gate, site).await } else { None };
    Some(Ok(Fetched { confirmer, awaited, ..Fetched::of(Arc::new(ring), changes, first) }))
}

/// Where the secret will be that is not there, if a registration is to bring it.
async fn awaited(gate: &Gate<'_>, site: &Site) -> Option<SecretRef> {
    let registration = Registration::of(gate.own?, &site.vault)?;
    let pending = within(site.clock.as_ref(), PATIENCE, registration.pending()).await;
    (pending == Ok(Some(true))).then(|| registration.place().clone())
}

impl Fetched {
    fn of(source: Arc<dyn KeySource>, changes: Changes, first: Result<Keyring, FetchError>) -> Self {
        Self { source, changes, first, confirmer: None, awaited: None }
    }

    /// All that there is of it.
    pub(super) fn ready(self, gate: &Gate<'_>, began: Timestamp) -> Result<Ready, Problem> {
        if let Err(FetchError::WrongShape { expected, .. }) = &self.first {
            let at = gate.secrets.first().map_or(gate.at, |reference| reference.at);
            let what = format!("a secret of source {:?} has the wrong shape", gate.source);
            return Err(Problem::new(at, what, format!("it must be {expected}")));
        }
        let source = gate.source.to_owned();
        let closed = self.first.as_ref().err().map(|error| match &self.awaited {
            Some(place) => Notice::Awaiting { source, place: place.to_string() },
            None => Notice::Closed { source, error: error.clone() },
        });
        let first = self.first.map_err(FetchError::into_fault);
        let keys = match self.changes {
            Changes::Never => Keys::fixed(first.ok()),
            Changes::WithAge => Keys::fetched(self.source, first, began),
            Changes::ByName => Keys::named(self.source, first, began),
        };
        Ok(Ready { keys, confirmer: self.confirmer, closed })
    }
}
