//! The keys of a source, and how fresher ones come in: one way for rotated secrets, key sets and certificates.
//!
//! Nothing runs between deliveries. A ring's age is looked at when a delivery uses it, in wall time, so that a frozen
//! instance counts the frozen time, too.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;

use crate::clock::{Clock, within};
use crate::fault::{Cause, Fault};
use crate::secret::Keyring;
use crate::{BoxFuture, Timestamp};

/// How old keys may get, where their source does not say otherwise.
pub const TTL: Duration = Duration::from_secs(60);
/// How long a delivery that no key matched may not cause another fetch after the last.
const PAUSE: Duration = Duration::from_secs(30);
/// The same after a fetch that failed: it brought nothing, so nothing is gained by waiting as long.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// So many fetches for unmatched deliveries without news, and only the age of the ring causes more: a forger cannot
/// make us ask for ever.
const BARREN: u8 = 2;
/// So many deliveries may wait for one fetch.
const WAITERS: usize = 16;

/// The port through which keys come.
///
/// # Contract
/// 1. `Ok` is everything that counts now, the current keys first.
/// 2. [`Want::Mismatch`]: what was current before is looked for, too, and a source that found some goes on fetching it.
/// 3. [`KeyFault::Gone`] only where the store said for certain that the keys are withdrawn.
/// 4. A [`Cause`] holds no key.
/// 5. [`Want::Named`]: `Ok` holds that key, among those that came before.
pub trait KeySource: Send + Sync + std::fmt::Debug {
    /// Fetches the keys.
    fn fetch(&self, want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>>;
    /// How old keys may get before a delivery that uses them fetches fresh ones.
    fn ttl(&self) -> Duration {
        TTL
    }
}

/// What a fetch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want<'a> {
    /// What counts now, for what is held got old.
    Current,
    /// Whatever counts, for a delivery that none of what is held matched.
    Mismatch,
    /// The key at this URL, for a delivery that names it: one of the sender's own, its scheme lets no other pass.
    Named(&'a str),
}

/// Why there are no fresher keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// They are withdrawn: disabled, destroyed, deleted. What is held counts no more.
    Gone(Cause),
    /// The store did not give them. What is held counts on.
    Unreachable(Cause),
}

impl KeyFault {
    /// What the store said.
    #[must_use]
    pub const fn cause(&self) -> &Cause {
        match self {
            Self::Gone(cause) | Self::Unreachable(cause) => cause,
        }
    }
}

/// The keys of one source.
pub struct Keys {
    source: Option<Arc<dyn KeySource>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    ring: Option<Arc<Keyring>>,
    /// When the last fetch that succeeded began.
    fresh_at: Option<Timestamp>,
    /// When the last fetch began, and why it failed if it did.
    tried_at: Option<Timestamp>,
    fault: Option<KeyFault>,
    /// Fetches for unmatched deliveries since the last news.
    barren: u8,
    /// The key that the fetch under way is for, and those that lately did not come: an invented one is asked for once,
    /// and takes nobody's turn after that.
    named: Option<String>,
    missed: Vec<(String, Timestamp)>,
    in_flight: Option<Fetch>,
    waiters: usize,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").field("source", &self.source).finish_non_exhaustive()
    }
}

/// The keys to verify with, and what went wrong on the way to fresher ones.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) ring: Option<Arc<Keyring>>,
    pub(crate) fault: Option<Fault>,
}

/// What a search for fresher keys gave to a delivery that none of the ring's matched.
#[derive(Debug)]
pub(crate) enum Fresher {
    /// Another ring: try once more.
    Ring(Arc<Keyring>),
    /// There are none: the refusal stands.
    None,
    /// Nobody can say.
    Unknown(Fault),
}

impl Keys {
    /// A ring that stays as it is; `None`: the source needs no keys, or has none.
    #[must_use]
    pub fn fixed(ring: Option<Keyring>) -> Self {
        let state = State { ring: ring.map(Arc::new), ..State::default() };
        Self { source: None, state: Arc::new(Mutex::new(state)) }
    }

    /// Keys that are fetched again when they get old, or do not match. `first` is what the start's fetch gave, which
    /// began at `at`.
    #[must_use]
    pub fn fetched(source: Arc<dyn KeySource>, first: Result<Keyring, KeyFault>, at: Timestamp) -> Self {
        let mut state = State { tried_at: Some(at), ..State::default() };
        match first {
            Ok(ring) => (state.ring, state.fresh_at) = (Some(Arc::new(ring)), Some(at)),
            Err(fault) => state.fault = Some(fault),
        }
        Self { source: Some(source), state: Arc::new(Mutex::new(state)) }
    }

    /// Keys that deliveries name, and that are fetched one by one. Nobody was asked for what is held at the start, so the
    /// first delivery's key is fetched at once, not after a pause.
    #[must_use]
    pub fn named(source: Arc<dyn KeySource>, held: Result<Keyring, KeyFault>, at: Timestamp) -> Self {
        let keys = Self::fetched(source, held, at);
        lock(&keys.state).tried_at = None;
        keys
    }

    /// Whether there are no keys and the time to ask for them again has not come.
    #[must_use]
    pub fn closed(&self, now: Timestamp) -> bool {
        let state = lock(&self.state);
        state.ring.is_none() && (self.source.is_none() || !state.may_try(now, PAUSE_AFTER_FAILURE))
    }

    /// There are others now, for certain: the next delivery fetches them, however short ago that was done.
    pub(crate) fn renew(&self) {
        let mut state = lock(&self.state);
        (state.tried_at, state.fresh_at) = (None, None);
    }

    /// The ring to verify with. One delivery fetches it anew when it is old; the others use what is held meanwhile.
    /// A fetch that fails leaves a ring in place, unless its keys are withdrawn.
    pub(crate) async fn held(&self, clock: &dyn Clock, limit: Duration) -> Held {
        let Some(source) = &self.source else {
            return Held { ring: lock(&self.state).ring.clone(), fault: None };
        };
        let now = clock.now();
        let (ring, fetch) = {
            let mut state = lock(&self.state);
            let idle = state.in_flight.is_none();
            let asked = if state.ring.is_none() {
                // Nothing can be proven without: whoever comes waits for the fetch that is under way.
                if idle { state.may_try(now, PAUSE_AFTER_FAILURE) } else { state.waiters < WAITERS }
            } else {
                let pause = if state.fault.is_some() { PAUSE_AFTER_FAILURE } else { Duration::ZERO };
                idle && state.is_old(now, source.ttl()) && state.may_try(now, pause)
            };
            let fetch = asked.then(|| self.join(source, &mut state, now, Want::Current));
            (state.ring.clone(), fetch)
        };
        let Some(fetch) = fetch else { return Held { ring, fault: None } };
        self.wait(fetch, clock, limit).await;
        let state = lock(&self.state);
        Held { ring: state.ring.clone(), fault: state.fault.as_ref().map(unreachable) }
    }

    /// Looks for fresher keys for a delivery that `tried` did not match; for the one that it names, where it does. That
    /// a named key does not come is nobody's proof: it is never [`Fresher::None`].
    pub(crate) async fn fresher(
        &self,
        tried: &Arc<Keyring>,
        want: Want<'_>,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Fresher {
        let Some(source) = &self.source else { return Fresher::None };
        let now = clock.now();
        let fetch = {
            let mut state = lock(&self.state);
            if let Some(newer) = state.newer(tried) {
                return newer;
            }
            if state.in_flight.is_none() {
                let is_vain = match want {
                    Want::Named(name) => state.missed_lately(name, now),
                    Want::Current | Want::Mismatch => state.barren >= BARREN && !state.is_old(now, source.ttl()),
                };
                if is_vain || !state.may_try(now, state.pause()) {
                    return state.none_fresher(want);
                }
                state.barren = state.barren.saturating_add(1);
            } else if state.waiters >= WAITERS {
                return Fresher::Unknown(Fault::KeysBusy);
            }
            self.join(source, &mut state, now, want)
        };
        self.wait(fetch, clock, limit).await;
        let state = lock(&self.state);
        state.newer(tried).unwrap_or_else(|| state.none_fresher(want))
    }

    /// The fetch under way, else a new one.
    fn join(&self, source: &Arc<dyn KeySource>, state: &mut State, now: Timestamp, want: Want<'_>) -> Fetch {
        if let Some(fetch) = &state.in_flight {
            state.waiters = state.waiters.saturating_add(1);
            return fetch.clone();
        }
        state.tried_at = Some(now);
        state.named = match want {
            Want::Named(name) => Some(name.to_owned()),
            Want::Current | Want::Mismatch => None,
        };
        let (fetched, shelf) = (source.fetch(want), Arc::clone(&self.state));
        let fetch: BoxFuture<'static, ()> = Box::pin(async move {
            let panicked = |_| Err(KeyFault::Unreachable(Cause::new("fetch of keys: panicked")));
            let fetched = AssertUnwindSafe(fetched).catch_unwind().await.unwrap_or_else(panicked);
            lock(&shelf).put(fetched, now);
        });
        let fetch = fetch.shared();
        state.in_flight = Some(fetch.clone());
        state.waiters = 1;
        fetch
    }

    /// Waits for the fetch to end. One that does not in time is given up for everybody: a store that hangs must not
    /// hold the next delivery, too.
    async fn wait(&self, fetch: Fetch, clock: &dyn Clock, limit: Duration) {
        if within(clock, limit, fetch.clone()).await.is_ok() {
            return;
        }
        let mut state = lock(&self.state);
        if state.in_flight.as_ref().is_some_and(|running| running.ptr_eq(&fetch)) {
            let began = state.tried_at.unwrap_or_else(|| clock.now());
            state.put(Err(KeyFault::Unreachable(Cause::new("fetch of keys: no answer in time"))), began);
        }
    }
}

/// A fetch under way: whoever waits for it drives it, so no one's hang-up ends it for the others.
type Fetch = Shared<BoxFuture<'static, ()>>;

fn unreachable(fault: &KeyFault) -> Fault {
    Fault::KeysUnreachable(fault.cause().clone())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// A clock that was set back makes a ring old: better one fetch too many.
    fn is_old(&self, now: Timestamp, ttl: Duration) -> bool {
        self.fresh_at.is_none_or(|at| now < at || now.since(at) >= ttl)
    }

    fn may_try(&self, now: Timestamp, pause: Duration) -> bool {
        self.tried_at.is_none_or(|at| now < at || now.since(at) >= pause)
    }

    const fn pause(&self) -> Duration {
        if self.fault.is_some() { PAUSE_AFTER_FAILURE } else { PAUSE }
    }

    /// The held ring, where it is another than the one that was tried.
    fn newer(&self, tried: &Arc<Keyring>) -> Option<Fresher> {
        let held = self.ring.as_ref()?;
        (!Arc::ptr_eq(held, tried)).then(|| Fresher::Ring(Arc::clone(held)))
    }

    /// A refusal stands where the last fetch succeeded; after one that failed nobody can say, nor of a key that was not
    /// asked for.
    fn none_fresher(&self, want: Want<'_>) -> Fresher {
        match &self.fault {
            Some(fault) => Fresher::Unknown(unreachable(fault)),
            None if matches!(want, Want::Named(_)) => Fresher::Unknown(Fault::KeysBusy),
            None => Fresher::None,
        }
    }

    fn missed_lately(&self, name: &str, now: Timestamp) -> bool {
        self.missed.iter().any(|(missed, at)| missed == name && now >= *at && now.since(*at) < PAUSE)
    }

    fn put(&mut self, fetched: Result<Keyring, KeyFault>, began: Timestamp) {
        (self.in_flight, self.waiters) = (None, 0);
        let named = self.named.take();
        match fetched {
            Ok(ring) => {
                (self.fault, self.fresh_at) = (None, Some(began));
                // The same keys keep their place: a delivery that they did not match need not try them again.
                if self.ring.as_ref().is_none_or(|held| **held != ring) {
                    (self.ring, self.barren) = (Some(Arc::new(ring)), 0);
                }
            }
            Err(fault) => {
                if let Some(name) = named {
                    self.missed.retain(|(missed, at)| *missed != name && began >= *at && began.since(*at) < PAUSE);
                    self.missed.push((name, began));
                }
                if matches!(fault, KeyFault::Gone(_)) {
                    self.ring = None;
                }
                self.fault = Some(fault);
            }
        }
    }
}
