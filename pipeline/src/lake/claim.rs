//! Taking a run or recording for this process: the name, the lock, the claim.

use super::committed::{generation_path, journal_path, tombstone};
use super::error::check_name;
use super::journal::{Head, Site, pretty};
use super::manifest::{Epoch, Generation, MANIFEST_VERSION};
use super::{Journal, JournalKind, Lake, LakeError};
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
        self.begin(kind, name, job, job_digest, lock)
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
        self.begin(kind, id, job, digest, lock).map(Some)
    }

    /// Claims the next generation: from here on an older process can commit nothing.
    pub(crate) fn claim(
        &self,
        kind: JournalKind,
        name: &str,
        job: &str,
        job_digest: Digest,
    ) -> Result<u64, LakeError> {
        let journal = journal_path(kind, name);
        self.probe(&journal)?;
        let newest = self.numbers(&format!("{journal}/generations"))?.pop();
        let generation = newest.unwrap_or(0) + 1;
        let build = env!("CARGO_PKG_VERSION").to_owned();
        let version = MANIFEST_VERSION;
        let claim = Generation { version, generation, job: job.into(), job_digest, build };
        if !self.store.put_new(&generation_path(&journal, generation), &pretty(&claim))? {
            return Err(alive(kind, name));
        }
        Ok(generation)
    }

    /// Refuses a store on which two processes could create the same epoch.
    fn probe(&self, journal: &str) -> Result<(), LakeError> {
        let path = format!("{journal}/probe-{}", super::store::unique());
        let first = self.store.put_new(&path, b"")?;
        let second = self.store.put_new(&path, b"")?;
        self.store.remove(&path)?;
        match (first, second) {
            (true, false) => Ok(()),
            _ => Err(LakeError::NotExclusive(self.store.root().display().to_string())),
        }
    }

    /// A journal without a commit, whose former files are gone.
    fn begin(
        &self,
        kind: JournalKind,
        name: &str,
        job: &str,
        job_digest: Digest,
        lock: File,
    ) -> Result<Journal, LakeError> {
        self.delete_journal(kind, name)?;
        let generation = self.claim(kind, name, job, job_digest)?;
        let head = Head { next: 1, ..Head::default() };
        Ok(self.journal(kind, name, (job, job_digest), generation, head, None, lock))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a journal, put together here only")]
    pub(crate) fn journal(
        &self,
        kind: JournalKind,
        name: &str,
        (job, job_digest): (&str, Digest),
        generation: u64,
        head: Head,
        resumed: Option<Epoch>,
        lock: File,
    ) -> Journal {
        let site = Arc::new(Site {
            lake: self.clone(),
            kind,
            name: name.to_owned(),
            generation,
            mark: mark(&journal_path(kind, name)),
            resumed: resumed.as_ref().map(|e| (e.epoch, e.parent)),
        });
        let job = job.to_owned();
        Journal { site, job, job_digest, head, resumed, facts: None, _lock: lock }
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

    /// Takes the journal once the process that holds it has found out that it must stop.
    pub(crate) fn wait_for_lock(&self, kind: JournalKind, name: &str) -> Result<File, LakeError> {
        for _ in 0..TAKE_OVER_TRIES {
            match self.lock(kind, name) {
                Err(LakeError::Alive { .. }) => {}
                lock => return lock,
            }
        }
        self.lock(kind, name)
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

/// How often a lock is asked for that its holder is to give up at its next commit; each time
/// takes 40 milliseconds.
const TAKE_OVER_TRIES: usize = 1500;

pub(crate) fn alive(kind: JournalKind, name: &str) -> LakeError {
    LakeError::Alive { what: kind.as_str(), name: name.to_owned() }
}

/// Marks the files of a journal.
pub(crate) fn mark(journal: &str) -> String {
    format!("{:016x}", Digest::of(journal.as_bytes()).0 as u64)
}
