//! What travels between workers: a shared chunk and the rows of it that are meant.

use schemas::Chunk;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Rows of a chunk on their way to a worker.
#[derive(Clone)]
pub(crate) struct Parcel {
    /// The worker.
    pub target: usize,
    /// The chunk, shared by all who got rows of it.
    pub chunk: Arc<Chunk>,
    /// Which rows.
    pub rows: Rows,
    /// With the last parcel of a reader: all its records lie before this event time.
    pub end: Option<i64>,
}

/// A selection of rows, ascending.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Rows {
    /// Every row.
    All,
    /// These rows.
    Some(Vec<u32>),
}

impl Rows {
    /// Row `i` of the selection.
    #[inline]
    pub fn get(&self, i: usize) -> usize {
        match self {
            Rows::All => i,
            Rows::Some(rows) => rows[i] as usize,
        }
    }

    /// How many.
    pub fn len(&self, chunk: &Chunk) -> usize {
        match self {
            Rows::All => chunk.len(),
            Rows::Some(rows) => rows.len(),
        }
    }
}

// Between threads parcels move as they are; between processes a chunk is copied.
impl Serialize for Parcel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.target, &*self.chunk, &self.rows, self.end).serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Parcel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (target, chunk, rows, end) = Deserialize::deserialize(deserializer)?;
        Ok(Parcel { target, chunk: Arc::new(chunk), rows, end })
    }
}
