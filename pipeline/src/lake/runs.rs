//! What runs there are and how they stand.

use super::committed::{epoch_path, journal_path};
use super::{JournalKind, Lake, LakeError, TableTotal};
use schemas::{Digest, EventTime, Table};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// How a run or recording stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process writes it.
    Alive,
    /// It came to its end.
    Complete,
    /// Its process died or was stopped before the end.
    Incomplete,
    /// A manifest cannot be used: why.
    Damaged(String),
}

/// A run or recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunInfo {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: RunState,
    /// Name of its job.
    pub job: String,
    /// Digest of its job.
    pub job_digest: Digest,
    /// How often it was started, by its newest process.
    pub generation: u64,
    /// Its newest epoch.
    pub epoch: Option<u64>,
    /// The newest savepoint among the manifests from that epoch to the one that lists all files.
    pub savepoint: Option<u64>,
    /// Rows with an earlier event time are complete.
    pub boundary: Option<EventTime>,
    /// Committed rows.
    pub tables: BTreeMap<Table, TableTotal>,
    /// Its result, once complete.
    pub summary: Option<serde_json::Value>,
}

impl Lake {
    /// All runs by name, those without a commit too.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn list_runs(&self) -> Result<Vec<RunInfo>, LakeError> {
        self.list(JournalKind::Run)
    }

    /// All recordings by id, those without a commit too.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn list_recordings(&self) -> Result<Vec<RunInfo>, LakeError> {
        self.list(JournalKind::Recording)
    }

    fn list(&self, kind: JournalKind) -> Result<Vec<RunInfo>, LakeError> {
        let mut runs = Vec::new();
        for name in self.journals(kind)? {
            let journal = journal_path(kind, &name);
            if !self.is_deleted(&journal)? {
                runs.extend(self.info(kind, name, &journal)?);
            }
        }
        Ok(runs)
    }

    /// When the store got an epoch of a run: manifests themselves state no wall time.
    pub fn committed_when(&self, run: &str, epoch: u64) -> Option<SystemTime> {
        self.store.modified(&epoch_path(&journal_path(JournalKind::Run, run), epoch))
    }

    fn info(
        &self,
        kind: JournalKind,
        name: String,
        journal: &str,
    ) -> Result<Option<RunInfo>, LakeError> {
        let mut info = RunInfo {
            name,
            state: RunState::Incomplete,
            job: String::new(),
            job_digest: Digest::default(),
            generation: 0,
            epoch: None,
            savepoint: None,
            boundary: None,
            tables: BTreeMap::new(),
            summary: None,
        };
        let read = self
            .newest_claim(journal)
            .and_then(|claim| Ok((claim, self.committed_in(kind, &info.name)?)));
        match read {
            Ok((None, _)) => return Ok(None),
            Ok((Some(claim), None)) if self.is_deletion(journal, &[claim.generation])? => {
                return Ok(None);
            }
            Ok((Some(claim), committed)) => {
                (info.job, info.job_digest) = (claim.job, claim.job_digest);
                info.generation = claim.generation;
                if let Some(committed) = committed {
                    info.savepoint = committed.savepoint;
                    let newest = committed.newest;
                    if newest.complete {
                        info.state = RunState::Complete;
                    }
                    info.epoch = Some(newest.epoch);
                    info.boundary = Some(newest.boundary);
                    (info.tables, info.summary) = (newest.tables, newest.summary);
                }
            }
            Err(error @ (LakeError::Manifest { .. } | LakeError::Digest { .. })) => {
                info.state = RunState::Damaged(error.to_string());
            }
            Err(error) => return Err(error),
        }
        if info.state == RunState::Incomplete && self.is_alive(kind, &info.name)? {
            info.state = RunState::Alive;
        }
        Ok(Some(info))
    }
}
