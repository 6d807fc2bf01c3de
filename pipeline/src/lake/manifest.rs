//! Manifests: what an epoch adds to a run or a recording. Creating one is the commit.

use schemas::{Digest, EventTime, Instrument, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of manifests that this build writes and reads.
pub const MANIFEST_VERSION: u32 = 1;

/// `generations/<G>.json`: a process's claim to write a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// Counts the starts of the run.
    pub generation: u64,
    /// Name of the job.
    pub job: String,
    /// Digest of the resolved job; of a recording, of its input.
    pub job_digest: Digest,
    /// Version of the program.
    pub build: String,
}

/// `epochs/<n>.json`: what the n-th commit adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// Its number, from 1.
    pub epoch: u64,
    /// The epoch before it; null for the first.
    pub parent: Option<u64>,
    /// Digest of the parent's bytes.
    pub parent_digest: Option<Digest>,
    /// The generation that wrote it.
    pub generation: u64,
    /// Rows with an earlier event time are complete.
    pub boundary: EventTime,
    /// Name of the job.
    pub job: String,
    /// Digest of the resolved job; of a recording, of its input.
    pub job_digest: Digest,
    /// Version of the program.
    pub build: String,
    /// Did the run come to its end?
    pub complete: bool,
    /// Files that this epoch adds.
    pub files: Vec<FileEntry>,
    /// All rows since the run began.
    pub tables: BTreeMap<Table, TableTotal>,
    /// The run's result, in its last epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<serde_json::Value>,
    /// What a recording knows of its sources and instruments; in the first epoch that knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
}

/// A data file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// The table that its rows belong to.
    pub table: Table,
    /// Its final name, relative to the lake.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// Size.
    pub bytes: u64,
    /// Event time of its first row.
    pub min_ts: EventTime,
    /// Event time of its last row.
    pub max_ts: EventTime,
    /// Digest of its rows.
    pub digest: Digest,
}

impl FileEntry {
    /// The value of a path key, as in `venue=VALUE`.
    pub fn key(&self, name: &str) -> Option<&str> {
        let mut pairs = self.path.split('/').filter_map(|part| part.split_once('='));
        Some(pairs.find(|(key, _)| *key == name)?.1)
    }
}

/// The venue of rows that belong to none (news). A plain word, because pandas cannot open a table
/// whose every path says Hive's word for null.
pub const NO_VENUE: &str = "none";

/// Rows and digest of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableTotal {
    /// Rows.
    pub rows: u64,
    /// Digest of the rows.
    pub digest: Digest,
}

impl TableTotal {
    /// Adds rows.
    pub fn add(&mut self, rows: u64, digest: Digest) {
        self.rows += rows;
        self.digest.add(digest);
    }
}

/// What a recording knows of its sources and instruments.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Its sources with their ranks.
    pub sources: Vec<SourceFact>,
    /// Its instruments with the scales of their prices and quantities.
    pub instruments: Vec<Instrument>,
}

/// A source of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFact {
    /// Its place in the job file, as in the rows' `source_rank`.
    pub rank: u16,
    /// Its name in the job file.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its partitions (files, topic partitions), in order.
    pub partitions: Vec<String>,
}
