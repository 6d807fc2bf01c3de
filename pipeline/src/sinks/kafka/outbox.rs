//! Rows that wait for their checkpoint, as the checkpoint stores them.

use super::{OutRow, SinkError, ledger::Count};
use schemas::EventTime;
use serde::{Deserialize, Serialize};

/// The rows of a shard between two boundaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OutboxEpoch {
    /// The boundary at their end.
    pub boundary: EventTime,
    /// Records of each partition before them.
    pub from: Vec<Count>,
    /// The rows, in the order in which they are sent.
    pub rows: Vec<OutRow>,
}

const VERSION: u8 = 1;

impl OutboxEpoch {
    /// An empty one after so many records.
    pub fn after(from: Vec<Count>) -> OutboxEpoch {
        OutboxEpoch { boundary: EventTime::MAX, from, rows: Vec::new() }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(&(VERSION, self)).expect("rows are plain data")
    }

    pub fn of_bytes(bytes: &[u8]) -> Result<OutboxEpoch, SinkError> {
        let damaged = |reason| SinkError::Damaged { what: "an outbox".to_owned(), reason };
        match postcard::from_bytes(bytes) {
            Ok((VERSION, epoch)) => Ok(epoch),
            Ok((other, _)) => Err(damaged(format!("it has version {other}, not {VERSION}"))),
            Err(error) => Err(damaged(error.to_string())),
        }
    }
}
