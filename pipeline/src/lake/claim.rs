//! Taking a run or recording for this process: the name, the lock, the claim.
//!
//! On a disk a lock says whether the process that writes a journal lives. An object store has no
//! locks: there a generation is taken for alive until it has written `ended/<G>.json`, and after
//! a crash it takes `--take-over` to go on.

use super::committed::{ended_path, generation_path, journal_path};
use super::error::check_name;
use super::history::{History, Upkeep};
use super::journal::{Head, Site, pretty};
use super::manifest::{Ended, Epoch, Generation, MANIFEST_VERSION};
use super::upkeep::Compactor;
use super::{Journal, JournalKind, Lake, LakeError};
use schemas::Digest;
use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::Duration;

/// What keeps other processes from writing a journal, until it is dropped.
#[derive(Debug)]
pub(crate) enum Lock {
    /// A file that the system unlocks when the process dies.
    File { _file: File },
    /// Only the claim: of the generation after this one, which was seen to have ended. If another
    /// process has claimed that one meanwhile, this one has lost.
    Claim { after: u64 },
}

impl Lock {
    fn after(&self) -> Option<u64> {
        match self {
            Lock::File { .. } => None,
            Lock::Claim { after } => Some(*after),
        }
    }
}

/// The job that writes a journal; of a recording, its sources and the digest of its input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) job: &'a str,
    pub(crate) digest: Digest,
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
        if !replace && !self.is_deleted(&journal)? {
            let claim = self.newest_claim(&journal)?.filter(|c| c.job_digest != job_digest);
            let started = !self.numbers(&format!("{journal}/epochs"))?.is_empty();
            if let Some(Generation { job, .. }) = claim.filter(|_| started) {
                return Err(LakeError::OtherJob { name: name.to_owned(), job });
            }
        }
        self.begin(kind, name, Owner { job, digest: job_digest }, lock)
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
        self.begin(kind, id, Owner { job, digest }, lock).map(Some)
    }

    /// Frees a run that a dead process left without saying that it ended; where files can be
    /// locked their locks are free already. A process that does live stops at its next commit.
    ///
    /// # Errors
    /// When the name is no name, or the store refuses.
    pub fn take_over_run(&self, name: &str) -> Result<(), LakeError> {
        let kind = JournalKind::Run;
        check_name(kind.as_str(), name)?;
        let journal = journal_path(kind, name);
        if self.store.can_lock() || !self.is_alive(kind, name)? {
            return Ok(());
        }
        let Some(former) = self.newest_claim(&journal)? else { return Ok(()) };
        let owner = Owner { job: &former.job, digest: former.job_digest };
        let generation = self.claim(kind, name, owner, None)?;
        self.end(&journal, generation, false)
    }

    /// A journal without a commit, whose former files are gone.
    fn begin(
        &self,
        kind: JournalKind,
        name: &str,
        owner: Owner<'_>,
        lock: Lock,
    ) -> Result<Journal, LakeError> {
        let generation = self.claim(kind, name, owner, Some(&lock))?;
        let head = Head { next: 1, ..Head::default() };
        // The journal first: should the deletion fail, it ends the claim when it is dropped.
        let journal = self.journal(kind, name, owner, generation, head, None, lock);
        self.delete_journal(kind, name, Some(generation))?;
        Ok(journal)
    }

    /// Claims the next generation: from here on an older process can commit nothing. Without a
    /// lock it is taken from whoever has it.
    pub(crate) fn claim(
        &self,
        kind: JournalKind,
        name: &str,
        owner: Owner<'_>,
        lock: Option<&Lock>,
    ) -> Result<u64, LakeError> {
        let journal = journal_path(kind, name);
        self.probe(&journal)?;
        let newest = match lock.and_then(Lock::after) {
            Some(after) => after,
            None => self.numbers(&format!("{journal}/generations"))?.pop().unwrap_or(0),
        };
        let generation = newest + 1;
        let claim = Generation {
            version: MANIFEST_VERSION,
            generation,
            job: owner.job.to_owned(),
            job_digest: owner.digest,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            process: super::store::unique(),
        };
        match self.store.put_mine(&generation_path(&journal, generation), &pretty(&claim))? {
            true => self.check_generation(kind, name, generation).map(|()| generation),
            false => Err(alive(kind, name)),
        }
    }

    /// Is this still the newest generation? Asked just before whatever changes the journal, and
    /// after the files that it removes were listed: then none of them is a successor's.
    pub(crate) fn check_generation(
        &self,
        kind: JournalKind,
        name: &str,
        generation: u64,
    ) -> Result<(), LakeError> {
        let journal = journal_path(kind, name);
        let newest = self.numbers(&format!("{journal}/generations"))?.pop().unwrap_or(0);
        if newest == generation {
            return Ok(());
        }
        Err(LakeError::Superseded { what: kind.as_str(), name: name.to_owned(), by: newest })
    }

    /// Refuses a store on which two processes could create the same epoch.
    fn probe(&self, journal: &str) -> Result<(), LakeError> {
        let path = format!("{journal}/probe-{}", super::store::unique());
        let first = self.store.put_mine(&path, b"1")?;
        let second = self.store.put_mine(&path, b"2")?;
        self.store.remove(&path)?;
        match (first, second) {
            (true, false) => Ok(()),
            _ => Err(LakeError::NotExclusive(self.url().to_owned())),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a journal, put together here only")]
    pub(crate) fn journal(
        &self,
        kind: JournalKind,
        name: &str,
        owner: Owner<'_>,
        generation: u64,
        head: Head,
        resumed: Option<Epoch>,
        lock: Lock,
    ) -> Journal {
        let site = Arc::new(Site {
            lake: self.clone(),
            kind,
            name: name.to_owned(),
            generation,
            mark: mark(&journal_path(kind, name)),
            resumed: resumed.as_ref().map(|e| (e.epoch, e.parent)),
        });
        let (job, job_digest) = (owner.job.to_owned(), owner.digest);
        Journal {
            site,
            job,
            job_digest,
            head,
            resumed,
            facts: None,
            upkeep: Upkeep::default(),
            history: History::default(),
            compactor: Compactor::default(),
            orphans: Vec::new(),
            lock,
        }
    }

    /// Takes the journal for this process. The lock file stays for ever: whoever removed it
    /// could leave two processes each with a lock of its own.
    pub(crate) fn lock(&self, kind: JournalKind, name: &str) -> Result<Lock, LakeError> {
        check_name(kind.as_str(), name)?;
        let path = format!("{}/lock", journal_path(kind, name));
        let Some(file) = self.store.open_lock(&path)? else {
            let (after, ended) = self.newest_generation(kind, name)?;
            return if ended { Ok(Lock::Claim { after }) } else { Err(alive(kind, name)) };
        };
        // A look at whether the journal is alive holds the lock for a moment, and a process that
        // was killed until it is quite gone: try some times.
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Lock::File { _file: file }),
                #[expect(clippy::disallowed_methods, reason = "no worker runs yet")]
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
                Err(TryLockError::Error(e)) => return Err(LakeError::io(path, e)),
            }
        }
        Err(alive(kind, name))
    }

    /// Takes the journal once the process that holds it has found out that it must stop.
    pub(crate) fn wait_for_lock(&self, kind: JournalKind, name: &str) -> Result<Lock, LakeError> {
        // The claim is made already.
        let claimed = Lock::Claim { after: 0 };
        if !self.store.can_lock() {
            return Ok(claimed);
        }
        for _ in 0..TAKE_OVER_TRIES {
            match self.lock(kind, name) {
                Err(LakeError::Alive { .. }) => {}
                lock => return lock,
            }
        }
        // It hangs. Should it ever wake, it finds the newer claim before it commits.
        Ok(claimed)
    }

    /// Does a process write the journal at this moment?
    pub(crate) fn is_alive(&self, kind: JournalKind, name: &str) -> Result<bool, LakeError> {
        if !self.store.can_lock() {
            return Ok(!self.newest_generation(kind, name)?.1);
        }
        let path = format!("{}/lock", journal_path(kind, name));
        if self.store.size(&path)?.is_none() {
            return Ok(false);
        }
        let Some(file) = self.store.open_lock(&path)? else { return Ok(false) };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(e)) => Err(LakeError::io(path, e)),
        }
    }

    /// The newest generation, 0 if there is none, and whether it said that it ended.
    fn newest_generation(&self, kind: JournalKind, name: &str) -> Result<(u64, bool), LakeError> {
        let journal = journal_path(kind, name);
        match self.numbers(&format!("{journal}/generations"))?.pop() {
            Some(newest) => {
                let ended = self.store.size(&ended_path(&journal, newest))?.is_some();
                Ok((newest, ended))
            }
            None => Ok((0, true)),
        }
    }

    /// Says that a generation writes no more, where no lock does.
    pub(crate) fn end(
        &self,
        journal: &str,
        generation: u64,
        deleted: bool,
    ) -> Result<(), LakeError> {
        let ended = Ended { version: MANIFEST_VERSION, generation, deleted };
        self.store.put_mine(&ended_path(journal, generation), &pretty(&ended)).map(drop)
    }
}

/// How often a lock is asked for, 2 milliseconds apart.
const LOCK_TRIES: usize = 250;

/// How often a lock is asked for that its holder is to give up at its next commit; each time
/// takes half a second.
const TAKE_OVER_TRIES: usize = 40;

pub(crate) fn alive(kind: JournalKind, name: &str) -> LakeError {
    LakeError::Alive { what: kind.as_str(), name: name.to_owned() }
}

/// Marks the files of a journal.
pub(crate) fn mark(journal: &str) -> String {
    format!("{:016x}", Digest::of(journal.as_bytes()).0 as u64)
}
