//! Results as records of topics.

mod plan;

pub use plan::{KafkaSink, OutputMode, OutputStream, OutputTopic};
