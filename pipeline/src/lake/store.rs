//! The few file operations that the lake is built from; an object store can come behind them.
//!
//! Paths are relative to the lake, with `/`. Nothing is ever overwritten, and what a call has
//! created survives a power cut once the call has returned.

use super::LakeError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A directory as a store of files.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: PathBuf,
}

/// A number that this process gives out once, with its id: a name that no other file has.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Store {
    /// The store at a path or `file://` address; nothing is created yet.
    pub(crate) fn open(url: &str) -> Result<Store, LakeError> {
        let path = url.strip_prefix("file://").unwrap_or(url);
        if path.is_empty() || path.contains("://") {
            return Err(LakeError::Unsupported(url.to_owned()));
        }
        Ok(Store { root: path.into() })
    }

    /// Where it lies.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The file's place in the file system.
    pub(crate) fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Creates a file with this content unless there is one: `false` when there was.
    pub(crate) fn put_new(&self, path: &str, bytes: &[u8]) -> Result<bool, LakeError> {
        let (folder, _) = path.rsplit_once('/').expect("a path in the lake has a folder");
        self.make_folder(folder)?;
        let draft = self.locate(&format!("{folder}/.draft-{}", unique()));
        let target = self.locate(path);
        let written = File::create_new(&draft)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        // A link is created exclusively and with its whole content, which no rename can promise.
        let linked = written.and_then(|()| fs::hard_link(&draft, &target));
        let removed = fs::remove_file(&draft);
        match linked {
            Ok(()) => removed.map_err(|error| LakeError::io(&draft, error))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(LakeError::io(&target, error)),
        }
        self.sync_folder(folder)?;
        Ok(true)
    }

    /// Creates a file of this content under a name that no one else uses.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), LakeError> {
        let mut file = self.create(path)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(|e| LakeError::io(self.locate(path), e))?;
        let (folder, _) = path.rsplit_once('/').expect("a path in the lake has a folder");
        self.sync_folder(folder)
    }

    /// The size of a file; `None` when there is none.
    pub(crate) fn size(&self, path: &str) -> Result<Option<u64>, LakeError> {
        absent_is_none(fs::metadata(self.locate(path)))
            .map(|found| found.map(|m| m.len()))
            .map_err(|e| LakeError::io(self.locate(path), e))
    }

    /// Opens a new file for writing; the writer syncs it.
    pub(crate) fn create(&self, path: &str) -> Result<File, LakeError> {
        let (folder, _) = path.rsplit_once('/').expect("a path in the lake has a folder");
        self.make_folder(folder)?;
        File::create_new(self.locate(path)).map_err(|e| LakeError::io(self.locate(path), e))
    }

    /// Opens a file that stays where it is and is locked rather than written.
    pub(crate) fn open_lock(&self, path: &str) -> Result<File, LakeError> {
        let (folder, _) = path.rsplit_once('/').expect("a path in the lake has a folder");
        self.make_folder(folder)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        options.open(self.locate(path)).map_err(|e| LakeError::io(self.locate(path), e))
    }

    /// A file's content; `None` when there is no such file.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LakeError> {
        absent_is_none(fs::read(self.locate(path))).map_err(|e| LakeError::io(self.locate(path), e))
    }

    /// Is there such a file or folder?
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.locate(path).exists()
    }

    /// The names in a folder, sorted; none when there is no such folder.
    pub(crate) fn list(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let fail = |e| LakeError::io(self.locate(folder), e);
        let Some(entries) = absent_is_none(fs::read_dir(self.locate(folder))).map_err(fail)? else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in entries {
            // Names that are no Unicode are none of ours.
            names.extend(entry.map_err(fail)?.file_name().into_string().ok());
        }
        names.sort();
        Ok(names)
    }

    /// Removes a file; one that is not there is removed already.
    pub(crate) fn remove(&self, path: &str) -> Result<(), LakeError> {
        absent_is_none(fs::remove_file(self.locate(path)))
            .map(|_| ())
            .map_err(|e| LakeError::io(self.locate(path), e))
    }

    /// Removes a folder if it is empty.
    pub(crate) fn remove_empty(&self, folder: &str) {
        // Not being empty is the usual case and no error.
        let _ = fs::remove_dir(self.locate(folder));
    }

    /// Renames a file within its folder; `false` when it is not there (someone else was faster).
    /// The caller syncs the folder.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError> {
        absent_is_none(fs::rename(self.locate(from), self.locate(to)))
            .map(|done| done.is_some())
            .map_err(|e| LakeError::io(self.locate(from), e))
    }

    /// Makes names that were created in a folder durable.
    pub(crate) fn sync_folder(&self, folder: &str) -> Result<(), LakeError> {
        sync(&self.locate(folder))
    }

    fn make_folder(&self, folder: &str) -> Result<(), LakeError> {
        let path = self.locate(folder);
        if path.is_dir() {
            return Ok(());
        }
        let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.is_dir()).collect();
        fs::create_dir_all(&path).map_err(|e| LakeError::io(&path, e))?;
        // A folder is an entry of its parent: sync from the top down.
        for made in missing.iter().rev() {
            match made.parent() {
                Some(parent) if parent.as_os_str().is_empty() => sync(Path::new("."))?,
                Some(parent) => sync(parent)?,
                None => {}
            }
        }
        Ok(())
    }
}

fn sync(folder: &Path) -> Result<(), LakeError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| LakeError::io(folder, e))
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
