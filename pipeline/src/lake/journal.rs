//! A journal under the pen of this process: committed epoch by epoch.

use super::claim::Lock;
use super::committed::{epoch_path, journal_path, pending, sort};
use super::history::{History, Upkeep};
use super::manifest::{Checkpoint, Epoch, Facts, FileEntry, MANIFEST_VERSION, TableTotal};
use super::upkeep::{Compactor, Merged, collect_garbage};
use super::{JournalKind, Lake, LakeError};
use schemas::{Digest, EventTime, Table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the writers of a journal need to know of it.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) lake: Lake,
    pub(crate) kind: JournalKind,
    pub(crate) name: String,
    pub(crate) generation: u64,
    /// Marks the names of its files, so that those of a dead process can be told apart.
    pub(crate) mark: String,
    /// The epoch that was gone on with, and its parent: to say what else could be.
    pub(crate) resumed: Option<(u64, Option<u64>)>,
}

/// A run or recording that this process writes. No other process can until it is dropped.
#[derive(Debug)]
pub struct Journal {
    pub(crate) site: Arc<Site>,
    pub(crate) job: String,
    pub(crate) job_digest: Digest,
    pub(crate) head: Head,
    pub(crate) resumed: Option<Epoch>,
    /// Facts that no epoch holds yet.
    pub(crate) facts: Option<Facts>,
    pub(crate) upkeep: Upkeep,
    pub(crate) history: History,
    pub(crate) compactor: Compactor,
    /// Files of no epoch of the process that this one took over from, which may yet commit one
    /// that names them. When an epoch of this journal stands it cannot, and they go.
    pub(crate) orphans: Vec<String>,
    /// Held until the journal is dropped.
    pub(crate) lock: Lock,
}

/// Where the next epoch goes on.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// The number of the next epoch.
    pub(crate) next: u64,
    pub(crate) parent: Option<(u64, Digest)>,
    pub(crate) tables: BTreeMap<Table, TableTotal>,
    /// The files that readers see.
    pub(crate) live: BTreeMap<String, FileEntry>,
    /// Facts that are committed.
    pub(crate) facts: Option<Facts>,
    /// Epochs since the newest base, that one included.
    pub(crate) since_base: u64,
}

/// What an epoch is to commit.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochDraft {
    /// Rows with an earlier event time are complete.
    pub boundary: EventTime,
    /// Files that it adds, of all writers.
    pub files: Vec<FileEntry>,
    /// Paths of committed files that others among `files` hold the rows of.
    pub removed: Vec<String>,
    /// What a resume needs.
    pub checkpoint: Option<Checkpoint>,
    /// Was the run brought to rest for it?
    pub savepoint: bool,
    /// Did the run come to its end?
    pub complete: bool,
    /// The run's result.
    pub summary: Option<serde_json::Value>,
}

impl EpochDraft {
    /// An epoch in the middle of a run that cannot be resumed there.
    pub fn new(boundary: EventTime, files: Vec<FileEntry>) -> EpochDraft {
        EpochDraft {
            boundary,
            files,
            removed: Vec::new(),
            checkpoint: None,
            savepoint: false,
            complete: false,
            summary: None,
        }
    }

    /// The last epoch of a run or recording.
    pub fn last(
        boundary: EventTime,
        files: Vec<FileEntry>,
        summary: Option<serde_json::Value>,
    ) -> EpochDraft {
        EpochDraft { complete: true, summary, ..EpochDraft::new(boundary, files) }
    }
}

impl Journal {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.site.name
    }

    /// The generation: counts the starts of the run.
    pub fn generation(&self) -> u64 {
        self.site.generation
    }

    /// The newest committed epoch; `None` before the first.
    pub fn epoch(&self) -> Option<u64> {
        self.head.parent.map(|(epoch, _)| epoch)
    }

    /// The number of the epoch that is committed next.
    pub fn next_epoch(&self) -> u64 {
        self.head.next
    }

    /// The epoch that this process goes on after; `None` when it began anew.
    pub fn resumed(&self) -> Option<&Epoch> {
        self.resumed.as_ref()
    }

    /// Rows and digest of each table, committed since the run began.
    pub fn tables(&self) -> &BTreeMap<Table, TableTotal> {
        &self.head.tables
    }

    /// What the recording knows of its sources and instruments: goes into the next epoch.
    pub fn set_facts(&mut self, facts: Facts) {
        self.facts = Some(facts);
    }

    /// How the journal is kept small.
    pub fn set_upkeep(&mut self, upkeep: Upkeep) {
        self.upkeep = upkeep;
    }

    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Commits the files of all writers as one epoch: afterwards readers see all of it, before
    /// nothing.
    ///
    /// # Errors
    /// When another process took over, or the store refuses. It is not known then whether the
    /// epoch is committed: the same draft may be given again, and is not committed twice.
    pub fn commit(&mut self, draft: EpochDraft) -> Result<&BTreeMap<Table, TableTotal>, LakeError> {
        let mut draft = draft;
        self.compactor.collect();
        if let Some(Merged { added, removed, in_doubt }) = &mut self.compactor.ready {
            *in_doubt = true;
            draft.files.push(added.clone());
            draft.removed.extend(removed.iter().cloned());
        }
        let added: BTreeSet<String> = draft.files.iter().map(|f| f.path.clone()).collect();
        let (epoch, mut head) = self.draw(draft)?;
        let bytes = pretty(&epoch);
        self.site.create_epoch(epoch.epoch, &bytes)?;
        self.site.check_generation()?;
        self.site.lake.publish(added.iter().map(String::as_str))?;
        head.parent = Some((epoch.epoch, Digest::of(&bytes)));
        // Only now: what fails above is done again from where it began.
        self.head = head;
        self.facts = None;
        self.compactor.ready = None;
        self.history.add(&epoch);
        let Journal { site, upkeep, history, orphans, .. } = self;
        for path in std::mem::take(orphans) {
            if let Err(error) = site.lake.store.remove(&path) {
                tracing::warn!(%error, "a file of no epoch is left behind");
            }
        }
        // The commit stands whatever comes of this; the next one tries again.
        if let Err(error) = collect_garbage(site, history, epoch.epoch, upkeep) {
            tracing::warn!(%error, "what nothing needs any more could not be deleted");
        }
        self.compactor.offer(&self.site, &self.head.live, self.upkeep.merge_files);
        Ok(&self.head.tables)
    }

    /// The next manifest, and the head after it.
    pub(crate) fn draw(&self, draft: EpochDraft) -> Result<(Epoch, Head), LakeError> {
        let Head { next, parent, .. } = self.head;
        let (mut tables, mut live) = (self.head.tables.clone(), self.head.live.clone());
        for path in &draft.removed {
            let file = live.remove(path).ok_or_else(|| LakeError::NotLive(path.clone()))?;
            tables.entry(file.table).or_default().take_out(file.rows, file.digest);
        }
        for file in &draft.files {
            tables.entry(file.table).or_default().add(file.rows, file.digest);
            live.insert(file.path.clone(), file.clone());
        }
        let base = parent.is_some() && self.head.since_base >= self.upkeep.base_every;
        let (mut files, mut facts) = (draft.files, self.facts.clone());
        if base {
            files = live.values().cloned().collect();
            facts = facts.or_else(|| self.head.facts.clone());
        }
        sort(&mut files);
        let since_base = if base { 1 } else { self.head.since_base + 1 };
        let known = facts.clone().or_else(|| self.head.facts.clone());
        let head =
            Head { next: next + 1, parent, tables: tables.clone(), live, facts: known, since_base };
        let epoch = Epoch {
            version: MANIFEST_VERSION,
            epoch: next,
            parent: parent.map(|(parent, _)| parent),
            parent_digest: parent.map(|(_, digest)| digest),
            generation: self.site.generation,
            boundary: draft.boundary,
            job: self.job.clone(),
            job_digest: self.job_digest,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            complete: draft.complete,
            files,
            removed: draft.removed,
            base,
            savepoint: draft.savepoint,
            checkpoint: draft.checkpoint,
            tables,
            summary: draft.summary,
            facts,
        };
        Ok((epoch, head))
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.compactor.end(&self.site);
        if matches!(self.lock, Lock::Claim { .. }) && !std::thread::panicking() {
            let Site { lake, kind, name, generation, .. } = &*self.site;
            // Whoever comes next needs `--take-over` if this fails, and nothing else is lost.
            if let Err(error) = lake.end(&journal_path(*kind, name), *generation, false) {
                tracing::warn!(%error, "the end of the generation could not be noted");
            }
        }
    }
}

impl Site {
    /// The site of a journal that another process leads.
    pub(crate) fn of_other(
        lake: &Lake,
        kind: JournalKind,
        name: &str,
        generation: u64,
        resumed: Option<&Epoch>,
    ) -> Site {
        Site {
            lake: lake.clone(),
            kind,
            name: name.to_owned(),
            generation,
            mark: super::claim::mark(&journal_path(kind, name)),
            resumed: resumed.map(|epoch| (epoch.epoch, epoch.parent)),
        }
    }

    /// The commit itself; the files still have their first names.
    fn create_epoch(&self, number: u64, bytes: &[u8]) -> Result<(), LakeError> {
        let path = epoch_path(&journal_path(self.kind, &self.name), number);
        self.check_generation()?;
        // Equal bytes that are there already are this commit, made before a lost answer.
        match self.lake.store.put_mine(&path, bytes)? {
            true => Ok(()),
            false => Err(LakeError::Conflict(path)),
        }
    }

    /// Is this still the newest generation? Asked just before whatever changes the journal.
    pub(crate) fn check_generation(&self) -> Result<(), LakeError> {
        self.lake.check_generation(self.kind, &self.name, self.generation)
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
