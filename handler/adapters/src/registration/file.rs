//! A key's place in a file. It is written beside and linked into its place: that is one step, and fails where something
//! is there.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use doorbell_core::BoxFuture;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Captured;
use doorbell_core::secret::LiveSecret;

use super::{Place, Put};
use crate::right::Right;
use crate::secret::{FetchError, file};

/// A file in a folder that is there and writable.
#[derive(Clone, Debug)]
pub(super) struct InFile {
    path: PathBuf,
}

impl InFile {
    pub(super) fn at(path: &str) -> Self {
        Self { path: PathBuf::from(path) }
    }

    fn fetched(&self) -> Result<Option<LiveSecret>, FetchError> {
        let absent = std::fs::symlink_metadata(&self.path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if absent { Ok(None) } else { file::fetch(&self.path).map(Some) }
    }

    fn linked(&self, key: &[u8]) -> std::io::Result<Put> {
        let beside = self.beside()?;
        let linked = written(&beside, key).and_then(|()| std::fs::hard_link(&beside, &self.path));
        let removed = std::fs::remove_file(&beside);
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Put::Occupied),
            Err(error) => return Err(error),
        }
        removed.and_then(|()| self.synced())?;
        Ok(Put::Kept)
    }

    /// The name in the folder outlives the process only once the folder is written.
    fn synced(&self) -> std::io::Result<()> {
        File::open(folder(&self.path))?.sync_all()
    }

    /// A name of its own, so that two that come at once do not meet.
    fn beside(&self) -> std::io::Result<PathBuf> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(folder(&self.path).join(format!(".doorbell-{:016x}", u64::from_be_bytes(random))))
    }

    /// Runs `work` where it may block.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> std::io::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Cause>> {
        let place = self.clone();
        Box::pin(async move {
            let path = place.path.display().to_string();
            let done = tokio::task::spawn_blocking(move || work(&place)).await;
            done.map_err(|_| Cause::new("keep the key: panicked"))?.map_err(|error| {
                Cause::new(format!("keep the key in file://{path}: {error}; its folder must be there, and writable"))
            })
        })
    }
}

impl Place for InFile {
    fn held(&self) -> BoxFuture<'_, Result<Option<LiveSecret>, FetchError>> {
        Box::pin(std::future::ready(self.fetched()))
    }

    fn put<'a>(&'a self, key: &'a Captured) -> BoxFuture<'a, Result<Put, Cause>> {
        let key = key.clone();
        self.blocking(move |place| place.linked(key.to_keep()))
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), Cause>> {
        self.blocking(Self::synced)
    }

    fn emptied(&self) -> &'static str {
        "without that file"
    }

    fn right(&self) -> Option<Right> {
        None
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
