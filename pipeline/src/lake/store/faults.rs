//! A disk that fails or dies at a chosen call, and what a power cut leaves of it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process dies after the call, that is before the next one.
    Dies,
    /// The call says that the disk is full, and does nothing.
    Full,
    /// The call says so, but was done.
    LostAnswer,
}

/// What was done to the disk.
#[derive(Debug)]
pub(crate) enum Change {
    Created(PathBuf, Option<File>),
    MadeFolder(PathBuf),
    Synced(PathBuf),
    Linked(PathBuf),
    Renamed(PathBuf, PathBuf),
    /// With what the file held.
    Removed(PathBuf, Option<Vec<u8>>),
    SyncedFolder(PathBuf),
}

/// Counts the calls and makes one of them fail.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: u64,
    fault: Option<(u64, Fault)>,
    dead: bool,
    /// Files whose content is not durable yet.
    unwritten: Vec<(PathBuf, File)>,
    /// Changes of folders that are not durable yet.
    unsynced: Vec<Change>,
}

impl Faults {
    /// The fault happens at the call of this number, from 1.
    pub(crate) fn at(call: u64, fault: Fault) -> Faults {
        let state = State { fault: Some((call, fault)), ..State::default() };
        Faults { state: Mutex::new(state) }
    }

    /// Calls so far.
    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Has the process died?
    pub(crate) fn dead(&self) -> bool {
        self.state().dead
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }

    pub(crate) fn call<T>(&self, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let dead = || Err(io::Error::other("the process is dead"));
        let fault = {
            let mut state = self.state();
            if state.dead {
                return dead();
            }
            state.calls += 1;
            let now = state.calls;
            state.fault.filter(|(at, _)| *at == now).map(|(_, fault)| fault)
        };
        match fault {
            None => call(),
            Some(Fault::Full) => Err(io::Error::from_raw_os_error(28)),
            Some(Fault::LostAnswer) => call().and(Err(io::Error::from_raw_os_error(28))),
            Some(Fault::Dies) => {
                let _ = call();
                self.state().dead = true;
                dead()
            }
        }
    }

    pub(crate) fn made(&self, change: Change) {
        let mut state = self.state();
        match change {
            Change::Created(path, file) => {
                state.unwritten.extend(file.map(|file| (path.clone(), file)));
                state.unsynced.push(Change::Created(path, None));
            }
            Change::Synced(path) => state.unwritten.retain(|(other, _)| *other != path),
            Change::SyncedFolder(folder) => {
                state.unsynced.retain(|change| change.folder() != Some(&folder));
            }
            change => state.unsynced.push(change),
        }
    }

    /// Takes back what was not made durable: each change, or each other one as `seed` says.
    pub(crate) fn power_cut(&self, seed: u64) {
        let mut state = self.state();
        let mut random = seed;
        let mut lost = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
            seed == 0 || random >> 63 == 1
        };
        for (_, file) in state.unwritten.drain(..) {
            if lost() {
                let _ = file.set_len(0);
            }
        }
        while let Some(change) = state.unsynced.pop() {
            if lost() {
                change.undo();
            }
        }
    }
}

impl Change {
    fn folder(&self) -> Option<&Path> {
        match self {
            Change::Created(path, _)
            | Change::Linked(path)
            | Change::Removed(path, _)
            | Change::MadeFolder(path)
            | Change::Renamed(_, path)
            | Change::Synced(path) => path.parent(),
            Change::SyncedFolder(_) => None,
        }
    }

    fn undo(self) {
        // What later changes made impossible is not to be undone.
        let _ = match self {
            Change::Created(path, _) | Change::Linked(path) => fs::remove_file(path),
            Change::MadeFolder(path) => fs::remove_dir_all(path),
            Change::Renamed(from, to) => fs::rename(to, from),
            Change::Removed(path, Some(bytes)) => {
                File::create_new(path).and_then(|mut f| io::Write::write_all(&mut f, &bytes))
            }
            _ => Ok(()),
        };
    }
}
