//! What sources, sinks and tools share when they talk to Kafka.

mod access;

pub use access::{AccessError, KafkaAccess};
