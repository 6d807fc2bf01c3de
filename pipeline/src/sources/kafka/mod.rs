//! Topics as sources.

mod plan;

pub use plan::{KafkaSource, RecordFormat, StartAt, TopicInput};
