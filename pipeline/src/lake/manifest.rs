//! Manifests: what an epoch adds to a run or a recording. Creating one is the commit.

use crate::{sources::Position, stats::Stats, tally::Tally};
use schemas::{Digest, EventTime, Instrument, OrderKey, Table};
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
    /// Tells processes apart that claim the same generation.
    #[serde(default)]
    pub process: String,
}

/// `ended/<G>.json`: a generation writes no more. Only where no lock says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// The generation.
    pub generation: u64,
    /// Is the whole journal gone?
    pub deleted: bool,
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
    /// Files of earlier epochs that its own hold the rows of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Does `files` list every file of the run, so that readers need not look at the parent?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub base: bool,
    /// Was the run brought to rest for it? Only there may a resume have another build or models.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub savepoint: bool,
    /// What a resume needs; none in recordings and in runs that cannot be resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// All rows since the run began.
    pub tables: BTreeMap<Table, TableTotal>,
    /// The run's result, in its last epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<serde_json::Value>,
    /// What a recording knows of its sources and instruments; in the first epoch that knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
}

/// What a resume needs: everything that follows from records before the boundary.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Buckets that state is divided into.
    pub buckets: u32,
    /// Where each partition of a topic is read on.
    pub sources: Vec<Position>,
    /// State of operators.
    pub state: Vec<StateFile>,
    /// What went to each output partition.
    pub sinks: Vec<OutputPosition>,
    /// Writers of each Kafka sink.
    pub shards: Vec<u32>,
    /// Counts and results since the run began.
    pub stats: Stats,
    /// Counts of what went in since the run began.
    pub tally: Tally,
    /// Digests, backends and versions of the models.
    pub models: Vec<String>,
}

/// A file of operator state: rows (bucket, key, bytes) in that order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateFile {
    /// The operator's declared name.
    pub operator: String,
    /// Relative to the lake.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// Digest of the file's bytes.
    pub digest: Digest,
    /// For each bucket that has rows: the bucket, its first row, its rows; ascending.
    pub buckets: Vec<(u32, u64, u64)>,
}

/// What went to an output partition since the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPosition {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: u32,
    /// Records.
    pub count: u64,
    /// Order key of the last one.
    pub last: Option<OrderKey>,
    /// Hash of the last one chained to that of the one before.
    pub chain: Digest,
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

    /// Takes rows out that were added before.
    pub fn take_out(&mut self, rows: u64, digest: Digest) {
        self.rows -= rows;
        // Digests are sums modulo 2^128.
        self.digest.add(Digest(digest.0.wrapping_neg()));
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
