//! A journal under the pen of this process: claimed, locked, committed epoch by epoch.

use super::committed::{epoch_path, generation_path, journal_path, pending, tombstone};
use super::error::check_name;
use super::manifest::{Epoch, Facts, FileEntry, Generation, MANIFEST_VERSION, TableTotal};
use super::{JournalKind, Lake, LakeError};
use schemas::{Digest, EventTime, Table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::Duration;

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
    site: Arc<Site>,
    job: String,
    job_digest: Digest,
    parent: Option<(u64, Digest)>,
    tables: BTreeMap<Table, TableTotal>,
    facts: Option<Facts>,
    _lock: File,
}

impl Lake {
    /// Starts a run. A former run of this name is deleted if it is of the same job (it would
    /// hold the same rows), has committed nothing, or `replace` says so.
    ///
    /// # Errors
    /// When the name is no name, is being written by another process, or holds the results of
    /// another job.
    pub fn start_run(
        &self,
        name: &str,
        job: &str,
        job_digest: Digest,
        replace: bool,
    ) -> Result<Journal, LakeError> {
        let kind = JournalKind::Run;
        let lock = self.lock(kind, name)?;
        let journal = journal_path(kind, name);
        if !replace && !self.store.exists(&tombstone(&journal)) {
            let claim = self.newest_claim(&journal)?.filter(|c| c.job_digest != job_digest);
            let started = !self.numbers(&format!("{journal}/epochs"))?.is_empty();
            if let Some(Generation { job, .. }) = claim.filter(|_| started) {
                return Err(LakeError::OtherJob { name: name.to_owned(), job });
            }
        }
        self.delete_journal(kind, name)?;
        self.claim(kind, name, job, job_digest, lock)
    }

    /// Goes on with a run after its newest epoch; what was not committed is gone.
    ///
    /// # Errors
    /// As [`Lake::start_run`]; and when a manifest cannot be used.
    pub fn resume_run(
        &self,
        name: &str,
        job: &str,
        job_digest: Digest,
    ) -> Result<Journal, LakeError> {
        let kind = JournalKind::Run;
        let lock = self.lock(kind, name)?;
        self.repair_journal(kind, name, &mut super::RepairReport::default())?;
        let former = self.newest_claim(&journal_path(kind, name))?;
        if let Some(former) = former.filter(|f| f.job_digest != job_digest) {
            return Err(LakeError::OtherJob { name: name.to_owned(), job: former.job });
        }
        self.claim(kind, name, job, job_digest, lock)
    }

    /// Starts a recording of input with this digest. `None` when the lake has it already: the
    /// same data twice changes nothing. One that did not come to its end is made anew.
    ///
    /// # Errors
    /// When the id is no name, is being written by another process, or holds other data.
    pub fn start_recording(
        &self,
        id: &str,
        job: &str,
        digest: Digest,
    ) -> Result<Option<Journal>, LakeError> {
        let kind = JournalKind::Recording;
        let lock = self.lock(kind, id)?;
        if let Some(former) = self.committed_in(kind, id)?.filter(|r| r.is_complete()) {
            let same = former.newest.job_digest == digest;
            return if same { Ok(None) } else { Err(LakeError::OtherData(id.to_owned())) };
        }
        self.delete_journal(kind, id)?;
        self.claim(kind, id, job, digest, lock).map(Some)
    }

    fn claim(
        &self,
        kind: JournalKind,
        name: &str,
        job: &str,
        job_digest: Digest,
        lock: File,
    ) -> Result<Journal, LakeError> {
        let journal = journal_path(kind, name);
        let before = self.committed_in(kind, name)?;
        let generation = self.newest_claim(&journal)?.map_or(1, |c| c.generation + 1);
        let build = env!("CARGO_PKG_VERSION").to_owned();
        let version = MANIFEST_VERSION;
        let claim = Generation { version, generation, job: job.into(), job_digest, build };
        if !self.store.put_new(&generation_path(&journal, generation), &pretty(&claim))? {
            return Err(alive(kind, name));
        }
        let parent = before.as_ref().map(|b| (b.newest.epoch, b.digest));
        let first_epoch = parent.map_or(1, |(n, _)| n + 1);
        let (lake, name, mark) = (self.clone(), name.to_owned(), mark(&journal));
        let site = Arc::new(Site { lake, kind, name, generation, first_epoch, mark });
        let tables = before.map(|b| b.newest.tables).unwrap_or_default();
        let job = job.to_owned();
        Ok(Journal { site, job, job_digest, parent, tables, facts: None, _lock: lock })
    }

    /// Takes the journal for this process. The lock file stays for ever: whoever removed it
    /// could leave two processes each with a lock of its own.
    pub(crate) fn lock(&self, kind: JournalKind, name: &str) -> Result<File, LakeError> {
        check_name(kind.as_str(), name)?;
        let path = format!("{}/lock", journal_path(kind, name));
        let file = self.store.open_lock(&path)?;
        // A look at whether the journal is alive holds the lock for a moment: try some times.
        for _ in 0..20 {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
                Err(TryLockError::Error(e)) => {
                    return Err(LakeError::io(self.store.locate(&path), e));
                }
            }
        }
        Err(alive(kind, name))
    }

    /// Does a process write the journal at this moment?
    pub(crate) fn is_alive(&self, kind: JournalKind, name: &str) -> Result<bool, LakeError> {
        let path = format!("{}/lock", journal_path(kind, name));
        if !self.store.exists(&path) {
            return Ok(false);
        }
        match self.store.open_lock(&path)?.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(e)) => Err(LakeError::io(self.store.locate(&path), e)),
        }
    }
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

pub(crate) fn alive(kind: JournalKind, name: &str) -> LakeError {
    LakeError::Alive { what: kind.as_str(), name: name.to_owned() }
}

/// Marks the files of a journal.
pub(crate) fn mark(journal: &str) -> String {
    format!("{:016x}", Digest::of(journal.as_bytes()).0 as u64)
}

fn pretty(manifest: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(manifest).expect("manifests are plain data");
    bytes.push(b'\n');
    bytes
}
