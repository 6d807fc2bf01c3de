//! Where market data comes from. Every source is a set of partitions; a [`Reader`] gives one
//! partition (or this worker's share of it) as chunks in order-key order.

pub mod columns;
pub mod cryptofeed;
pub mod databento;
pub mod generate;
pub mod hftbacktest;
pub mod jsonl;
pub mod kafka;
pub mod lobster;
pub mod news;
mod plan;
pub mod synthetic;

pub(crate) use plan::{Found, Prepared};
pub use plan::{SourceKind, SourcePlan};

use schemas::{Chunk, EventTime};
use serde::{Deserialize, Serialize};

/// A partition, or this worker's share of one, as chunks.
pub trait Reader: Send {
    /// The next chunk, never empty, its keys above those of the chunk before; `None` at the end.
    ///
    /// # Errors
    /// When the input cannot be read on. Records that cannot be *used* are rows of the chunk.
    fn next(&mut self) -> Result<Option<Chunk>, SourceError>;

    /// Bytes read and bytes in all, as stored (compressed); `None` when that is not known.
    fn progress(&self) -> Option<(u64, u64)> {
        None
    }

    /// What only a partition that still grows has: `None` from [`Reader::next`] then means that
    /// nothing has come *yet*, until [`LiveReader::ended`].
    fn live(&mut self) -> Option<&mut dyn LiveReader> {
        None
    }
}

/// A partition that still grows.
pub trait LiveReader {
    /// No later chunk has a row before this. Records, heartbeats and fences move it, nothing else.
    fn watermark(&self) -> EventTime;

    /// Where a resume begins whose state is as of `boundary`, which is not after the watermark.
    /// The next call is for a later boundary.
    fn position_at(&mut self, boundary: EventTime) -> Position;

    /// Does it have an end, and has that been reached?
    fn ended(&self) -> bool;

    /// Hears what there is besides records, while no records are wanted.
    ///
    /// # Errors
    /// As [`Reader::next`].
    fn attend(&mut self) -> Result<(), SourceError>;
}

/// Where to read on in a partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Rank of the topic.
    pub source_rank: u16,
    /// The topic.
    pub topic: String,
    /// The broker's id of the topic: one that was made anew has another.
    pub topic_id: String,
    /// The partition.
    pub partition: u32,
    /// The next offset.
    pub offset: u64,
    /// The greatest event time before that offset, less the allowed delay.
    pub watermark: EventTime,
}

/// Input that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file that cannot be opened or read.
    #[error("cannot read {path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A lake.
    #[error(transparent)]
    Lake(#[from] crate::lake::LakeError),
    /// A topic.
    #[error(transparent)]
    Kafka(#[from] kafka::InputError),
    /// A file that is not what its format promises.
    #[error("{path} is not {expected}: {found}")]
    Format {
        /// The file.
        path: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
}

/// Rows in a chunk: more page-fault, fewer pay for messages.
pub const CHUNK_ROWS: usize = 16 * 1024;
