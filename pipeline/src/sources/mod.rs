//! Where market data comes from. Every source is a set of partitions; a [`Reader`] gives one
//! partition (or this worker's share of it) as chunks in order-key order.

pub mod generate;
pub mod hftbacktest;
pub mod jsonl;
mod plan;
pub mod synthetic;

pub(crate) use plan::Prepared;
pub use plan::{SourceKind, SourcePlan};

use schemas::Chunk;

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
