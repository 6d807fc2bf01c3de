//! Going on with a run after one of its epochs.

use super::claim::{Owner, mark};
use super::committed::journal_path;
use super::journal::Head;
use super::manifest::Checkpoint;
use super::{Committed, Facts, Journal, JournalKind, Lake, LakeError, RepairReport};
use schemas::Digest;

/// How a run is to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResumeOptions {
    /// Take the run from a process that still writes it: that one stops at its next commit.
    pub take_over: bool,
    /// Go on after this epoch instead of the newest one; what followed it becomes invisible with
    /// the next commit.
    pub from_epoch: Option<u64>,
    /// The models that the job has now, as in [`Checkpoint::models`].
    pub models: Vec<String>,
}

impl Lake {
    /// Goes on with a run after its newest epoch, or the one that is asked for: see
    /// [`Journal::resumed`], which is `None` when nothing is committed yet. What was not
    /// committed is gone.
    ///
    /// Another job is refused, but for a savepoint that is asked for by its number; another
    /// version of the program and other models are, but for a savepoint.
    ///
    /// # Errors
    /// When the run is written by a live process, is complete, is of another job, program or
    /// models; or when a manifest or a file of state cannot be used.
    pub fn resume_run(
        &self,
        name: &str,
        job: &str,
        job_digest: Digest,
        options: &ResumeOptions,
    ) -> Result<Journal, LakeError> {
        let owner = Owner { job, digest: job_digest };
        self.resume(JournalKind::Run, name, owner, options)
    }

    /// Goes on with a recording of topics where it ended, or begins it. `None` when it came to
    /// its end: the same ranges twice change nothing.
    ///
    /// # Errors
    /// When the id is no name, is being written by another process, or holds other data; or when
    /// a manifest cannot be used.
    pub fn resume_recording(
        &self,
        id: &str,
        job: &str,
        digest: Digest,
        take_over: bool,
    ) -> Result<Option<Journal>, LakeError> {
        let options = ResumeOptions { take_over, ..ResumeOptions::default() };
        let owner = Owner { job, digest };
        match self.resume(JournalKind::Recording, id, owner, &options) {
            Ok(journal) => Ok(Some(journal)),
            Err(LakeError::Complete(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn resume(
        &self,
        kind: JournalKind,
        name: &str,
        owner: Owner<'_>,
        options: &ResumeOptions,
    ) -> Result<Journal, LakeError> {
        let (lock, claimed) = match self.lock(kind, name) {
            Err(LakeError::Alive { .. }) if options.take_over => {
                // The claim first: it is what makes the other process stop.
                let generation = self.claim(kind, name, owner, None)?;
                (self.wait_for_lock(kind, name)?, Some(generation))
            }
            lock => (lock?, None),
        };
        let journal = journal_path(kind, name);
        let deleted = self.is_deleted(&journal)?;
        let chosen = if deleted { Ok(None) } else { self.chosen(kind, name, options.from_epoch) };
        let checked = chosen.and_then(|chosen| {
            if let Some(chosen) = &chosen {
                self.check_resumable(chosen, owner.digest, options)?;
            }
            Ok(chosen)
        });
        let chosen = match (checked, claimed) {
            (Ok(chosen), _) => chosen,
            (Err(error), Some(generation)) => {
                self.end(&journal, generation, false)?;
                return Err(error);
            }
            (Err(error), None) => return Err(error),
        };
        let generation = match claimed {
            Some(generation) => generation,
            None => self.claim(kind, name, owner, Some(&lock))?,
        };
        // A manifest that cannot be read still has its number.
        let newest = match deleted {
            true => 0,
            false => self.numbers(&format!("{journal}/epochs"))?.pop().unwrap_or(0),
        };
        let mut head = Head { next: newest + 1, ..Head::default() };
        let resumed = chosen.map(|chosen| {
            head.parent = Some((chosen.newest.epoch, chosen.digest));
            head.tables = chosen.newest.tables.clone();
            head.live = chosen.files.into_iter().map(|f| (f.path.clone(), f)).collect();
            head.since_base = chosen.length;
            head.facts = Some(chosen.facts).filter(|facts| *facts != Facts::default());
            chosen.newest
        });
        let mut ours = self.journal(kind, name, owner, generation, head, resumed, lock);
        if deleted {
            self.delete_journal(kind, name, Some(generation))?;
        } else {
            let mine = self.marked_files()?.remove(&mark(&journal)).unwrap_or_default();
            self.check_generation(kind, name, generation)?;
            let skip = options.from_epoch.is_some();
            let report = &mut RepairReport::default();
            match claimed {
                // Who was taken over may be about to create the next epoch.
                Some(_) => {
                    (ours.history, ours.orphans) = self.look(&journal, mine, skip, report)?;
                }
                None => ours.history = self.tidy(&journal, mine, skip, report)?,
            }
        }
        Ok(ours)
    }

    /// The run as of the epoch to go on after.
    fn chosen(
        &self,
        kind: JournalKind,
        name: &str,
        epoch: Option<u64>,
    ) -> Result<Option<Committed>, LakeError> {
        let Some(epoch) = epoch else { return self.committed_in(kind, name) };
        let numbers = self.numbers(&format!("{}/epochs", journal_path(kind, name)))?;
        if numbers.binary_search(&epoch).is_err() {
            let newest = numbers.last().copied();
            return Err(LakeError::NoEpoch { name: name.to_owned(), epoch, newest });
        }
        self.committed_at(kind, name, epoch).map(Some)
    }

    fn check_resumable(
        &self,
        chosen: &Committed,
        job_digest: Digest,
        options: &ResumeOptions,
    ) -> Result<(), LakeError> {
        let (name, epoch) = (chosen.name.clone(), &chosen.newest);
        let (number, savepoint) = (epoch.epoch, epoch.savepoint);
        if chosen.kind == JournalKind::Recording {
            return match (epoch.job_digest == job_digest, epoch.complete, &epoch.checkpoint) {
                (false, _, _) => Err(LakeError::OtherData(name)),
                (true, true, _) => Err(LakeError::Complete(name)),
                (true, false, None) => Err(LakeError::NoCheckpoint { name, epoch: number }),
                // Rows as they came: no state that another version could misread.
                (true, false, Some(_)) => Ok(()),
            };
        }
        if epoch.job_digest != job_digest && !(savepoint && options.from_epoch.is_some()) {
            return Err(LakeError::OtherJob { name, job: epoch.job.clone() });
        }
        if epoch.complete {
            return Err(LakeError::Complete(name));
        }
        let Some(checkpoint) = &epoch.checkpoint else {
            return Err(LakeError::NoCheckpoint { name, epoch: number });
        };
        if epoch.build != env!("CARGO_PKG_VERSION") && !savepoint {
            let found = epoch.build.clone();
            return Err(LakeError::OtherBuild { name, epoch: number, found });
        }
        if checkpoint.models != options.models && !savepoint {
            let found = checkpoint.models.clone();
            return Err(LakeError::OtherModels { name, epoch: number, found });
        }
        let hint = instead(Some((number, epoch.parent)));
        self.check_state(checkpoint, &hint)
    }

    /// Are all files of state there and whole? Their digests are compared when they are read.
    fn check_state(&self, checkpoint: &Checkpoint, hint: &str) -> Result<(), LakeError> {
        for file in &checkpoint.state {
            let reason = match self.store.size(&file.path)? {
                Some(bytes) if bytes == file.bytes => continue,
                Some(bytes) => format!("it has {bytes} bytes instead of {}", file.bytes),
                None => "it is missing".to_owned(),
            };
            let (path, hint) = (file.path.clone(), hint.to_owned());
            return Err(LakeError::State { path, reason, hint });
        }
        Ok(())
    }
}

/// What can be done when the state of an epoch with this parent cannot be used.
pub(crate) fn instead(resumed: Option<(u64, Option<u64>)>) -> String {
    match resumed {
        Some((_, Some(parent))) => format!(": --from-epoch {parent} goes on after the one before"),
        _ => String::new(),
    }
}
