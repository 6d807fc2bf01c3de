//! Deleting runs, and clearing up after processes that died.

use super::claim::{Lock, Owner, mark};
use super::committed::{journal_path, tombstone};
use super::history::History;
use super::{JournalKind, Lake, LakeError};
use schemas::Table;
use std::collections::BTreeMap;

/// What [`Lake::repair`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct RepairReport {
    /// Committed files that now have their final names.
    pub published: Vec<String>,
    /// Files that belonged to no epoch and are gone.
    pub removed: Vec<String>,
    /// Runs and recordings whose deletion was finished.
    pub deleted: Vec<String>,
    /// Runs and recordings that are being written, and were left alone.
    pub alive: Vec<String>,
    /// Runs and recordings with manifests that cannot be used, and why; they were left alone.
    pub damaged: Vec<(String, String)>,
}

/// Paths of files below the tables' folders, by the mark of the journal that wrote them.
type Marked = BTreeMap<String, Vec<String>>;

impl Lake {
    /// Finishes what dead processes left: commits keep their files under the final names, files
    /// of no commit are removed. What is being written is left alone.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn repair(&self) -> Result<RepairReport, LakeError> {
        self.repair_all(false)
    }

    /// As [`Lake::repair`], but where files cannot be locked, in an object store, what looks alive
    /// is taken for dead: its process stops at its next commit if it is not.
    ///
    /// # Errors
    /// As [`Lake::repair`].
    pub fn repair_and_take_over(&self) -> Result<RepairReport, LakeError> {
        self.repair_all(true)
    }

    fn repair_all(&self, take_over: bool) -> Result<RepairReport, LakeError> {
        let mut report = RepairReport::default();
        // Files first: the journal of every file that is there now is found below.
        let mut files = self.marked_files()?;
        for kind in JournalKind::ALL {
            for name in self.journals(kind)? {
                let journal = journal_path(kind, &name);
                let mine = files.remove(&mark(&journal)).unwrap_or_default();
                let repaired = self.locked(kind, &name, (take_over, false), |generation| {
                    self.repair_journal(kind, &name, generation, mine, &mut report)
                });
                match repaired {
                    Ok(()) => {}
                    Err(LakeError::Alive { .. }) => report.alive.push(journal),
                    Err(error @ (LakeError::Manifest { .. } | LakeError::Digest { .. })) => {
                        report.damaged.push((journal, error.to_string()));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        // No journal, so no commit; but what has a final name may have been put there by hand.
        for path in files.into_values().flatten().filter(|path| path.ends_with(".pending")) {
            self.store.remove(&path)?;
            report.removed.push(path);
        }
        Ok(report)
    }

    /// Deletes a run with all its files.
    ///
    /// # Errors
    /// When there is none, or it is being written.
    pub fn delete_run(&self, name: &str) -> Result<(), LakeError> {
        let (kind, root) = (JournalKind::Run, self.url().to_owned());
        super::error::check_name(kind.as_str(), name)?;
        let journal = journal_path(kind, name);
        if self.is_empty(&journal, None)? {
            return Err(LakeError::Absent { what: kind.as_str(), name: name.to_owned(), root });
        }
        self.locked(kind, name, (false, true), |generation| {
            self.delete_journal(kind, name, generation)
        })
    }

    /// Does something to a journal that no process writes: under its lock, or where there are
    /// none as a generation of its own.
    fn locked(
        &self,
        kind: JournalKind,
        name: &str,
        (take_over, deletes): (bool, bool),
        work: impl FnOnce(Option<u64>) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        let journal = journal_path(kind, name);
        let lock = match self.lock(kind, name) {
            Err(LakeError::Alive { .. }) if take_over && !self.store.can_lock() => None,
            lock => Some(lock?),
        };
        match lock {
            Some(_lock @ Lock::File { .. }) => work(None),
            claim => {
                let Some(former) = self.newest_claim(&journal)? else { return work(None) };
                let owner = Owner { job: &former.job, digest: former.job_digest };
                let generation = self.claim(kind, name, owner, claim.as_ref())?;
                let done = work(Some(generation));
                self.end(&journal, generation, deletes && done.is_ok())?;
                done
            }
        }
    }

    /// Does the journal hold nothing but its lock and what a deletion leaves?
    fn is_empty(&self, journal: &str, keep: Option<u64>) -> Result<bool, LakeError> {
        let mut rest = self.store.list(journal)?;
        rest.retain(|entry| !["lock", "generations", "ended"].contains(&entry.as_str()));
        let mut claims = self.numbers(&format!("{journal}/generations"))?;
        claims.retain(|claim| Some(*claim) != keep);
        Ok(rest.is_empty() && (claims.is_empty() || self.is_deletion(journal, &claims)?))
    }

    /// Is all that is left the claim of the process that deleted the rest?
    pub(crate) fn is_deletion(&self, journal: &str, claims: &[u64]) -> Result<bool, LakeError> {
        let [claim] = claims else { return Ok(false) };
        Ok(self.ended(journal, *claim)?.is_some_and(|ended| ended.deleted))
    }

    /// Deletes a journal and its files, whatever state it is in. The caller holds its lock, and
    /// the generation that is kept.
    pub(crate) fn delete_journal(
        &self,
        kind: JournalKind,
        name: &str,
        keep: Option<u64>,
    ) -> Result<(), LakeError> {
        let journal = journal_path(kind, name);
        if self.is_empty(&journal, keep)? {
            return Ok(());
        }
        // From here on readers do not see it, and `repair` finishes what is begun.
        self.store.put_new(&tombstone(&journal), b"")?;
        let mine = self.marked_files()?.remove(&mark(&journal)).unwrap_or_default();
        let check = || match keep {
            Some(generation) => self.check_generation(kind, name, generation),
            None => Ok(()),
        };
        check()?;
        for path in mine.into_iter().chain(self.state_files(&journal)?) {
            self.store.remove(&path)?;
            let mut folder = path.as_str();
            while let Some((parent, _)) = folder.rsplit_once('/') {
                self.store.remove_empty(parent);
                folder = parent;
            }
        }
        let kept = keep.map(|generation| format!("{generation}.json"));
        for part in ["epochs", "ended", "generations"] {
            let folder = format!("{journal}/{part}");
            let names = self.store.list(&folder)?;
            check()?;
            for name in names {
                if part != "generations" || Some(&name) != kept.as_ref() {
                    self.store.remove(&format!("{folder}/{name}"))?;
                }
            }
            self.store.remove_empty(&folder);
        }
        self.store.remove(&tombstone(&journal))?;
        self.store.sync_folder(&journal)
    }

    /// Puts one journal in order, whose files these are. The caller holds its lock.
    fn repair_journal(
        &self,
        kind: JournalKind,
        name: &str,
        generation: Option<u64>,
        files: Vec<String>,
        report: &mut RepairReport,
    ) -> Result<(), LakeError> {
        let journal = journal_path(kind, name);
        if self.is_deleted(&journal)? {
            self.delete_journal(kind, name, generation)?;
            report.deleted.push(journal);
            return Ok(());
        }
        // A chain that cannot be followed is left as it is.
        self.committed_in(kind, name)?;
        self.tidy(&journal, files, false, report).map(drop)
    }

    /// Gives a journal's committed files their final names and removes those of no epoch. The
    /// caller holds its lock. `skip`: manifests that cannot be used are as none.
    pub(crate) fn tidy(
        &self,
        journal: &str,
        files: Vec<String>,
        skip: bool,
        report: &mut RepairReport,
    ) -> Result<History, LakeError> {
        let (history, orphans) = self.look(journal, files, skip, report)?;
        for path in orphans {
            self.store.remove(&path)?;
            report.removed.push(path);
        }
        for folder in ["epochs", "generations", "."] {
            for name in self.store.list(&format!("{journal}/{folder}"))? {
                if name.starts_with(".draft-") || name.starts_with("probe-") {
                    self.store.remove(&format!("{journal}/{folder}/{name}"))?;
                }
            }
        }
        Ok(history)
    }

    /// As [`Lake::tidy`], but gives the files of no epoch instead of removing them.
    pub(crate) fn look(
        &self,
        journal: &str,
        files: Vec<String>,
        skip: bool,
        report: &mut RepairReport,
    ) -> Result<(History, Vec<String>), LakeError> {
        let history = self.history(journal, skip)?;
        let keep = history.mentioned();
        let (pending, others): (Vec<String>, _) =
            files.into_iter().partition(|path| path.ends_with(".pending"));
        let (committed, orphans): (Vec<String>, _) = pending
            .into_iter()
            .partition(|path| keep.contains(path.strip_suffix(".pending").unwrap_or(path)));
        let first_names = committed.iter().filter_map(|path| path.strip_suffix(".pending"));
        report.published.extend(self.publish(first_names)?);
        let state = self.state_files(journal)?;
        let others = others.into_iter().chain(state).filter(|path| !keep.contains(path.as_str()));
        let orphans = orphans.into_iter().chain(others).collect();
        Ok((history, orphans))
    }

    /// What all manifests of the journal name.
    fn history(&self, journal: &str, skip: bool) -> Result<History, LakeError> {
        let mut history = History::default();
        for number in self.numbers(&format!("{journal}/epochs"))? {
            match self.epoch(journal, number) {
                Ok((epoch, _)) => history.add(&epoch),
                Err(LakeError::Manifest { .. }) if skip => {}
                Err(error) => return Err(error),
            }
        }
        Ok(history)
    }

    /// Every file of state of a journal.
    fn state_files(&self, journal: &str) -> Result<Vec<String>, LakeError> {
        let mut found = Vec::new();
        let root = format!("{journal}/state");
        for generation in self.store.list(&root)? {
            for operator in self.store.list(&format!("{root}/{generation}"))? {
                let folder = format!("{root}/{generation}/{operator}");
                let names = self.store.list(&folder)?;
                found.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
            }
        }
        Ok(found)
    }

    /// Every file of ours in the folders of the tables.
    pub(crate) fn marked_files(&self) -> Result<Marked, LakeError> {
        let mut found = Marked::new();
        for table in Table::ALL {
            for path in self.store.grandchildren(table.name())? {
                let (_, name) = path.rsplit_once('/').expect("a path of four parts");
                if let Some(mark) = mark_of(name) {
                    found.entry(mark).or_default().push(path);
                }
            }
        }
        Ok(found)
    }
}

/// The mark in a file's name `G-n-wW-MARK-….parquet`; `None` for a name that is none of ours.
fn mark_of(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".pending").unwrap_or(name).strip_suffix(".parquet")?;
    let mark = stem.split('-').nth(3)?;
    (mark.len() == 16 && mark.bytes().all(|b| b.is_ascii_hexdigit())).then(|| mark.to_owned())
}
