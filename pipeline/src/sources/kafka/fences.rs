//! Fences: input that says how far time has got in a partition where nothing comes.
//!
//! Nothing but input may move the time, or a run could not be repeated. For topics whose writers
//! send no heartbeats the live source therefore writes down what it decides by the clock, before
//! it acts on it, and every later reading of those offsets finds it there.

use super::InputError;
use schemas::EventTime;
use serde::{Deserialize, Serialize};

/// From this offset on nothing takes effect before `ts`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fence {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// It counts before the record at this offset.
    pub from_offset: u64,
    /// The time that the partition has reached then.
    pub ts: EventTime,
}

/// What became of the fence that was proposed last for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FenceAnswer {
    /// None was proposed, or the answer was taken already.
    None,
    /// It is under way. Until there is an answer the partition must not be read on: a record
    /// that was read without the fence would be read with it the next time.
    Pending,
    /// It is durable and counts from now on.
    Durable(Fence),
    /// It was not written and never will be: more had come, or no broker said that none had.
    Refused,
}

/// Where fences are kept.
pub trait FenceLog: Send + Sync {
    /// Fences of a partition at or after an offset, by offset and time, as far as they were known
    /// when the log was opened.
    fn known(&self, topic: &str, partition: u32, from_offset: u64) -> Vec<Fence>;

    /// Asks for a fence to be written, if the partition's end is at or before `end` still.
    fn propose(&self, fence: Fence, end: u64);

    /// Takes the answer to the last proposal for a partition.
    ///
    /// # Errors
    /// When the log cannot be written any more: another run has taken it over.
    fn answer(&self, topic: &str, partition: u32) -> Result<FenceAnswer, InputError>;
}

/// Fences that are given; none is ever added. For topics with heartbeats in band, and to read
/// offsets again together with the fences that counted in them.
#[derive(Debug, Clone, Default)]
pub struct KnownFences(Vec<Fence>);

impl KnownFences {
    /// These fences.
    pub fn new(mut fences: Vec<Fence>) -> KnownFences {
        fences.sort();
        KnownFences(fences)
    }
}

impl FenceLog for KnownFences {
    fn known(&self, topic: &str, partition: u32, from_offset: u64) -> Vec<Fence> {
        let mine = |f: &&Fence| f.topic == topic && f.partition == partition;
        let mine = self.0.iter().filter(mine);
        mine.filter(|fence| fence.from_offset >= from_offset).cloned().collect()
    }

    fn propose(&self, _: Fence, _: u64) {}

    fn answer(&self, _: &str, _: u32) -> Result<FenceAnswer, InputError> {
        Ok(FenceAnswer::Refused)
    }
}
