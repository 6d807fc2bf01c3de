//! Why a topic cannot be read, or not on from where a run stopped: what happened, whose doing it
//! is, and what there is to choose from.

use crate::kafka::ClientError;

/// A topic that cannot be read as asked.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No brokers, or no such topic.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Records vanish from it by key, so that the same offsets would not give the same records.
    #[error(
        "topic `{topic}` has cleanup.policy={policy}: compaction removes records that were read, \
         so a run could not be repeated. Read a topic with cleanup.policy=delete"
    )]
    Compacted {
        /// The topic.
        topic: String,
        /// Its policy.
        policy: String,
    },
    /// Retention was shorter than the pause.
    #[error(
        "topic `{topic}` partition {partition}: the run is to go on at offset {offset}, but the \
         broker's retention has removed what is before offset {low}. {} records are lost to it. \
         Restore the topic, or begin a run of another name, which starts at what is there \
         (start = \"earliest\")", low.saturating_sub(*offset)
    )]
    Lost {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Where to go on.
        offset: u64,
        /// The oldest record that is there.
        low: u64,
    },
    /// The topic ends before what was read of it.
    #[error(
        "topic `{topic}` partition {partition}: the run is to go on at offset {offset}, but the \
         topic ends at {high}. It was made anew or truncated, or its brokers lost records. \
         Restore the topic, or begin a run of another name"
    )]
    Short {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Where to go on.
        offset: u64,
        /// The end.
        high: u64,
    },
    /// It is another topic of the same name.
    #[error(
        "topic `{topic}` was deleted and made anew (id {is}, before {was}): its offsets mean \
         other records. Restore the topic, or begin a run of another name"
    )]
    Recreated {
        /// The topic.
        topic: String,
        /// The id that it had.
        was: String,
        /// The id that it has.
        is: String,
    },
    /// It has not the partitions that the checkpoint knows.
    #[error(
        "topic `{topic}` has {is} partitions, and the run was reading {was}: the others are in no \
         checkpoint, and keys have moved, so records of one instrument may overtake each other. \
         Begin a run of another name, or read a topic with {was} partitions"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// Partitions of the checkpoint.
        was: u32,
        /// Partitions that there are.
        is: u32,
    },
    /// A range that is not there.
    #[error(
        "topic `{topic}` partition {partition}: offsets {from} to {to} are asked for, but \
         {low} to {high} are there"
    )]
    Range {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// The first offset.
        from: u64,
        /// The offset after the last.
        to: u64,
        /// The oldest record that is there.
        low: u64,
        /// The offset after the newest.
        high: u64,
    },
    /// A range in a partition that is not there.
    #[error(
        "topic `{topic}` has {partitions} partitions; offsets of partition {partition} are asked \
         for"
    )]
    NoPartition {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Partitions that there are.
        partitions: u32,
    },
    /// The brokers ended it.
    #[error("topic `{topic}` partition {partition} cannot be read on at offset {offset}: {reason}")]
    Stopped {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Where.
        offset: u64,
        /// What the client says.
        reason: String,
    },
    /// Nothing in it tells a time.
    #[error(
        "topic `{topic}` partition {partition} is not {expected}: none of the {records} records \
         from offset {offset} on can be used; the first one: {reason}"
    )]
    Format {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// What it should hold.
        expected: &'static str,
        /// Records that were looked at.
        records: usize,
        /// The first one's offset.
        offset: u64,
        /// What is wrong with that.
        reason: String,
    },
    /// What a recording has, and what the run reads, do not meet.
    #[error(
        "recording `{recording}` ends at offset {recorded} of topic `{topic}` partition \
         {partition}, and the run begins at {begins}: what lies between would be missing. Give \
         the job another `recording`, or begin the run where the recording ends (--offsets, or \
         `start`)"
    )]
    RecordingGap {
        /// The recording.
        recording: String,
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Where the recording ends.
        recorded: u64,
        /// Where the run begins.
        begins: u64,
    },
    /// A recording that is no history of these topics.
    #[error("recording `{recording}` cannot be the history of topic `{topic}`: {reason}")]
    History {
        /// The recording.
        recording: String,
        /// The topic.
        topic: String,
        /// Why.
        reason: String,
    },
    /// The log of fences.
    #[error("fences cannot be written to topic `{topic}`: {reason}")]
    Fences {
        /// The topic.
        topic: String,
        /// Why.
        reason: String,
    },
    /// A record of the log of fences that nobody wrote.
    #[error("topic `{topic}` holds at offset {offset} what is no fence: {reason}")]
    FenceRecord {
        /// The topic.
        topic: String,
        /// The offset.
        offset: u64,
        /// Why.
        reason: String,
    },
}
