//! Topics as sources: each partition is a reader of its own, read at offsets that we keep, with a
//! queue of its own, so that one that is ahead waits without starving the one that is behind.
//!
//! What a record's time of effect is, when a fence counts and where a resume begins is decided in
//! `intake`, `fold` and `marks`, which know nothing of brokers; `reader` feeds them.

mod bare;
mod connection;
mod decode;
mod ears;
mod fault;
mod fence_log;
mod fences;
mod fold;
#[cfg(fuzzing)]
pub mod fuzzing;
mod hold;
mod idle;
mod intake;
mod marks;
mod options;
mod plan;
mod reader;
mod stats;
mod survey;
#[cfg(test)]
mod tests;

pub use bare::{BareRead, bare_read};
pub use fault::InputError;
pub use fence_log::KafkaFences;
pub use fences::{Fence, FenceAnswer, FenceLog, KnownFences};
pub use options::{LiveOptions, Resume, Wake};
pub use plan::{History, KafkaSource, RecordFormat, StartAt, TopicInput};
pub use stats::{KafkaMeter, KafkaStats, PartitionStats};
pub use survey::{PartitionStart, Survey};

use super::{Reader, SourceError};
use schemas::Instrument;

/// Looks at the topics and opens a worker's share of their partitions: those whose number over
/// all topics is the worker's, modulo the workers. Where several workers open, [`Survey`] is the
/// way to have them agree.
///
/// # Errors
/// As [`Survey::take`] and [`Survey::open`].
pub fn open(
    source: &KafkaSource,
    rank: u16,
    instruments: &[Instrument],
    (worker, workers): (usize, usize),
    options: &LiveOptions,
) -> Result<Vec<Box<dyn Reader>>, SourceError> {
    Survey::take(source, rank, options.resume.as_ref())?.open(instruments, worker, workers, options)
}
