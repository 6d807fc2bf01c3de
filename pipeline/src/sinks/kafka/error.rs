//! What ends a sink.

use crate::{
    faults::Fault,
    kafka::{AccessError, ClientError},
};
use schemas::OrderKey;

/// Why results cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Brokers.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A topic that is not there.
    #[error(
        "there is no topic `{topic}` at {brokers} for the results; make it with \
         `tapeflow topics create JOB.toml`"
    )]
    NoTopic {
        /// The topic.
        topic: String,
        /// The brokers.
        brokers: String,
    },
    /// A topic that is not as the job says.
    #[error(
        "topic `{topic}` has {found} partitions and the job says {stated}: keys would go elsewhere \
         than before; state {found} in the job, or name another topic and make it with \
         `tapeflow topics create JOB.toml`"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// What the job says.
        stated: u32,
        /// What it has.
        found: u32,
    },
    /// A run whose progress topic has no possible name.
    #[error("the run's name `{0}` cannot be part of a topic's name: use letters, digits, _ - .")]
    Name(String),
    /// Another process took the shard.
    #[error(
        "another process writes as {id} now (or the brokers gave up on a transaction that took \
         too long): this one ends"
    )]
    Fenced {
        /// The transactional id.
        id: String,
    },
    /// A resume computes other records than were sent.
    #[error(
        "topic `{topic}` partition {partition}: this build computes something else than was sent \
         before: {how} (at or before {key:?}); resume with the build, models and input of then, or \
         start anew under another run name"
    )]
    Differs {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// The last order key that both know.
        key: Option<OrderKey>,
        /// What differs.
        how: &'static str,
    },
    /// The progress topic has lost records.
    #[error(
        "the progress topic `{topic}` {what} for {id}, but the checkpoint says that {count} \
         records went to `{output}` partition {partition}: without it records would be sent twice; \
         was the topic deleted or made anew?"
    )]
    Progress {
        /// The progress topic.
        topic: String,
        /// Says nothing, or is behind.
        what: String,
        /// The shard.
        id: String,
        /// An output topic.
        output: String,
        /// Its partition.
        partition: u32,
        /// Its records as of the checkpoint.
        count: u64,
    },
    /// A checkpoint or progress record of other shards or topics.
    #[error("{id} was written with {then}, and now is to be with {now}: resume as it was")]
    Layout {
        /// The shard.
        id: String,
        /// What it had.
        then: String,
        /// What it has.
        now: String,
    },
    /// Bytes of a progress record or an outbox that cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Damaged {
        /// What.
        what: String,
        /// Why.
        reason: String,
    },
    /// Rows out of order: a fault of the engine.
    #[error("topic `{topic}` partition {partition}: {key:?} came after {last:?}")]
    Order {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// The row.
        key: OrderKey,
        /// The one before.
        last: OrderKey,
    },
    /// librdkafka or a broker refuses.
    #[error("{id}: cannot {what}: {reason}")]
    Refused {
        /// The shard.
        id: String,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// The system gives no thread.
    #[error("cannot start the writer of a topic: {0}")]
    Thread(#[from] std::io::Error),
    /// The thread of a shard panicked.
    #[error("the writer {0} ended without a reason")]
    Lost(String),
    /// A test asked for it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<AccessError> for SinkError {
    fn from(error: AccessError) -> SinkError {
        ClientError::from(error).into()
    }
}
