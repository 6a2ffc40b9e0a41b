//! The end of the journal: what is known to be safe, and how lines come behind it. Knows no thread and no waiter.

use std::io;

use doorbell_core::fault::Cause;

use super::OpenError;
use super::disk::{Disk, File};

/// A group of records is not gathered beyond this: its first waiter should not wait for a long write.
const GROUP: usize = 4 << 20;

/// Appends groups of lines to the newest file of a journal, and never trusts what a failure touched.
#[derive(Debug)]
pub(super) struct Tape<D: Disk> {
    disk: D,
    rotate: u64,
    /// `None` after a failure that leaves the file in doubt; the next append opens it again.
    end: Option<End<D::File>>,
    buffer: Vec<u8>,
}

/// A file that may be appended to.
#[derive(Debug)]
struct End<F> {
    file: F,
    /// Where the next group begins. Every acknowledged record lies before it.
    safe: u64,
    /// Whether its last line has no end.
    torn: bool,
}

impl<D: Disk> Tape<D> {
    pub(super) fn open(disk: D, rotate: u64) -> Result<Self, OpenError> {
        let end = Some(End::open(&disk)?);
        Ok(Self { disk, rotate, end, buffer: Vec::new() })
    }

    /// How many bytes the next group may have, when its first line has so many.
    pub(super) fn room(&self, first: usize) -> usize {
        let left = self.end.as_ref().map_or(self.rotate, |end| self.rotate.saturating_sub(end.safe));
        // The first line does not fit: it begins a new file.
        let room = if (first as u64) > left { self.rotate } else { left };
        usize::try_from(room).map_or(GROUP, |room| room.min(GROUP))
    }

    /// Appends the lines, each with its end, in one write and one sync. `Ok` when all of them are on
    /// the disk; else none of them counts.
    pub(super) fn append<'l>(&mut self, lines: impl Iterator<Item = &'l [u8]>) -> Result<(), Cause> {
        self.buffer.clear();
        self.buffer.shrink_to(GROUP);
        self.buffer.push(b'\n');
        lines.for_each(|line| self.buffer.extend_from_slice(line));
        let mut end = match self.end.take() {
            Some(end) => end,
            None => End::open(&self.disk).map_err(|error| self.cause("append to", &error))?,
        };
        let size = self.buffer.len().saturating_sub(1) as u64;
        // A torn line is closed before its file is set aside: somebody may read the rotated files as one.
        if end.safe > 0 && !end.torn && end.safe.saturating_add(size) > self.rotate {
            // Where it fails, the old file goes on: a record matters more than the size of its file.
            end = self.rotate(&end.file).unwrap_or(end);
        }
        let bytes = self.buffer.get(usize::from(!end.torn)..).unwrap_or_default();
        if let Err(error) = write_all(&mut end.file, bytes) {
            let cause = self.cause("append to", &error);
            // No torn line stays; if it must, the next append opens the file anew and closes it.
            self.end = end.file.truncate(end.safe).is_ok().then_some(end);
            return Err(cause);
        }
        if let Err(error) = end.file.sync() {
            // The kernel may have dropped the dirty pages and forgotten them: a second sync of this file would
            // say yes to bytes that are nowhere. So it is closed, and opened anew by the next append. It is cut
            // here, while its lock is ours, so nobody else's bytes are; where it cannot be, lines stay that were
            // never acknowledged.
            let _cut = end.file.truncate(end.safe);
            return Err(self.cause("sync", &error));
        }
        self.end = Some(End { safe: end.safe.saturating_add(bytes.len() as u64), torn: false, ..end });
        Ok(())
    }

    fn rotate(&self, old: &D::File) -> io::Result<End<D::File>> {
        self.disk.set_aside(old)?;
        let file = self.disk.create()?;
        match self.disk.sync_names() {
            Ok(()) => End::of(file),
            Err(error) => {
                self.disk.discard(file);
                Err(error)
            }
        }
    }

    fn cause(&self, doing: &str, error: &dyn std::error::Error) -> Cause {
        let reason = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        Cause::new(format!("{doing} {}: {reason}", self.disk.path().display()))
    }
}

impl<F: File> End<F> {
    fn open<D: Disk<File = F>>(disk: &D) -> Result<Self, OpenError> {
        let failed = |doing| move |error| OpenError::Failed { doing, path: disk.path().to_owned(), error };
        let file = disk.open()?;
        disk.sync_names().map_err(failed("sync the folder of"))?;
        Self::of(file).map_err(failed("read the end of"))
    }

    fn of(mut file: F) -> io::Result<Self> {
        let safe = file.len()?;
        let torn = safe > 0 && !file.renew_end(safe)?;
        Ok(Self { file, safe, torn })
    }
}

fn write_all(file: &mut impl File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
