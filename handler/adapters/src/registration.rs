//! Keeps the key that a handshake delivers where the source's secret is to be. A registration is pending while there is
//! nothing: the operator names a file that is not there, and begins a registration with the provider. Whoever rings first
//! is taken for it; after that the place is taken, for every process that looks at it, until the operator removes the file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use doorbell_core::BoxFuture;
use doorbell_core::config::{SecretRef, SourceConfig};
use doorbell_core::fault::Cause;
use doorbell_core::handshake::{Captured, Handshake, KeyTaker, Taken};

use crate::secret::{FetchError, file};

/// The one place for the key of one source.
#[derive(Clone, Debug)]
pub struct Registration {
    path: PathBuf,
}

impl Registration {
    /// That of a source whose provider delivers the key, and whose one secret is a file.
    #[must_use]
    pub fn of(config: &SourceConfig) -> Option<Self> {
        let delivers = config.provider().is_some_and(|of| of.handshakes.iter().any(Handshake::delivers_key));
        match config.secrets.as_slice() {
            [only] if delivers => match &only.value {
                SecretRef::File { path } => Some(Self { path: PathBuf::from(path) }),
                SecretRef::Env { .. }
                | SecretRef::GcpSecretManager { .. }
                | SecretRef::AwsSecretsManager { .. }
                | SecretRef::ParameterStore { .. } => None,
            },
            _ => None,
        }
    }

    /// The place, as the config names it.
    #[must_use]
    pub fn place(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// Whether nobody registered yet, as far as can be told from here.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        std::fs::symlink_metadata(&self.path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    fn keep(&self, key: &Captured) -> Result<Taken, Cause> {
        if !self.is_pending() {
            return self.compared(key);
        }
        // Written beside it, then put in its place by a link: that is one step, and fails where something is there.
        let beside = self.beside().map_err(|error| self.unkept(&error))?;
        let linked = written(&beside, key.to_keep()).and_then(|()| std::fs::hard_link(&beside, &self.path));
        let removed = std::fs::remove_file(&beside);
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return self.compared(key),
            Err(error) => return Err(self.unkept(&error)),
        }
        removed.and_then(|()| self.settled()).map_err(|error| self.unkept(&error))?;
        Ok(Taken::Kept)
    }

    /// What is there may be this very key: its sender did not hear that it was kept.
    fn compared(&self, key: &Captured) -> Result<Taken, Cause> {
        let held = file::fetch(&self.path).map_err(|error: FetchError| Cause::new(error.to_string()))?;
        if !key.is(&held.secret) {
            return Ok(Taken::NotPending);
        }
        self.settled().map_err(|error| self.unkept(&error))?;
        Ok(Taken::Kept)
    }

    /// The name in the folder outlives the process only once the folder is written.
    fn settled(&self) -> std::io::Result<()> {
        File::open(folder(&self.path))?.sync_all()
    }

    /// A name of its own, so that two that come at once do not meet.
    fn beside(&self) -> std::io::Result<PathBuf> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(folder(&self.path).join(format!(".doorbell-{:016x}", u64::from_be_bytes(random))))
    }

    fn unkept(&self, error: &std::io::Error) -> Cause {
        Cause::new(format!("keep the key in {}: {error}; its folder must be there, and writable", self.place()))
    }
}

impl KeyTaker for Registration {
    fn take(&self, key: Captured) -> BoxFuture<'static, Result<Taken, Cause>> {
        let registration = self.clone();
        Box::pin(async move {
            let kept = tokio::task::spawn_blocking(move || registration.keep(&key)).await;
            kept.unwrap_or_else(|_| Err(Cause::new("keep the key: panicked")))
        })
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("/"))
}

fn written(path: &Path, key: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}
