//! A file of this host: one CloudEvents JSON object a line.

mod disk;
mod tape;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use doorbell_core::config::{Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event, cloudevent};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::Adapter;
use disk::{Disk, HostDisk};
use tape::Tape;

/// The size at which a new file is begun, where the operator names none.
pub const DEFAULT_ROTATE: u64 = 256 << 20;
/// Records that may wait for the writer; the next hand-off waits for room.
const QUEUE: usize = 1024;
/// Bytes that may wait for it: what was given up while the disk stalls is still in the queue.
const QUEUE_BYTES: u32 = 64 << 20;

/// Appends events to a file of this host. The only writer of that file: it holds its lock.
///
/// # Contract
/// 1. A receipt means that the record was written whole and that an `fdatasync` that began after the
///    write succeeded. What a failed write or sync covered is never acknowledged.
/// 2. A record is one line of one file, and no line holds two. A line that a crash tore stays, closed
///    by a newline; blank lines may stand beside it. (Read each file on its own: one whose rotation
///    failed half way, and the disk after that, may end in a torn line.)
/// 3. Records that come while a sync runs share the next one.
/// 4. Nothing is ever deleted. Before a record would take PATH over `rotate` bytes, PATH becomes
///    `PATH.N` with N one above the highest there is: `PATH.1` is the oldest. (A chain that moves
///    every number up by one is many renames; a crash inside it leaves a gap or a doubled name.
///    This is one rename.) While a rotation fails, the records go on into the file that is open.
/// 5. A receipt survives this process, and a power failure as far as the disk keeps its word.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    // Before the writer: the queue must be closed when the writer is waited for.
    queue: mpsc::Sender<Entry>,
    room: Arc<Semaphore>,
    _writer: Writer,
}

/// Why a journal cannot be opened; the operator must act.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The system refused.
    Failed {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Another process writes to it.
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It is a directory, a pipe or a device.
    NotAFile {
        /// What is no file.
        path: PathBuf,
    },
}

/// A record on its way to the writer, and where its answer goes.
#[derive(Debug)]
struct Entry {
    line: Vec<u8>,
    answer: oneshot::Sender<Result<(), Cause>>,
    /// Given back when the writer is done with the record, not when its waiter gives up.
    _room: OwnedSemaphorePermit,
}

/// The writer's thread, waited for when it is dropped: the lock is free when the journal is gone.
#[derive(Debug)]
struct Writer(Option<JoinHandle<()>>);

impl Journal {
    /// Opens or creates the file (readable by its owner only), takes its lock, and begins to write.
    /// `rotate` is the size at which a new file is begun, [`DEFAULT_ROTATE`] when absent.
    ///
    /// # Errors
    /// [`OpenError::Locked`] when another process has it; the others name the file and the reason.
    pub fn open(path: &Path, rotate: Option<u64>) -> Result<Self, OpenError> {
        Self::start(HostDisk::new(path), rotate.unwrap_or(DEFAULT_ROTATE))
    }

    fn start<D: Disk>(disk: D, rotate: u64) -> Result<Self, OpenError> {
        let path = disk.path().to_owned();
        let tape = Tape::open(disk, rotate)?;
        let (queue, entries) = mpsc::channel(QUEUE);
        let room = Arc::new(Semaphore::new(QUEUE_BYTES as usize));
        let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || write(tape, entries));
        let failed = |error| OpenError::Failed { doing: "start the writer of", path: path.clone(), error };
        let writer = Writer(Some(thread.map_err(failed)?));
        Ok(Self { path, queue, room, _writer: writer })
    }

    async fn append(&self, line: Vec<u8>) -> Result<(), Cause> {
        let (answer, outcome) = oneshot::channel();
        // A record larger than the whole room waits until it is alone.
        let bytes = u32::try_from(line.len()).unwrap_or(u32::MAX).min(QUEUE_BYTES);
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await.map_err(|_| self.ended())?;
        self.queue.send(Entry { line, answer, _room: room }).await.map_err(|_| self.ended())?;
        outcome.await.map_err(|_| self.ended())?
    }

    fn ended(&self) -> Cause {
        Cause::new(format!("append to {}: the writer has ended", self.path.display()))
    }
}

impl Destination for Journal {
    fn durability(&self) -> Durability {
        Durability::HostDurable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let mut line = cloudevent::json(event);
            line.push(b'\n');
            self.append(line).await?;
            Ok(Receipt::new(Durability::HostDurable))
        })
    }
}

/// Takes all that waits, appends it at once, and only then answers; until the journal is dropped.
fn write<D: Disk>(mut tape: Tape<D>, mut entries: mpsc::Receiver<Entry>) {
    let mut carried = None;
    while let Some(first) = carried.take().or_else(|| entries.blocking_recv()) {
        let room = tape.room(first.line.len());
        let mut size = first.line.len();
        let mut group = vec![first];
        while let Ok(next) = entries.try_recv() {
            size = size.saturating_add(next.line.len());
            if size > room {
                carried = Some(next);
                break;
            }
            group.push(next);
        }
        // Whoever gave up waiting said no to its sender, who comes again: its record would be a second one.
        group.retain(|entry| !entry.answer.is_closed());
        if group.is_empty() {
            continue;
        }
        let outcome = tape.append(group.iter().map(|entry| entry.line.as_slice()));
        for entry in group {
            // A waiter that has gone does not matter: what it waited for is on the disk.
            let _gone = entry.answer.send(outcome.clone());
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _panicked = thread.join();
        }
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed { doing, path, error } => {
                write!(formatter, "cannot {doing} the journal {}: {error}", path.display())
            }
            Self::Locked { path } => {
                let path = path.display();
                write!(formatter, "another process writes to the journal {path}")
            }
            Self::NotAFile { path } => {
                write!(formatter, "the journal {} is not a regular file", path.display())
            }
        }
    }
}

impl std::error::Error for OpenError {}

/// The journal, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "journal",
        keys: &[
            Key::new("path", Shape::Text, "the file; a relative path starts at the config's folder").required(),
            Key::new("rotate", Shape::Bytes { min: 4096, max: u64::MAX }, "the size at which a new file is begun"),
            Key::new(
                "storage",
                Shape::OneOf(&["volume"]),
                "says that the disk outlives the instance, where it need not",
            ),
        ],
        doc: "a file of this host, a CloudEvent a line",
        built: true,
        durability: Durability::HostDurable,
        danger: None,
        relays: false,
        largest: None,
        parks: false,
    },
    judge: super::NOTHING_WRONG,
    open: |config, site| {
        let settings = &config.settings;
        let path = site.folder.join(settings.text("path").unwrap_or_default());
        let journal = Journal::open(&path, settings.bytes("rotate"));
        let refused = |error: OpenError| {
            let fix = match &error {
                OpenError::Locked { .. } => "stop the other process, or give this one a journal of its own",
                OpenError::NotAFile { .. } => "name a regular file",
                OpenError::Failed { .. } => "make the folder, and let this process write there",
            };
            super::OpenError::new(error.to_string(), fix).about("path")
        };
        let opened = journal.map(|journal| Arc::new(journal) as Arc<dyn Destination>).map_err(refused);
        Box::pin(std::future::ready(opened))
    },
    grants: super::NO_GRANTS,
};
