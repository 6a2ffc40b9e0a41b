//! Keeps the key that a handshake delivers where the source's secret is to be. A registration is pending while there is
//! nothing: the operator names a place that is empty, and begins a registration with the provider. Whoever rings first
//! is taken for it; after that the place is taken, for every process that looks at it, until the operator empties it.

mod file;
#[cfg(feature = "google")]
mod google;
#[cfg(feature = "aws")]
mod parameter_store;
#[cfg(feature = "aws")]
mod secrets_manager;

#[cfg(feature = "aws")]
use std::borrow::Cow;
use std::future::ready;
use std::sync::Arc;

use doorbell_core::BoxFuture;
use doorbell_core::config::{SecretRef, SourceConfig};
use doorbell_core::fault::Cause;
use doorbell_core::handshake::{Captured, Handshake, KeyTaker, Taken};
use doorbell_core::secret::LiveSecret;

use crate::right::Right;
use crate::secret::{FetchError, Vault};

/// The one place for the key of one source.
#[derive(Clone, Debug)]
pub struct Registration {
    reference: SecretRef,
    place: Arc<dyn Place>,
}

/// What a store does to keep a key.
trait Place: Send + Sync + std::fmt::Debug {
    /// What is there: as the store itself has it now, whatever a cache holds.
    fn held(&self) -> BoxFuture<'_, Result<Option<LiveSecret>, FetchError>>;

    /// Puts the key there in one step that one alone can do, whoever else tries.
    fn put<'a>(&'a self, key: &'a Captured) -> BoxFuture<'a, Result<Put, Cause>>;

    /// Makes sure that what is held outlives this process.
    fn settle(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(ready(Ok(())))
    }

    /// Whether a key can be put there once nothing is held: not where a secret must be made first.
    fn is_ready(&self) -> BoxFuture<'_, bool> {
        Box::pin(ready(true))
    }

    /// The command that makes what must be there, and empty.
    fn preparation(&self) -> Option<String> {
        None
    }

    /// How it is emptied, as the beginning of a sentence.
    fn emptied(&self) -> &'static str;

    /// What putting a key there needs, beside the right to read it.
    fn right(&self) -> Option<Right>;
}

/// What became of a key that was put somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Put {
    /// It is there, for good.
    Kept,
    /// Another is there.
    Occupied,
}

impl Registration {
    /// That of a source whose provider delivers the key, and whose one secret is at a place that can be empty.
    #[must_use]
    pub fn of(config: &SourceConfig, vault: &Arc<Vault>) -> Option<Self> {
        match config.secrets.as_slice() {
            [only] if delivers(config) => Self::at(&only.value, vault),
            _ => None,
        }
    }

    /// That of a key which is to be where this reference names it; `None` where no first one can be told from a later
    /// one.
    fn at(reference: &SecretRef, vault: &Arc<Vault>) -> Option<Self> {
        #[cfg(not(any(feature = "aws", feature = "google")))]
        let _no_place_is_in_a_cloud = vault;
        let place: Arc<dyn Place> = match reference {
            SecretRef::File { path } => Arc::new(file::InFile::at(path)),
            #[cfg(feature = "aws")]
            SecretRef::AwsSecretsManager { id, json_key: None } => {
                Arc::new(secrets_manager::InSecretsManager::at(vault, reference, id))
            }
            #[cfg(feature = "aws")]
            SecretRef::ParameterStore { path } => {
                Arc::new(parameter_store::InParameterStore::at(vault, reference, path))
            }
            #[cfg(feature = "google")]
            SecretRef::GcpSecretManager { project, name, version: Some(version) } if version == google::FIRST => {
                Arc::new(google::InSecretManager::at(vault, reference, project, name))
            }
            SecretRef::Env { .. } | SecretRef::GcpSecretManager { .. } | SecretRef::AwsSecretsManager { .. } => {
                return None;
            }
            #[cfg(not(feature = "aws"))]
            SecretRef::ParameterStore { .. } => return None,
        };
        Some(Self { reference: reference.clone(), place })
    }

    /// The place, as the config names it.
    #[must_use]
    pub const fn place(&self) -> &SecretRef {
        &self.reference
    }

    /// Whether nobody registered yet; `None` where something must be made or mended first, or the store does not answer.
    pub async fn pending(&self) -> Option<bool> {
        match self.place.held().await {
            Ok(Some(_)) => Some(false),
            Ok(None) => self.place.is_ready().await.then_some(true),
            Err(_) => None,
        }
    }

    /// Whether looking at the place costs nothing: it is on this machine.
    #[must_use]
    pub const fn is_near(&self) -> bool {
        matches!(self.reference, SecretRef::File { .. })
    }

    /// The command that makes what must be there, and empty; `None` where nothing must.
    #[must_use]
    pub fn preparation(&self) -> Option<String> {
        self.place.preparation()
    }

    /// How the place is emptied for another registration, as the beginning of a sentence.
    #[must_use]
    pub fn emptied(&self) -> &'static str {
        self.place.emptied()
    }

    /// What keeping a key needs, beside the right to read it; `None` where it is in no cloud.
    #[must_use]
    pub fn right(&self) -> Option<Right> {
        self.place.right()
    }

    async fn keep(&self, key: &Captured) -> Result<Taken, Cause> {
        let mut held = self.held().await?;
        if held.is_none() {
            if self.place.put(key).await? == Put::Kept {
                return Ok(Taken::Kept);
            }
            held = self.held().await?;
        }
        match held {
            // Its sender did not hear that it was kept.
            Some(held) if key.is(&held.secret) => self.place.settle().await.map(|()| Taken::Kept),
            Some(_) => Ok(Taken::NotPending),
            None => {
                let place = &self.reference;
                Err(Cause::new(format!("keep the key in {place}: another came first, and cannot be read yet")))
            }
        }
    }

    async fn held(&self) -> Result<Option<LiveSecret>, Cause> {
        self.place.held().await.map_err(|error| Cause::new(error.to_string()))
    }
}

impl KeyTaker for Registration {
    fn take(&self, key: Captured) -> BoxFuture<'static, Result<Taken, Cause>> {
        let registration = self.clone();
        Box::pin(async move { registration.keep(&key).await })
    }
}

/// Whether a handshake of its provider brings the key.
#[must_use]
pub fn delivers(config: &SourceConfig) -> bool {
    config.provider().is_some_and(|of| of.handshakes.iter().any(Handshake::delivers_key))
}

/// What a store in a cloud has. Asked for the version before, too, it is asked past every cache.
#[cfg(any(feature = "aws", feature = "google"))]
async fn stored(vault: &Arc<Vault>, reference: &SecretRef) -> Result<Option<LiveSecret>, FetchError> {
    match vault.fetch(reference, true).await {
        Ok(versions) => Ok(versions.into_iter().next()),
        Err(FetchError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The key for a store of text. Its handshake's pattern lets only ASCII through, so nothing is lost.
#[cfg(feature = "aws")]
fn text(key: &Captured) -> Cow<'_, str> {
    String::from_utf8_lossy(key.to_keep())
}
