//! Reading what is committed: journals and their chains of epochs.

use super::manifest::{Ended, Epoch, FileEntry, Generation, MANIFEST_VERSION, TableTotal};
use super::{Facts, Lake, LakeError};
use schemas::{Digest, Table};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// What a journal is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JournalKind {
    /// A run: results.
    Run,
    /// A recording: market data.
    Recording,
}

impl JournalKind {
    /// Both.
    pub const ALL: [JournalKind; 2] = [JournalKind::Run, JournalKind::Recording];

    /// As it stands in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            JournalKind::Run => "run",
            JournalKind::Recording => "recording",
        }
    }

    /// The folder of all journals of the kind.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            JournalKind::Run => "_runs",
            JournalKind::Recording => "_recordings",
        }
    }
}

/// A run or recording as its newest epoch and that epoch's ancestors describe it.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// Run or recording.
    pub kind: JournalKind,
    /// Its name.
    pub name: String,
    /// The newest epoch.
    pub newest: Epoch,
    /// The digest of its manifest: what the next epoch names as its parent's.
    pub digest: Digest,
    /// All files, by table, event time and path.
    pub files: Vec<FileEntry>,
    /// What a recording knows of its sources and instruments.
    pub facts: Facts,
    /// The newest savepoint that was met on the way to the epoch that lists all files.
    pub savepoint: Option<u64>,
    /// Epochs since the one that lists all files, that one included.
    pub(crate) length: u64,
}

impl Committed {
    /// Rows and digest of each table.
    pub fn tables(&self) -> &BTreeMap<Table, TableTotal> {
        &self.newest.tables
    }

    /// Did it come to its end?
    pub fn is_complete(&self) -> bool {
        self.newest.complete
    }
}

impl Lake {
    /// Everything committed, runs first, by name. Runs without a committed epoch are not there.
    ///
    /// # Errors
    /// When a manifest cannot be read or was changed.
    pub fn committed(&self) -> Result<Vec<Committed>, LakeError> {
        let mut all = Vec::new();
        for kind in JournalKind::ALL {
            for name in self.journals(kind)? {
                all.extend(self.committed_in(kind, &name)?);
            }
        }
        Ok(all)
    }

    /// One run or recording; `None` when nothing of it is committed.
    ///
    /// # Errors
    /// When its name or a manifest cannot be used.
    pub fn committed_in(
        &self,
        kind: JournalKind,
        name: &str,
    ) -> Result<Option<Committed>, LakeError> {
        super::error::check_name(kind.as_str(), name)?;
        let journal = journal_path(kind, name);
        if self.is_deleted(&journal)? {
            return Ok(None);
        }
        match self.numbers(&format!("{journal}/epochs"))?.pop() {
            Some(newest) => self.committed_at(kind, name, newest).map(Some),
            None => Ok(None),
        }
    }

    /// A run or recording as it stood at one of its epochs.
    pub(crate) fn committed_at(
        &self,
        kind: JournalKind,
        name: &str,
        epoch: u64,
    ) -> Result<Committed, LakeError> {
        let mut chain = self.chain(&journal_path(kind, name), epoch)?;
        let files = view(&chain);
        let facts = chain.iter().find_map(|(e, _)| e.facts.clone()).unwrap_or_default();
        let length = chain.len() as u64;
        let savepoint = chain.iter().find(|(e, _)| e.savepoint).map(|(e, _)| e.epoch);
        let (newest, digest) = chain.swap_remove(0);
        let name = name.to_owned();
        Ok(Committed { kind, name, newest, digest, files, facts, savepoint, length })
    }

    /// An epoch and its ancestors, newest first, to the first one that lists all files.
    pub(crate) fn chain(
        &self,
        journal: &str,
        mut number: u64,
    ) -> Result<Vec<(Epoch, Digest)>, LakeError> {
        let mut chain: Vec<(Epoch, Digest)> = Vec::new();
        loop {
            let path = epoch_path(journal, number);
            let (epoch, digest) = self.epoch(journal, number)?;
            match chain.last() {
                Some((child, _)) if child.parent_digest != Some(digest) => {
                    let expected = child.parent_digest.unwrap_or_default();
                    let child = epoch_path(journal, child.epoch);
                    return Err(LakeError::Digest { path, child, expected });
                }
                _ => {}
            }
            if epoch.epoch != number || epoch.parent.is_some_and(|parent| parent >= number) {
                let reason = "its number or its parent's is wrong".to_owned();
                return Err(LakeError::Manifest { path, reason });
            }
            let parent = epoch.parent.filter(|_| !epoch.base);
            chain.push((epoch, digest));
            match parent {
                Some(parent) => number = parent,
                None => return Ok(chain),
            }
        }
    }

    /// Is the journal being deleted?
    pub(crate) fn is_deleted(&self, journal: &str) -> Result<bool, LakeError> {
        Ok(self.store.size(&tombstone(journal))?.is_some())
    }

    /// Names of all journals of a kind, committed or not.
    pub(crate) fn journals(&self, kind: JournalKind) -> Result<Vec<String>, LakeError> {
        let mut names = self.store.list(kind.folder())?;
        names.retain(|name| super::error::check_name(kind.as_str(), name).is_ok());
        Ok(names)
    }

    /// A manifest with its digest.
    pub(crate) fn epoch(&self, journal: &str, number: u64) -> Result<(Epoch, Digest), LakeError> {
        self.read_manifest(&epoch_path(journal, number))
    }

    /// What a generation said when it ended.
    pub(crate) fn ended(&self, journal: &str, number: u64) -> Result<Option<Ended>, LakeError> {
        let path = ended_path(journal, number);
        match self.store.size(&path)? {
            Some(_) => Ok(Some(self.read_manifest(&path)?.0)),
            None => Ok(None),
        }
    }

    /// The newest claim of a journal.
    pub(crate) fn newest_claim(&self, journal: &str) -> Result<Option<Generation>, LakeError> {
        match self.numbers(&format!("{journal}/generations"))?.pop() {
            None => Ok(None),
            Some(n) => Ok(Some(self.read_manifest(&generation_path(journal, n))?.0)),
        }
    }

    /// The numbers N of the files `N.json` in a folder, ascending.
    pub(crate) fn numbers(&self, folder: &str) -> Result<Vec<u64>, LakeError> {
        let number = |name: String| name.strip_suffix(".json")?.parse().ok();
        let mut numbers: Vec<u64> =
            self.store.list(folder)?.into_iter().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn read_manifest<T: DeserializeOwned>(&self, path: &str) -> Result<(T, Digest), LakeError> {
        let unusable = |reason: String| LakeError::Manifest { path: path.to_owned(), reason };
        let bytes = self.store.read(path)?.ok_or_else(|| unusable("it is missing".to_owned()))?;
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|e| unusable(e.to_string()))?;
        if value["version"] != MANIFEST_VERSION {
            let found = &value["version"];
            return Err(unusable(format!("this program reads version 1, not version {found}")));
        }
        let manifest = serde_json::from_value(value).map_err(|e| unusable(e.to_string()))?;
        Ok((manifest, Digest::of(&bytes)))
    }
}

/// The files that a chain, newest epoch first, leaves to readers.
pub(crate) fn view(chain: &[(Epoch, Digest)]) -> Vec<FileEntry> {
    let mut files: BTreeMap<&str, &FileEntry> = BTreeMap::new();
    for (epoch, _) in chain.iter().rev() {
        for path in &epoch.removed {
            files.remove(path.as_str());
        }
        files.extend(epoch.files.iter().map(|file| (file.path.as_str(), file)));
    }
    let mut files: Vec<FileEntry> = files.into_values().cloned().collect();
    sort(&mut files);
    files
}

/// Puts files into the order of their rows.
pub(crate) fn sort(files: &mut [FileEntry]) {
    files.sort_by(|a, b| (a.table, a.min_ts, &a.path).cmp(&(b.table, b.min_ts, &b.path)));
}

pub(crate) fn journal_path(kind: JournalKind, name: &str) -> String {
    format!("{}/{name}", kind.folder())
}
pub(crate) fn generation_path(journal: &str, number: u64) -> String {
    format!("{journal}/generations/{number}.json")
}
pub(crate) fn ended_path(journal: &str, number: u64) -> String {
    format!("{journal}/ended/{number}.json")
}
pub(crate) fn epoch_path(journal: &str, number: u64) -> String {
    format!("{journal}/epochs/{number}.json")
}
/// Says that the journal is being deleted; readers then no longer see it.
pub(crate) fn tombstone(journal: &str) -> String {
    format!("{journal}/deleted")
}
/// The name of a file until it is committed: `**/*.parquet` does not match it.
pub(crate) fn pending(path: &str) -> String {
    format!("{path}.pending")
}
