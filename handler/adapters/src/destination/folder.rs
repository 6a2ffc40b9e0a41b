//! A folder of this host: a file an event, and a file a parked body.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event};

use super::object::Object;
use super::{Adapter, OpenError, Site};

/// Tells the files that this process is still writing from each other.
static NUMBER: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Where it is then. A name is only ever given to a whole file, readable by its owner.
    async fn keep(&self, object: Object) -> Result<PathBuf, Cause> {
        let (path, temporary) = (self.path.join(&object.name), self.path.join(unfinished()));
        let kept = path.clone();
        let task = tokio::task::spawn_blocking(move || {
            let written = write(&temporary, &path, &object.bytes);
            if written.is_err() {
                // It has no name that anybody looks for; what is wrong is told already.
                let _gone = std::fs::remove_file(&temporary);
            }
            written.map_err(|error| Cause::new(format!("write {}: {error}", path.display())))
        });
        task.await.map_err(|_| Cause::new("the writer has ended"))??;
        Ok(kept)
    }
}

fn unfinished() -> String {
    format!(".{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// The bytes are on the disk before the name is, and the name is before this returns.
fn write(temporary: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    if !folder.is_dir() {
        std::fs::create_dir_all(folder)?;
        File::open(folder.parent().unwrap_or(folder))?.sync_all()?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(temporary, path)?;
    File::open(folder)?.sync_all()
}

impl Destination for Folder {
    fn durability(&self) -> Durability {
        Durability::HostDurable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            self.keep(Object::of(event, "")).await?;
            Ok(Receipt::new(Durability::HostDurable))
        })
    }

    fn park<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<String, Cause>> {
        Box::pin(async move { Ok(format!("file://{}", self.keep(Object::of_body(event, "")).await?.display())) })
    }
}

/// A folder, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "folder",
        keys: &[
            Key::new("path", Shape::Text, "the folder; a relative path starts at the config's folder").required(),
            Key::new(
                "storage",
                Shape::OneOf(&["volume"]),
                "says that the disk outlives the instance, where it need not",
            ),
        ],
        doc: "a folder of this host, a CloudEvent a file",
        built: true,
        durability: Durability::HostDurable,
        danger: None,
        relays: false,
        largest: None,
        parks: true,
    },
    judge: super::NOTHING_WRONG,
    open: |config, site| Box::pin(std::future::ready(open(config, site))),
    grants: super::NO_GRANTS,
};

/// A folder in which a file can be made.
fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let path = site.folder.join(config.settings.text("path").unwrap_or_default());
    let path = std::path::absolute(&path).unwrap_or(path);
    let tried = std::fs::create_dir_all(&path).and_then(|()| {
        let probe = path.join(unfinished());
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe)?;
        std::fs::remove_file(probe)
    });
    tried.map_err(|error| {
        let fix = if error.kind() == ErrorKind::NotADirectory || error.kind() == ErrorKind::AlreadyExists {
            "name a folder"
        } else {
            "let this process make files there"
        };
        OpenError::new(format!("cannot keep files in {}: {error}", path.display()), fix).about("path")
    })?;
    Ok(Arc::new(Folder { path }))
}
