//! One secret that goes out with requests: held, and fetched again when it gets old or was not taken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorbell_core::clock::within;
use doorbell_core::config::SecretRef;
use doorbell_core::secret::LiveSecret;
use doorbell_core::{Clock, Timestamp};

use super::{FetchError, Vault};

/// How old a secret may get before whoever uses it fetches it again.
const TTL: Duration = Duration::from_secs(60);
/// How long after a fetch that brought nothing, or nothing new, nobody asks again.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a first fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a delivery waits for a fresher secret while an older one is there.
const REFRESH: Duration = Duration::from_secs(1);

/// A secret, as it was when it was last fetched.
pub struct Held {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    reference: SecretRef,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    live: Option<LiveSecret>,
    error: Option<FetchError>,
    tried_at: Option<Timestamp>,
    /// When a service last refused what is held.
    refused_at: Option<Timestamp>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Held({})", self.reference)
    }
}

impl Held {
    /// Fetches what the reference names. A fetch that fails is tried again on use.
    pub async fn open(vault: &Arc<Vault>, clock: &Arc<dyn Clock>, reference: SecretRef) -> Self {
        let held =
            Self { vault: Arc::clone(vault), clock: Arc::clone(clock), reference, state: Mutex::new(State::default()) };
        held.fetch(PATIENCE, false).await;
        held
    }

    /// Where it lives.
    #[must_use]
    pub const fn reference(&self) -> &SecretRef {
        &self.reference
    }

    /// The secret: at most 60 s old, or older where its store does not answer.
    ///
    /// # Errors
    /// It could never be fetched.
    pub async fn live(&self) -> Result<LiveSecret, FetchError> {
        let now = self.clock.now();
        let limit = {
            let state = self.lock();
            let limit = if state.live.is_some() { REFRESH } else { PATIENCE };
            let pause = if state.error.is_some() { PAUSE } else { TTL };
            let old = state.tried_at.is_none_or(|at| now < at || now.since(at) >= pause);
            (old && (state.live.is_none() || Vault::can_change(&self.reference))).then_some(limit)
        };
        if let Some(limit) = limit {
            self.fetch(limit, false).await;
        }
        let state = self.lock();
        state.live.clone().ok_or_else(|| state.error.clone().unwrap_or_else(|| self.late(PATIENCE)))
    }

    /// Whether there is another secret than `refused`, which a service did not take. Asks the store once in a while.
    pub async fn renewed(&self, refused: &LiveSecret) -> bool {
        let now = self.clock.now();
        {
            let mut state = self.lock();
            if state.live.as_ref().is_some_and(|live| live.secret != refused.secret) {
                return true;
            }
            let asked = state.refused_at.is_some_and(|at| now >= at && now.since(at) < PAUSE);
            if asked || !Vault::can_change(&self.reference) {
                return false;
            }
            state.refused_at = Some(now);
        }
        // Asked for the version before, too, a store goes past every cache.
        self.fetch(REFRESH, true).await;
        self.lock().live.as_ref().is_some_and(|live| live.secret != refused.secret)
    }

    async fn fetch(&self, limit: Duration, previous: bool) {
        // Before the answer: whoever comes meanwhile uses what is held.
        self.lock().tried_at = Some(self.clock.now());
        let fetched = within(self.clock.as_ref(), limit, self.vault.fetch(&self.reference, previous)).await;
        let fetched = fetched.unwrap_or_else(|_elapsed| Err(self.late(limit)));
        let mut state = self.lock();
        match fetched.map(|versions| versions.into_iter().next()) {
            Ok(Some(live)) => (state.live, state.error) = (Some(live), None),
            Ok(None) => state.error = Some(self.unavailable("an answer without a version".to_owned())),
            Err(error) => state.error = Some(error),
        }
    }

    fn late(&self, limit: Duration) -> FetchError {
        self.unavailable(format!("no answer in {} s", limit.as_secs()))
    }

    fn unavailable(&self, why: String) -> FetchError {
        FetchError::Unavailable { reference: self.reference.to_string(), why }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorbell_core::BoxFuture;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Debug, Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_seconds(self.0.load(Ordering::Relaxed))
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    fn shown(live: &LiveSecret) -> String {
        live.secret.header("").unwrap().to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn it_is_fetched_again_when_old_or_refused_and_served_stale_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let hand = Arc::new(Hand::default());
        let clock: Arc<dyn Clock> = Arc::clone(&hand) as _;
        let reference = SecretRef::File { path: path.display().to_string() };
        let held = Held::open(&Arc::new(Vault::new()), &clock, reference).await;
        assert!(held.live().await.is_err());
        std::fs::write(&path, "one").unwrap();
        assert!(held.live().await.is_err(), "within the pause");
        hand.0.store(5, Ordering::Relaxed);
        let one = held.live().await.unwrap();
        assert_eq!(shown(&one), "one");

        std::fs::write(&path, "two").unwrap();
        assert_eq!(shown(&held.live().await.unwrap()), "one");
        hand.0.store(65, Ordering::Relaxed);
        let two = held.live().await.unwrap();
        assert_eq!(shown(&two), "two");
        assert!(held.renewed(&one).await, "another one is held already");

        std::fs::remove_file(&path).unwrap();
        hand.0.store(200, Ordering::Relaxed);
        assert_eq!(shown(&held.live().await.unwrap()), "two");
        assert!(!held.renewed(&two).await);
        std::fs::write(&path, "three").unwrap();
        assert!(!held.renewed(&two).await, "asked a moment ago");
        hand.0.store(205, Ordering::Relaxed);
        assert!(held.renewed(&two).await);
        assert_eq!(shown(&held.live().await.unwrap()), "three");
    }
}
