//! A journal under the pen of this process: committed epoch by epoch.

use super::committed::{epoch_path, journal_path, pending};
use super::manifest::{Epoch, Facts, FileEntry, MANIFEST_VERSION, TableTotal};
use super::{JournalKind, Lake, LakeError};
use schemas::{Digest, EventTime, Table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::Arc;

/// What the writers of a journal need to know of it.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) lake: Lake,
    pub(crate) kind: JournalKind,
    pub(crate) name: String,
    pub(crate) generation: u64,
    pub(crate) first_epoch: u64,
    /// Marks the names of its files, so that those of a dead process can be told apart.
    pub(crate) mark: String,
}

/// A run or recording that this process writes. No other process can until it is dropped.
#[derive(Debug)]
pub struct Journal {
    pub(crate) site: Arc<Site>,
    pub(crate) job: String,
    pub(crate) job_digest: Digest,
    pub(crate) parent: Option<(u64, Digest)>,
    pub(crate) tables: BTreeMap<Table, TableTotal>,
    pub(crate) facts: Option<Facts>,
    /// Held until the journal is dropped.
    pub(crate) _lock: File,
}

impl Journal {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.site.name
    }

    /// The newest committed epoch; `None` before the first.
    pub fn epoch(&self) -> Option<u64> {
        self.parent.map(|(epoch, _)| epoch)
    }

    /// Rows and digest of each table, committed since the run began.
    pub fn tables(&self) -> &BTreeMap<Table, TableTotal> {
        &self.tables
    }

    /// What the recording knows of its sources and instruments: goes into the next epoch.
    pub fn set_facts(&mut self, facts: Facts) {
        self.facts = Some(facts);
    }

    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Commits the files of all writers as one epoch: afterwards readers see all of it, before
    /// nothing. `boundary`: rows with an earlier event time are complete.
    ///
    /// # Errors
    /// When another process took over, or the file system refuses. Nothing is committed then,
    /// unless the error came after the manifest was created; a new start finds out.
    pub fn commit(
        &mut self,
        boundary: EventTime,
        files: Vec<FileEntry>,
        complete: bool,
        summary: Option<serde_json::Value>,
    ) -> Result<&BTreeMap<Table, TableTotal>, LakeError> {
        let files = self.write_manifest(boundary, files, complete, summary)?;
        self.site.lake.publish(files.iter().map(|f| f.path.as_str()))?;
        Ok(&self.tables)
    }

    /// The commit itself; the files still have their first names.
    pub(crate) fn write_manifest(
        &mut self,
        boundary: EventTime,
        mut files: Vec<FileEntry>,
        complete: bool,
        summary: Option<serde_json::Value>,
    ) -> Result<Vec<FileEntry>, LakeError> {
        let Site { lake, kind, name, generation, .. } = &*self.site;
        let journal = journal_path(*kind, name);
        let newest = lake.numbers(&format!("{journal}/generations"))?.pop().unwrap_or(0);
        if newest != *generation {
            let name = name.clone();
            return Err(LakeError::Superseded { what: kind.as_str(), name, by: newest });
        }
        files.sort_by(|a, b| (a.table, a.min_ts, &a.path).cmp(&(b.table, b.min_ts, &b.path)));
        let mut tables = self.tables.clone();
        for file in &files {
            tables.entry(file.table).or_default().add(file.rows, file.digest);
        }
        let number = self.parent.map_or(1, |(parent, _)| parent + 1);
        let epoch = Epoch {
            version: MANIFEST_VERSION,
            epoch: number,
            parent: self.parent.map(|(parent, _)| parent),
            parent_digest: self.parent.map(|(_, digest)| digest),
            generation: *generation,
            boundary,
            job: self.job.clone(),
            job_digest: self.job_digest,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            complete,
            files,
            removed: Vec::new(),
            base: false,
            checkpoint: None,
            tables,
            summary,
            facts: self.facts.take(),
        };
        let (path, bytes) = (epoch_path(&journal, number), pretty(&epoch));
        // Equal bytes that are there already are this commit, made before a lost answer.
        if !lake.store.put_new(&path, &bytes)? && lake.store.read(&path)? != Some(bytes.clone()) {
            return Err(LakeError::Conflict(path));
        }
        self.parent = Some((number, Digest::of(&bytes)));
        self.tables = epoch.tables;
        Ok(epoch.files)
    }
}

impl Lake {
    /// Gives committed files their final names; returns those that did not have them yet.
    pub(crate) fn publish<'a>(
        &self,
        paths: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<String>, LakeError> {
        let (mut folders, mut renamed) = (BTreeSet::new(), Vec::new());
        for path in paths {
            if self.store.rename(&pending(path), path)? {
                folders.extend(path.rsplit_once('/').map(|(folder, _)| folder));
                renamed.push(path.to_owned());
            }
        }
        for folder in folders {
            self.store.sync_folder(folder)?;
        }
        Ok(renamed)
    }
}

/// A manifest's bytes.
pub(crate) fn pretty(manifest: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(manifest).expect("manifests are plain data");
    bytes.push(b'\n');
    bytes
}
