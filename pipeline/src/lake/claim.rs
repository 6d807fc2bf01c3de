//! Taking a run or recording for this process: the name, the lock, the claim.

use super::committed::{generation_path, journal_path, tombstone};
use super::error::check_name;
use super::journal::{Site, pretty};
use super::manifest::{Generation, MANIFEST_VERSION};
use super::{Journal, JournalKind, Lake, LakeError, RepairReport};
use schemas::Digest;
use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::Duration;

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
        let mine = self.marked_files()?.remove(&mark(&journal_path(kind, name)));
        let mut report = RepairReport::default();
        self.repair_journal(kind, name, mine.unwrap_or_default(), &mut report)?;
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
                #[expect(clippy::disallowed_methods, reason = "no worker runs yet")]
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

pub(crate) fn alive(kind: JournalKind, name: &str) -> LakeError {
    LakeError::Alive { what: kind.as_str(), name: name.to_owned() }
}

/// Marks the files of a journal.
pub(crate) fn mark(journal: &str) -> String {
    format!("{:016x}", Digest::of(journal.as_bytes()).0 as u64)
}
