//! The system calls that change a directory, each of which can fail: tests make them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

#[cfg(test)]
use super::faults::{Change, Faults};
#[cfg(test)]
use std::sync::Arc;

/// Makes the calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    #[cfg(test)]
    pub(crate) faults: Option<Arc<Faults>>,
}

impl Calls {
    pub(crate) fn create(&self, path: &Path) -> io::Result<File> {
        self.call(|| {
            let file = File::create_new(path)?;
            #[cfg(test)]
            self.made(|| Change::Created(path.into(), file.try_clone().ok()));
            Ok(file)
        })
    }

    pub(crate) fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        self.call(|| file.write(bytes))
    }

    pub(crate) fn sync(&self, file: &File, _path: &Path) -> io::Result<()> {
        self.call(|| {
            #[cfg(test)]
            if self.made(|| Change::Synced(_path.into())) {
                return Ok(());
            }
            file.sync_all()
        })
    }

    pub(crate) fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(|| {
            fs::hard_link(from, to)?;
            #[cfg(test)]
            self.made(|| Change::Linked(to.into()));
            Ok(())
        })
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(|| {
            fs::rename(from, to)?;
            #[cfg(test)]
            self.made(|| Change::Renamed(from.into(), to.into()));
            Ok(())
        })
    }

    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        self.call(|| {
            #[cfg(test)]
            self.made(|| Change::Removed(path.into(), fs::read(path).ok()));
            fs::remove_file(path)
        })
    }

    pub(crate) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.call(|| fs::remove_dir(path))
    }

    pub(crate) fn make_folders(&self, path: &Path) -> io::Result<()> {
        self.call(|| {
            #[cfg(test)]
            for made in path.ancestors().filter(|made| !made.is_dir()) {
                self.made(|| Change::MadeFolder(made.into()));
            }
            fs::create_dir_all(path)
        })
    }

    pub(crate) fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.call(|| {
            #[cfg(test)]
            if self.made(|| Change::SyncedFolder(path.into())) {
                return Ok(());
            }
            File::open(path).and_then(|folder| folder.sync_all())
        })
    }

    #[cfg(not(test))]
    fn call<T>(&self, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        call()
    }

    #[cfg(test)]
    fn call<T>(&self, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match &self.faults {
            Some(faults) => faults.call(call),
            None => call(),
        }
    }

    #[cfg(test)]
    fn made(&self, change: impl FnOnce() -> Change) -> bool {
        if let Some(faults) = &self.faults {
            faults.made(change());
        }
        self.faults.is_some()
    }
}
