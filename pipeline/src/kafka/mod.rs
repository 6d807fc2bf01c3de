//! What sources, sinks and tools share when they talk to Kafka.

mod access;
mod client;

pub use access::{AccessError, KafkaAccess};
pub use client::{ANSWER_TIME, ClientError, Watch};
