//! Finding the committed files of a table.

use super::committed::pending;
use super::{FileEntry, JournalKind, Lake, LakeError};
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
    /// Where its bytes are at this moment.
    pub place: PathBuf,
}

impl Lake {
    /// The committed files of a table, by (first event time, path).
    ///
    /// # Errors
    /// When a manifest cannot be used or a file is missing.
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
                    let place = self.place(&entry)?;
                    found.push(LakeFile { kind, owner: owner.clone(), entry, place });
                }
            }
        }
        found.sort_by(|a, b| (a.entry.min_ts, &a.entry.path).cmp(&(b.entry.min_ts, &b.entry.path)));
        Ok(found)
    }

    /// Where a committed file's bytes are: under its final name, or still under its first one
    /// when the process died between commit and renaming.
    ///
    /// # Errors
    /// When it is under neither.
    pub fn place(&self, entry: &FileEntry) -> Result<PathBuf, LakeError> {
        let names = [entry.path.clone(), pending(&entry.path), entry.path.clone()];
        // The final name twice: the file may be renamed between two looks.
        let found = names.iter().find(|name| self.store.exists(name));
        found
            .map(|name| self.store.locate(name))
            .ok_or_else(|| LakeError::MissingFile(entry.path.clone()))
    }
}
