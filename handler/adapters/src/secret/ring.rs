//! The secrets of one source as its keys: fetched together, and again when they get old or do not match.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use doorbell_core::BoxFuture;
use doorbell_core::config::SecretRef;
use doorbell_core::keys::{KeyFault, KeySource, Want};
use doorbell_core::secret::{Keyring, LiveSecret, SecretVersion};
use doorbell_core::verify::Scheme;
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use std::sync::{Mutex, PoisonError};

use super::{FetchError, Vault};

/// Fetches all secrets of a source, and makes them a ring.
#[derive(Clone, Debug)]
pub struct Ring {
    vault: Arc<Vault>,
    scheme: Arc<Scheme>,
    references: Arc<[SecretRef]>,
    /// Whether the versions before the current ones count, too: from the first sign of a rotation on.
    previous: Arc<AtomicBool>,
    /// The current versions at the last fetch.
    seen: Arc<Mutex<Option<Vec<SecretVersion>>>>,
}

impl Ring {
    /// The secrets behind these references, for this scheme.
    #[must_use]
    pub fn new(vault: Arc<Vault>, scheme: Scheme, references: Vec<SecretRef>) -> Self {
        Self {
            vault,
            scheme: Arc::new(scheme),
            references: references.into(),
            previous: Arc::default(),
            seen: Arc::default(),
        }
    }

    /// Whether any of them can change while the process lives.
    #[must_use]
    pub fn can_change(&self) -> bool {
        self.references.iter().any(Vault::can_change)
    }

    /// The ring, now.
    ///
    /// # Errors
    /// The first secret that could not be fetched, or is not of the scheme's form.
    pub async fn fetched(&self) -> Result<Keyring, FetchError> {
        let mut all = self.all().await?;
        let current: Vec<_> = all.iter().filter_map(|versions| Some(versions.first()?.version.clone())).collect();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).replace(current.clone());
        if seen.take().is_some_and(|seen| seen != current) && !self.previous.swap(true, Ordering::Relaxed) {
            // A rotation began: senders use the version before until they are switched.
            all = self.all().await?;
        }
        let live: Vec<LiveSecret> = all.into_iter().flatten().collect();
        let reference = || self.references.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let wrong = |expected| FetchError::WrongShape { reference: reference(), expected };
        self.scheme.keyring(live).map_err(|shape| wrong(shape.expected))
    }

    async fn all(&self) -> Result<Vec<Vec<LiveSecret>>, FetchError> {
        let previous = self.previous.load(Ordering::Relaxed);
        try_join_all(self.references.iter().map(|reference| self.vault.fetch(reference, previous))).await
    }
}

impl KeySource for Ring {
    fn fetch(&self, want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>> {
        if want == Want::Mismatch {
            self.previous.store(true, Ordering::Relaxed);
        }
        let ring = self.clone();
        async move { ring.fetched().await.map_err(FetchError::into_fault) }.boxed()
    }
}
