//! What the journal asks of a disk, and this host's disk. Knows nothing of lines or records.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, fcntl_setfl, flock};
use rustix::io::Errno;

use super::OpenError;

/// The place of one journal: PATH and its rotated files.
pub(super) trait Disk: Send + std::fmt::Debug + 'static {
    type File: File;
    /// PATH.
    fn path(&self) -> &Path;
    /// Opens or creates PATH and takes its lock.
    fn open(&self) -> Result<Self::File, OpenError>;
    /// Gives PATH, where it is this file, its next number; where it is nothing, that was done before.
    fn set_aside(&self, file: &Self::File) -> io::Result<()>;
    /// Creates PATH, where it is nothing, and takes its lock.
    fn create(&self) -> io::Result<Self::File>;
    /// Takes back a file that was just created.
    fn discard(&self, file: Self::File);
    /// Makes the names durable.
    fn sync_names(&self) -> io::Result<()>;
}

/// A locked file.
pub(super) trait File: Send + std::fmt::Debug + 'static {
    fn len(&self) -> io::Result<u64>;
    /// Whether its last byte, the one before `len`, ends a line. That byte is written again then, so
    /// that the next sync covers it: after a sync that failed, the cache may show what the disk never got.
    fn renew_end(&mut self, len: u64) -> io::Result<bool>;
    /// Appends some of the bytes and says how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// This host's disk.
#[derive(Debug)]
pub(super) struct HostDisk {
    path: PathBuf,
}

impl HostDisk {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// PATH.N, N one above the highest there is.
    fn next_aside(&self) -> io::Result<PathBuf> {
        let own = self.path.file_name().unwrap_or_default().as_encoded_bytes();
        let mut highest = 0_u64;
        for entry in fs::read_dir(self.folder())? {
            let name = entry?.file_name();
            let number = name.as_encoded_bytes().strip_prefix(own).and_then(|rest| rest.strip_prefix(b"."));
            let number = number.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
            highest = highest.max(number.unwrap_or(0));
        }
        let mut aside = self.path.clone().into_os_string();
        aside.push(format!(".{}", highest.checked_add(1).ok_or(io::ErrorKind::AlreadyExists)?));
        Ok(aside.into())
    }

    /// Whether PATH is this file; an error of kind `NotFound` when PATH is nothing.
    fn names(&self, file: &fs::File) -> io::Result<bool> {
        let (named, open) = (fs::metadata(&self.path)?, file.metadata()?);
        Ok((named.dev(), named.ino()) == (open.dev(), open.ino()))
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // Bodies are nobody else's business.
    options.read(true).append(true).mode(0o600);
    options
}

impl Disk for HostDisk {
    type File = fs::File;

    fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self) -> Result<fs::File, OpenError> {
        let path = || self.path.clone();
        let failed = |doing| move |error| OpenError::Failed { doing, path: path(), error };
        loop {
            let file = options().create(true).open(&self.path).map_err(failed("open"))?;
            if !file.metadata().map_err(failed("open"))?.is_file() {
                return Err(OpenError::NotAFile { path: path() });
            }
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Err(OpenError::Locked { path: path() }),
                Err(error) => return Err(failed("lock")(error.into())),
            }
            // Its last owner may have rotated it between the opening and the lock: then it is not PATH any more.
            match self.names(&file) {
                Ok(true) => return Ok(file),
                Ok(false) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed("open")(error)),
            }
        }
    }

    fn set_aside(&self, file: &fs::File) -> io::Result<()> {
        match self.names(file) {
            Ok(true) => fs::rename(&self.path, self.next_aside()?),
            Ok(false) => Err(io::Error::other("another file has taken its place")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn create(&self) -> io::Result<fs::File> {
        let file = options().create_new(true).open(&self.path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(file)
    }

    fn discard(&self, file: fs::File) {
        // Its lock is ours: while it is empty, nobody has put anything there.
        if File::len(&file).is_ok_and(|len| len == 0) {
            let _left_behind = fs::remove_file(&self.path);
        }
    }

    fn sync_names(&self) -> io::Result<()> {
        fs::File::open(self.folder())?.sync_all()
    }
}

impl File for fs::File {
    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn renew_end(&mut self, len: u64) -> io::Result<bool> {
        let mut last = [0];
        self.read_exact_at(&mut last, len.saturating_sub(1))?;
        if last != *b"\n" {
            return Ok(false);
        }
        // Linux appends whatever offset a file opened to append is given.
        fcntl_setfl(&*self, OFlags::empty())?;
        let written = self.write_all_at(&last, len.saturating_sub(1));
        fcntl_setfl(&*self, OFlags::APPEND)?;
        written.map(|()| true)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}
