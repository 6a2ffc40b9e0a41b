//! A disk that fails on demand, and that forgets what was not synced when its power fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::time::Duration;

use crate::destination::journal::OpenError;
use crate::destination::journal::disk::{Disk, File};

const PATH: &str = "/platter/events.jsonl";

/// What can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Op {
    Open,
    SetAside,
    Create,
    SyncNames,
    RenewEnd,
    Append,
    Sync,
    Truncate,
}

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The host: what was not synced is lost.
    Power,
    /// The process: its locks are free, and what it wrote is in the cache.
    Process,
}

#[derive(Clone, Debug)]
pub(super) struct Platter {
    state: Arc<Mutex<State>>,
    path: PathBuf,
}

/// Number 0 is PATH; the others are rotated.
type Names = BTreeMap<u32, usize>;

#[derive(Debug)]
struct State {
    inodes: Vec<Inode>,
    names: Names,
    /// What the names may be after the power failed: the durable ones first, then each change since.
    possible_names: Vec<Names>,
    chance: u64,
    trouble: u8,
    /// How many operations more work, and what ends then.
    end: Option<(u32, End)>,
    off: bool,
    fail_next: Vec<Op>,
    counts: BTreeMap<Op, usize>,
    opened: usize,
    gate: Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>,
}

#[derive(Debug, Default)]
struct Inode {
    cache: Vec<u8>,
    /// Which bytes of the cache the next sync will write.
    dirty: Vec<bool>,
    disk: Vec<u8>,
    locked: bool,
}

#[derive(Debug)]
pub(super) struct Handle {
    platter: Platter,
    inode: usize,
}

/// A sync that waits to be let go.
pub(super) struct Gate {
    entered: mpsc::Receiver<()>,
    leave: mpsc::Sender<()>,
}

impl Gate {
    pub(super) fn entered(&self) {
        // The limit ends a test that fails; it proves nothing.
        self.entered.recv_timeout(Duration::from_secs(10)).unwrap();
    }

    pub(super) fn leave(self) {
        self.leave.send(()).unwrap();
    }
}

impl Platter {
    pub(super) fn new(seed: u64) -> Self {
        let state = State {
            inodes: Vec::new(),
            names: Names::new(),
            possible_names: vec![Names::new()],
            chance: seed,
            trouble: 0,
            end: None,
            off: false,
            fail_next: Vec::new(),
            counts: BTreeMap::new(),
            opened: 0,
            gate: None,
        };
        Self { state: Arc::new(Mutex::new(state)), path: PathBuf::from(PATH) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn trouble(&self, chance: u8) {
        self.state().trouble = chance;
    }

    /// Ends the host or the process after so many operations more.
    pub(super) fn end_after(&self, operations: u32, end: End) {
        let mut state = self.state();
        state.end = Some((operations, end));
        if operations == 0 {
            state.end(end);
        }
    }

    pub(super) fn is_off(&self) -> bool {
        self.state().off
    }

    pub(super) fn start_again(&self) {
        let mut state = self.state();
        (state.off, state.end) = (false, None);
    }

    pub(super) fn fail_next(&self, op: Op) {
        self.state().fail_next.push(op);
    }

    pub(super) fn count(&self, op: Op) -> usize {
        self.state().counts.get(&op).copied().unwrap_or(0)
    }

    pub(super) fn opened(&self) -> usize {
        self.state().opened
    }

    pub(super) fn hold_next_sync(&self) -> Gate {
        let (entering, entered) = mpsc::channel();
        let (leave, leaving) = mpsc::channel();
        self.state().gate = Some((entering, leaving));
        Gate { entered, leave }
    }

    /// The files as a reader sees them, PATH first, then the rotated ones.
    pub(super) fn files(&self) -> BTreeMap<u32, String> {
        let state = self.state();
        let text = |inode: usize| String::from_utf8(state.inodes[inode].cache.clone()).unwrap();
        state.names.iter().map(|(name, inode)| (*name, text(*inode))).collect()
    }

    /// Every line of every file.
    pub(super) fn lines(&self) -> BTreeSet<Vec<u8>> {
        let state = self.state();
        let files = state.names.values().map(|inode| &state.inodes[*inode].cache);
        files.flat_map(|file| file.split_inclusive(|byte| *byte == b'\n')).map(<[u8]>::to_vec).collect()
    }
}

impl State {
    /// A number below `end`, from the seed.
    fn below(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Whether the operation works this time.
    fn begin(&mut self, op: Op) -> io::Result<()> {
        *self.counts.entry(op).or_default() += 1;
        if let Some((left, end)) = &mut self.end {
            *left = left.saturating_sub(1);
            if *left == 0 && !self.off {
                let end = *end;
                self.end(end);
            }
        }
        if self.off {
            return Err(io::Error::other("it has ended"));
        }
        let wanted = self.fail_next.iter().position(|next| *next == op).map(|found| self.fail_next.remove(found));
        if wanted.is_some() || self.below(256) < u64::from(self.trouble) {
            let full = if op == Op::Append { "no space left" } else { "input/output error" };
            return Err(io::Error::other(full));
        }
        Ok(())
    }

    /// Any part of what is dirty reaches the disk, at random.
    fn write_some(&mut self, inode: usize) {
        let length = self.inodes[inode].cache.len();
        for at in 0..length {
            if self.inodes[inode].dirty[at] && self.below(2) == 0 {
                let file = &mut self.inodes[inode];
                file.disk.resize(file.disk.len().max(at + 1), 0);
                file.disk[at] = file.cache[at];
            }
        }
    }

    fn end(&mut self, end: End) {
        self.off = true;
        self.inodes.iter_mut().for_each(|file| file.locked = false);
        if end == End::Power {
            self.lose_power();
        }
    }

    fn lose_power(&mut self) {
        for inode in 0..self.inodes.len() {
            self.write_some(inode);
            let file = &mut self.inodes[inode];
            file.cache.clone_from(&file.disk);
            file.dirty = vec![false; file.disk.len()];
        }
        let kept = self.below(self.possible_names.len() as u64) as usize;
        self.names = self.possible_names.swap_remove(kept);
        self.possible_names = vec![self.names.clone()];
    }

    fn named(&mut self) {
        self.possible_names.push(self.names.clone());
    }

    fn add(&mut self) -> usize {
        self.inodes.push(Inode::default());
        let inode = self.inodes.len() - 1;
        self.names.insert(0, inode);
        self.named();
        inode
    }
}

impl Disk for Platter {
    type File = Handle;

    fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self) -> Result<Handle, OpenError> {
        let mut state = self.state();
        let failed = |error| OpenError::Failed { doing: "open", path: self.path.clone(), error };
        state.begin(Op::Open).map_err(failed)?;
        let inode = match state.names.get(&0) {
            Some(inode) => *inode,
            None => state.add(),
        };
        if state.inodes[inode].locked {
            return Err(OpenError::Locked { path: self.path.clone() });
        }
        state.inodes[inode].locked = true;
        state.opened += 1;
        Ok(Handle { platter: self.clone(), inode })
    }

    fn set_aside(&self, file: &Handle) -> io::Result<()> {
        let mut state = self.state();
        state.begin(Op::SetAside)?;
        match state.names.get(&0) {
            None => Ok(()),
            Some(inode) if *inode == file.inode => {
                let next = state.names.keys().max().unwrap() + 1;
                state.names.remove(&0);
                state.names.insert(next, file.inode);
                state.named();
                Ok(())
            }
            Some(_) => Err(io::Error::other("another file")),
        }
    }

    fn create(&self) -> io::Result<Handle> {
        let mut state = self.state();
        state.begin(Op::Create)?;
        if state.names.contains_key(&0) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.add();
        state.inodes[inode].locked = true;
        Ok(Handle { platter: self.clone(), inode })
    }

    fn discard(&self, file: Handle) {
        let mut state = self.state();
        if !state.off && state.names.get(&0) == Some(&file.inode) {
            state.names.remove(&0);
            state.named();
        }
        // Dropping the file unlocks it, and takes this lock.
        drop(state);
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        state.begin(Op::SyncNames)?;
        state.possible_names = vec![state.names.clone()];
        Ok(())
    }
}

impl File for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.platter.state().inodes[self.inode].cache.len() as u64)
    }

    fn renew_end(&mut self, len: u64) -> io::Result<bool> {
        let mut state = self.platter.state();
        state.begin(Op::RenewEnd)?;
        let last = len as usize - 1;
        let file = &mut state.inodes[self.inode];
        let ends = file.cache[last] == b'\n';
        file.dirty[last] |= ends;
        Ok(ends)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.platter.state();
        let worked = state.begin(Op::Append);
        if state.off {
            return worked.map(|()| 0);
        }
        // A disk that fills up takes half of what it is given first.
        let (taken, answer) = match worked {
            Ok(()) => (bytes.len(), Ok(bytes.len())),
            Err(error) => (bytes.len() / 2, Err(error)),
        };
        let file = &mut state.inodes[self.inode];
        file.cache.extend_from_slice(&bytes[..taken]);
        file.dirty.resize(file.cache.len(), true);
        answer
    }

    fn sync(&mut self) -> io::Result<()> {
        let gate = self.platter.state().gate.take();
        if let Some((entering, leaving)) = gate {
            entering.send(()).unwrap();
            leaving.recv().unwrap();
        }
        let mut state = self.platter.state();
        let worked = state.begin(Op::Sync);
        if state.off {
            return worked;
        }
        if worked.is_err() {
            // As Linux does: what could not be written is clean from now on, and lost.
            state.write_some(self.inode);
            let file = &mut state.inodes[self.inode];
            file.dirty.fill(false);
            return worked;
        }
        let file = &mut state.inodes[self.inode];
        file.disk.resize(file.cache.len(), 0);
        for at in 0..file.cache.len() {
            if file.dirty[at] {
                file.disk[at] = file.cache[at];
            }
        }
        file.dirty.fill(false);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.platter.state();
        state.begin(Op::Truncate)?;
        let file = &mut state.inodes[self.inode];
        file.cache.truncate(len as usize);
        file.dirty.truncate(len as usize);
        Ok(())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Ok(mut state) = self.platter.state.lock() {
            state.inodes[self.inode].locked = false;
        }
    }
}
