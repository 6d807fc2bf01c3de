//! Finding the committed files of a table.

use super::committed::pending;
use super::{DataFile, FileEntry, JournalKind, Lake, LakeError};
use schemas::{EventTime, Table};
use std::path::PathBuf;

/// Which files of a table are wanted. Dates are compared as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileFilter {
    /// Only of this run or recording.
    pub owner: Option<(JournalKind, String)>,
    /// Only this venue's (market tables).
    pub venue: Option<String>,
    /// Only rows from here on.
    pub from: Option<EventTime>,
    /// Only rows before.
    pub to: Option<EventTime>,
}

/// A committed file and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LakeFile {
    /// Run or recording.
    pub kind: JournalKind,
    /// Its name.
    pub owner: String,
    /// The file.
    pub entry: FileEntry,
}

impl Lake {
    /// The committed files of a table, by (first event time, path).
    ///
    /// # Errors
    /// When a manifest cannot be used.
    pub fn files(&self, table: Table, filter: &FileFilter) -> Result<Vec<LakeFile>, LakeError> {
        let mut found = Vec::new();
        for journal in self.committed()? {
            let mine = |(kind, name): &(JournalKind, String)| {
                (*kind, name) == (journal.kind, &journal.name)
            };
            if !filter.owner.as_ref().is_none_or(mine) {
                continue;
            }
            let (kind, owner) = (journal.kind, &journal.name);
            for entry in journal.files.into_iter().filter(|e| e.table == table) {
                let venue = filter.venue.as_deref().is_none_or(|v| entry.key("venue") == Some(v));
                let late = filter.from.is_none_or(|from| entry.max_ts >= from);
                let early = filter.to.is_none_or(|to| entry.min_ts < to);
                if venue && late && early {
                    found.push(LakeFile { kind, owner: owner.clone(), entry });
                }
            }
        }
        found.sort_by(|a, b| (a.entry.min_ts, &a.entry.path).cmp(&(b.entry.min_ts, &b.entry.path)));
        Ok(found)
    }

    /// Opens a committed file, under its final name, or under its first one when the process died
    /// between commit and renaming.
    ///
    /// # Errors
    /// When it is under neither, or cannot be read.
    pub fn open_file(&self, entry: &FileEntry) -> Result<DataFile, LakeError> {
        for name in names(&entry.path) {
            if let Some(file) = self.store.open(&name)? {
                return Ok(file);
            }
        }
        Err(LakeError::MissingFile(entry.path.clone()))
    }

    /// Where a committed file of a lake on a disk lies at this moment.
    ///
    /// # Errors
    /// When it is under neither of its names.
    ///
    /// # Panics
    /// When the lake is in an object store.
    pub fn place(&self, entry: &FileEntry) -> Result<PathBuf, LakeError> {
        let found = names(&entry.path).into_iter().map(|name| self.root().join(name));
        let missing = || LakeError::MissingFile(entry.path.clone());
        found.into_iter().find(|place| place.exists()).ok_or_else(missing)
    }
}

/// The names to try. The final one twice: the file may be renamed between two looks.
fn names(path: &str) -> [String; 3] {
    [path.to_owned(), pending(path), path.to_owned()]
}
