//! A directory as a store.

use super::calls::Calls;
use super::{DataFile, NewFile, Store, unique};
use crate::lake::LakeError;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A directory as a store of files.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    url: String,
    root: PathBuf,
    pub(crate) calls: Calls,
}

impl Disk {
    pub(crate) fn new(url: &str, root: impl Into<PathBuf>) -> Disk {
        Disk { url: url.to_owned(), root: root.into(), calls: Calls::default() }
    }

    fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn make_folder(&self, folder: &str) -> Result<(), LakeError> {
        let path = self.locate(folder);
        if path.is_dir() {
            return Ok(());
        }
        let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.is_dir()).collect();
        self.calls.make_folders(&path).map_err(|e| LakeError::io(&path, e))?;
        // A folder is an entry of its parent: sync from the top down.
        for made in missing.iter().rev() {
            match made.parent() {
                Some(parent) if parent.as_os_str().is_empty() => self.sync(Path::new("."))?,
                Some(parent) => self.sync(parent)?,
                None => {}
            }
        }
        Ok(())
    }

    fn sync(&self, folder: &Path) -> Result<(), LakeError> {
        self.calls.sync_folder(folder).map_err(|e| LakeError::io(folder, e))
    }
}

impl Store for Disk {
    fn url(&self) -> &str {
        &self.url
    }

    fn root(&self) -> Option<&Path> {
        Some(&self.root)
    }

    fn objects(&self) -> object_store::Result<Arc<dyn ObjectStore>> {
        Ok(Arc::new(LocalFileSystem::new_with_prefix(&self.root)?))
    }

    fn is_there(&self) -> Result<bool, LakeError> {
        Ok(self.root.is_dir())
    }

    fn put_new(&self, path: &str, bytes: &[u8]) -> Result<bool, LakeError> {
        let folder = folder_of(path);
        self.make_folder(folder)?;
        let draft = self.locate(&format!("{folder}/.draft-{}", unique()));
        let target = self.locate(path);
        let mut file = self.calls.create(&draft).map_err(|e| LakeError::io(&draft, e))?;
        let written = Writing { calls: &self.calls, file: &mut file }
            .write_all(bytes)
            .and_then(|()| self.calls.sync(&file, &draft));
        // A link is created exclusively and with its whole content, which no rename can promise.
        let linked = written.and_then(|()| self.calls.link(&draft, &target));
        let removed = self.calls.remove(&draft);
        match linked {
            Ok(()) => removed.map_err(|error| LakeError::io(&draft, error))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(LakeError::io(&target, error)),
        }
        self.sync_folder(folder)?;
        Ok(true)
    }

    fn create(&self, path: &str) -> Result<Box<dyn NewFile>, LakeError> {
        self.make_folder(folder_of(path))?;
        let place = self.locate(path);
        let file = self.calls.create(&place).map_err(|e| LakeError::io(&place, e))?;
        Ok(Box::new(DiskFile { file, place, calls: self.calls.clone() }))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LakeError> {
        absent_is_none(fs::read(self.locate(path))).map_err(|e| LakeError::io(self.locate(path), e))
    }

    fn open(&self, path: &str) -> Result<Option<DataFile>, LakeError> {
        let place = self.locate(path);
        let file = absent_is_none(File::open(&place)).map_err(|e| LakeError::io(&place, e))?;
        let Some(file) = file else { return Ok(None) };
        let length = file.metadata().map_err(|e| LakeError::io(&place, e))?.len();
        Ok(Some(DataFile::new(file, length)))
    }

    fn size(&self, path: &str) -> Result<Option<u64>, LakeError> {
        absent_is_none(fs::metadata(self.locate(path)))
            .map(|found| found.map(|m| m.len()))
            .map_err(|e| LakeError::io(self.locate(path), e))
    }

    fn modified(&self, path: &str) -> Option<SystemTime> {
        fs::metadata(self.locate(path)).and_then(|m| m.modified()).ok()
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let fail = |e| LakeError::io(self.locate(folder), e);
        let entries = match fs::read_dir(self.locate(folder)) {
            // A file in the place of a folder has nothing in it either.
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(Vec::new()),
            entries => absent_is_none(entries).map_err(fail)?,
        };
        let Some(entries) = entries else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            // Names that are no Unicode are none of ours.
            names.extend(entry.map_err(fail)?.file_name().into_string().ok());
        }
        names.sort();
        Ok(names)
    }

    fn remove(&self, path: &str) -> Result<(), LakeError> {
        absent_is_none(self.calls.remove(&self.locate(path)))
            .map(|_| ())
            .map_err(|e| LakeError::io(self.locate(path), e))
    }

    fn remove_empty(&self, folder: &str) {
        // Not being empty is the usual case and no error.
        let _ = self.calls.remove_folder(&self.locate(folder));
    }

    fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError> {
        absent_is_none(self.calls.rename(&self.locate(from), &self.locate(to)))
            .map(|done| done.is_some())
            .map_err(|e| LakeError::io(self.locate(from), e))
    }

    fn sync_folder(&self, folder: &str) -> Result<(), LakeError> {
        self.sync(&self.locate(folder))
    }

    fn open_lock(&self, path: &str) -> Result<Option<File>, LakeError> {
        self.make_folder(folder_of(path))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = options.open(self.locate(path));
        file.map(Some).map_err(|e| LakeError::io(self.locate(path), e))
    }
}

/// A new file on the disk.
#[derive(Debug)]
struct DiskFile {
    file: File,
    place: PathBuf,
    calls: Calls,
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.write(&mut self.file, bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for DiskFile {
    fn finish(self: Box<Self>) -> Result<u64, LakeError> {
        let DiskFile { file, place, calls } = *self;
        let size = calls.sync(&file, &place).and_then(|()| file.metadata());
        let size = size.map_err(|e| LakeError::io(&place, e))?.len();
        let folder = place.parent().expect("a file in the lake has a folder");
        calls.sync_folder(folder).map_err(|e| LakeError::io(folder, e))?;
        Ok(size)
    }
}

struct Writing<'a> {
    calls: &'a Calls,
    file: &'a mut File,
}

impl Write for Writing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.write(self.file, bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').expect("a path in the lake has a folder").0
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
