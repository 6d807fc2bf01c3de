//! A store that fails where a test asks for it, around the real one, so that the whole program
//! can be killed in the middle of its writes.
//!
//! `error` at `store.claim`, `store.manifest` and `store.read` is a store that does not answer; at
//! `store.claim_answer` and `store.manifest_answer` one that did what it was asked for and says
//! that it failed; at `store.write` a full disk. `error` at `store.cut_in_file`,
//! `store.cut_in_manifest` and `store.cut_after_rename` is a power cut: what was not synced is
//! undone, and the process dies.

use super::LakeError;
use super::store::{DataFile, NewFile, Store};
use crate::faults;
use object_store::ObjectStore;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

const NO_SPACE_LEFT: i32 = 28;

/// The store, and what of it a power cut would undo.
#[derive(Debug)]
pub(crate) struct Faulty {
    inner: Arc<dyn Store>,
    unsynced: Arc<Unsynced>,
}

#[derive(Debug, Default)]
struct Unsynced {
    /// Files that are being written.
    files: Mutex<BTreeSet<PathBuf>>,
    /// Old and new names.
    renamed: Mutex<Vec<(PathBuf, PathBuf)>>,
}

impl Faulty {
    /// Around a store.
    pub(crate) fn over(inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(Faulty { inner, unsynced: Arc::default() })
    }

    fn place(&self, path: &str) -> PathBuf {
        self.inner.root().map_or_else(PathBuf::new, |root| root.join(path))
    }
}

impl Unsynced {
    /// The power goes, if it is asked for here.
    fn cut(&self, point: &'static str) {
        if faults::hit(point).is_ok() {
            return;
        }
        // What is gone already need not be undone.
        for file in &*self.files.lock().expect("no holder panics") {
            let _ = File::options().write(true).open(file).and_then(|file| file.set_len(0));
        }
        for (from, to) in self.renamed.lock().expect("no holder panics").drain(..).rev() {
            let _ = std::fs::rename(to, from);
        }
        faults::die();
    }
}

fn fails(point: &'static str, path: &str) -> Result<(), LakeError> {
    faults::hit(point).map_err(|fault| LakeError::io(path, io::Error::other(fault)))
}

impl Store for Faulty {
    fn url(&self) -> &str {
        self.inner.url()
    }

    fn root(&self) -> Option<&Path> {
        self.inner.root()
    }

    fn objects(&self) -> object_store::Result<Arc<dyn ObjectStore>> {
        self.inner.objects()
    }

    fn is_there(&self) -> Result<bool, LakeError> {
        self.inner.is_there()
    }

    fn put_new(&self, path: &str, bytes: &[u8]) -> Result<bool, LakeError> {
        let points = match path {
            _ if path.contains("/epochs/") => ["store.manifest", "store.manifest_answer"],
            _ if path.contains("/generations/") => ["store.claim", "store.claim_answer"],
            _ => return self.inner.put_new(path, bytes),
        };
        fails(points[0], path)?;
        if path.contains("/epochs/") {
            self.unsynced.cut("store.cut_in_manifest");
        }
        let created = self.inner.put_new(path, bytes)?;
        fails(points[1], path)?;
        Ok(created)
    }

    fn create(&self, path: &str) -> Result<Box<dyn NewFile>, LakeError> {
        let file = self.inner.create(path)?;
        let (place, unsynced) = (self.place(path), Arc::clone(&self.unsynced));
        unsynced.files.lock().expect("no holder panics").insert(place.clone());
        Ok(Box::new(FaultyFile { file, place, unsynced }))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LakeError> {
        fails("store.read", path)?;
        self.inner.read(path)
    }

    fn open(&self, path: &str) -> Result<Option<DataFile>, LakeError> {
        self.inner.open(path)
    }

    fn size(&self, path: &str) -> Result<Option<u64>, LakeError> {
        self.inner.size(path)
    }

    fn modified(&self, path: &str) -> Option<SystemTime> {
        self.inner.modified(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        self.inner.list(folder)
    }

    fn grandchildren(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        self.inner.grandchildren(folder)
    }

    fn can_lock(&self) -> bool {
        self.inner.can_lock()
    }

    fn remove(&self, path: &str) -> Result<(), LakeError> {
        self.inner.remove(path)
    }

    fn remove_empty(&self, folder: &str) {
        self.inner.remove_empty(folder);
    }

    fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError> {
        let done = self.inner.rename(from, to)?;
        if done {
            let names = (self.place(from), self.place(to));
            self.unsynced.renamed.lock().expect("no holder panics").push(names);
            self.unsynced.cut("store.cut_after_rename");
        }
        Ok(done)
    }

    fn sync_folder(&self, folder: &str) -> Result<(), LakeError> {
        self.inner.sync_folder(folder)?;
        let place = self.place(folder);
        let mut renamed = self.unsynced.renamed.lock().expect("no holder panics");
        renamed.retain(|(_, to)| to.parent() != Some(&place));
        Ok(())
    }

    fn open_lock(&self, path: &str) -> Result<Option<File>, LakeError> {
        self.inner.open_lock(path)
    }
}

#[derive(Debug)]
struct FaultyFile {
    file: Box<dyn NewFile>,
    place: PathBuf,
    unsynced: Arc<Unsynced>,
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        faults::hit("store.write").map_err(|_| io::Error::from_raw_os_error(NO_SPACE_LEFT))?;
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl NewFile for FaultyFile {
    fn finish(self: Box<Self>) -> Result<u64, LakeError> {
        self.unsynced.cut("store.cut_in_file");
        let size = self.file.finish()?;
        self.unsynced.files.lock().expect("no holder panics").remove(&self.place);
        Ok(size)
    }
}
