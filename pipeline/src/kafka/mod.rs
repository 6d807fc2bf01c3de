//! What sources, sinks and tools share when they talk to Kafka.

mod access;
mod broker;
mod client;
mod partition;
pub mod publish;
pub mod tap;
mod topic;
mod topics;

pub use access::{AccessError, KafkaAccess};
pub use broker::{BrokerError, DevBroker};
pub use client::{ANSWER_TIME, ClientError, Watch};
pub(crate) use client::{PATIENCE, is_passing};
pub use partition::partition_of;
pub use topic::{Cleanup, Retention, TopicError, TopicPlan, is_topic_name};
pub use topics::{Made, PartitionState, TopicState, TopicsError, create_topics, describe_topics};
