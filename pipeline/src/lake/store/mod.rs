//! The few file operations that the lake is built from, on a disk or in an object store.
//!
//! Paths are relative to the lake, with `/`. Nothing is ever overwritten by other content, and
//! what a call has created survives a power cut once the call has returned.

mod calls;
mod data;
mod disk;
#[cfg(test)]
pub(crate) mod faults;
mod objects;

pub use data::DataFile;
pub(crate) use data::Ranges;
pub(crate) use disk::Disk;
pub(crate) use objects::Objects;

use super::LakeError;
use object_store::ObjectStore;
use std::fmt::Debug;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

/// A place for files.
pub(crate) trait Store: Debug + Send + Sync {
    /// Its address, as the user gave it.
    fn url(&self) -> &str;

    /// Its directory, if it is one.
    fn root(&self) -> Option<&Path>;

    /// Its files as DataFusion reads them, under their paths in the lake.
    fn objects(&self) -> object_store::Result<Arc<dyn ObjectStore>>;

    /// Is there anything at its address?
    fn is_there(&self) -> Result<bool, LakeError>;

    /// Creates a file with this content unless there is one: `false` when there was.
    fn put_new(&self, path: &str, bytes: &[u8]) -> Result<bool, LakeError>;

    /// Begins a file under a name that no one else uses.
    fn create(&self, path: &str) -> Result<Box<dyn NewFile>, LakeError>;

    /// A file's content; `None` when there is no such file.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LakeError>;

    /// Opens a file for reading parts of it; `None` when there is no such file.
    fn open(&self, path: &str) -> Result<Option<DataFile>, LakeError>;

    /// The size of a file; `None` when there is none.
    fn size(&self, path: &str) -> Result<Option<u64>, LakeError>;

    /// When a file was written; `None` when there is none or that is not known.
    fn modified(&self, path: &str) -> Option<SystemTime>;

    /// The names in a folder, sorted; none when there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<String>, LakeError>;

    /// Paths of the files three levels below a folder, sorted.
    fn grandchildren(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let mut paths = vec![folder.to_owned()];
        for _ in 0..3 {
            let mut below = Vec::new();
            for path in paths {
                let names = self.list(&path)?;
                below.extend(names.into_iter().map(|name| format!("{path}/{name}")));
            }
            paths = below;
        }
        Ok(paths)
    }

    /// Removes a file; one that is not there is removed already.
    fn remove(&self, path: &str) -> Result<(), LakeError>;

    /// Removes a folder if it is empty.
    fn remove_empty(&self, folder: &str);

    /// Gives a file another name in its folder; `false` when it is not there (someone else was
    /// faster). The caller syncs the folder.
    fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError>;

    /// Makes names that were created or removed in a folder durable.
    fn sync_folder(&self, folder: &str) -> Result<(), LakeError>;

    /// Can files be locked?
    fn can_lock(&self) -> bool {
        self.root().is_some()
    }

    /// Opens a file that stays where it is and is locked rather than written; `None` where files
    /// cannot be locked.
    fn open_lock(&self, path: &str) -> Result<Option<File>, LakeError>;
}

/// A file under construction.
pub(crate) trait NewFile: Write + Debug + Send {
    /// Makes it durable under its name; returns its size.
    fn finish(self: Box<Self>) -> Result<u64, LakeError>;
}

impl dyn Store {
    /// Creates a file of this content under a name that no one else uses.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), LakeError> {
        let mut file = self.create(path)?;
        file.write_all(bytes).map_err(|e| LakeError::io(path, e))?;
        file.finish().map(drop)
    }

    /// As `put_new`, but `true` also when the file holds this very content: then an earlier try
    /// succeeded whose answer was lost.
    pub(crate) fn put_mine(&self, path: &str, bytes: &[u8]) -> Result<bool, LakeError> {
        for _ in 0..PUT_TRIES {
            if self.put_new(path, bytes)? {
                return Ok(true);
            }
            // If it is not there: an object store that is busy says so in the same words.
            if let Some(found) = self.read(path)? {
                return Ok(found == bytes);
            }
        }
        Ok(false)
    }
}

/// How often a file is created again that is said to exist but does not.
const PUT_TRIES: usize = 8;

/// Opens the store at an address; nothing is created yet.
pub(crate) fn open(url: &str) -> Result<Arc<dyn Store>, LakeError> {
    let path = url.strip_prefix("file://").unwrap_or(url);
    if path.contains("://") {
        return Ok(Arc::new(Objects::open(url)?));
    }
    if path.is_empty() {
        return Err(LakeError::Unsupported(url.to_owned()));
    }
    Ok(Arc::new(Disk::new(url, path)))
}

/// A text that no other call returns, in this process or another: for names of files.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // Process ids repeat between machines that write to one object store.
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{:016x}-{number}", std::process::id(), *PROCESS)
}
