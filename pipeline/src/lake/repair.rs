//! Deleting runs, and clearing up after processes that died.

use super::claim::{alive, mark};
use super::committed::{journal_path, tombstone};
use super::{JournalKind, Lake, LakeError};
use schemas::Table;
use std::collections::{BTreeMap, BTreeSet};

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
        let mut report = RepairReport::default();
        // Files first: the journal of every file that is there now is found below.
        let mut files = self.marked_files()?;
        for kind in JournalKind::ALL {
            for name in self.journals(kind)? {
                let journal = journal_path(kind, &name);
                let mine = files.remove(&mark(&journal)).unwrap_or_default();
                let repaired = self
                    .lock(kind, &name)
                    .and_then(|_lock| self.repair_journal(kind, &name, mine, &mut report));
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
        let (kind, root) = (JournalKind::Run, self.store.root().display().to_string());
        super::error::check_name(kind.as_str(), name)?;
        let journal = journal_path(kind, name);
        if self.store.list(&journal)?.iter().all(|entry| entry == "lock") {
            return Err(LakeError::Absent { what: kind.as_str(), name: name.to_owned(), root });
        }
        if self.is_alive(kind, name)? {
            return Err(alive(kind, name));
        }
        let _lock = self.lock(kind, name)?;
        self.delete_journal(kind, name)
    }

    /// Deletes a journal and its files, whatever state it is in. The caller holds its lock.
    pub(crate) fn delete_journal(&self, kind: JournalKind, name: &str) -> Result<(), LakeError> {
        let journal = journal_path(kind, name);
        if self.store.list(&journal)?.iter().all(|entry| entry == "lock") {
            return Ok(());
        }
        // From here on readers do not see it, and `repair` finishes what is begun.
        self.store.put_new(&tombstone(&journal), b"")?;
        let mine = self.marked_files()?.remove(&mark(&journal)).unwrap_or_default();
        for path in mine.into_iter().chain(self.state_files(&journal)?) {
            self.store.remove(&path)?;
            let mut folder = path.as_str();
            while let Some((parent, _)) = folder.rsplit_once('/') {
                self.store.remove_empty(parent);
                folder = parent;
            }
        }
        for part in ["epochs", "generations"] {
            let folder = format!("{journal}/{part}");
            for name in self.store.list(&folder)? {
                self.store.remove(&format!("{folder}/{name}"))?;
            }
            self.store.remove_empty(&folder);
        }
        self.store.remove(&tombstone(&journal))?;
        self.store.sync_folder(&journal)
    }

    /// Puts one journal in order, whose files these are. The caller holds its lock.
    pub(crate) fn repair_journal(
        &self,
        kind: JournalKind,
        name: &str,
        files: Vec<String>,
        report: &mut RepairReport,
    ) -> Result<(), LakeError> {
        let journal = journal_path(kind, name);
        if self.store.exists(&tombstone(&journal)) {
            self.delete_journal(kind, name)?;
            report.deleted.push(journal);
            return Ok(());
        }
        // A chain that cannot be followed is left as it is.
        self.committed_in(kind, name)?;
        self.tidy(&journal, files, false, report)
    }

    /// Gives a journal's committed files their final names and removes those of no epoch. The
    /// caller holds its lock. `skip`: manifests that cannot be used are as none.
    pub(crate) fn tidy(
        &self,
        journal: &str,
        files: Vec<String>,
        skip: bool,
        report: &mut RepairReport,
    ) -> Result<(), LakeError> {
        let keep = self.mentioned(journal, skip)?;
        let (pending, others): (Vec<String>, _) =
            files.into_iter().partition(|path| path.ends_with(".pending"));
        let (committed, orphans): (Vec<String>, _) = pending
            .into_iter()
            .partition(|path| keep.contains(path.strip_suffix(".pending").unwrap_or(path)));
        let first_names = committed.iter().filter_map(|path| path.strip_suffix(".pending"));
        report.published.extend(self.publish(first_names)?);
        let state = self.state_files(journal)?;
        let others = others.into_iter().chain(state).filter(|path| !keep.contains(path));
        for path in orphans.into_iter().chain(others) {
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
        Ok(())
    }

    /// Every file that a manifest of the journal names, on abandoned branches too.
    fn mentioned(&self, journal: &str, skip: bool) -> Result<BTreeSet<String>, LakeError> {
        let mut keep = BTreeSet::new();
        for number in self.numbers(&format!("{journal}/epochs"))? {
            let epoch = match self.epoch(journal, number) {
                Ok((epoch, _)) => epoch,
                Err(LakeError::Manifest { .. }) if skip => continue,
                Err(error) => return Err(error),
            };
            keep.extend(epoch.files.into_iter().map(|file| file.path));
            let state = epoch.checkpoint.into_iter().flat_map(|c| c.state);
            keep.extend(state.map(|file| file.path));
        }
        Ok(keep)
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
            for key in self.store.list(table.name())? {
                let folder = format!("{table}/{key}");
                for date in self.store.list(&folder)? {
                    let folder = format!("{folder}/{date}");
                    for name in self.store.list(&folder)? {
                        if let Some(mark) = mark_of(&name) {
                            found.entry(mark).or_default().push(format!("{folder}/{name}"));
                        }
                    }
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
