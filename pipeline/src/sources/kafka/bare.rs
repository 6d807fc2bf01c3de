//! A topic read to its end by the client alone: what our readers are measured against.

use super::InputError;
use super::ears::{Ears, is_final};
use crate::clock::Stopwatch;
use crate::kafka::{ClientError, KafkaAccess};
use rdkafka::{Offset, TopicPartitionList, consumer::Consumer as _, error::KafkaError};
use std::time::Duration;

/// What was read, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BareRead {
    /// Records.
    pub messages: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// From the assignment to the last record.
    pub seconds: f64,
}

/// Reads all that a topic holds, and looks at nothing.
///
/// # Errors
/// When there is no such topic, or it cannot be read.
pub fn bare_read(access: &KafkaAccess, topic: &str) -> Result<BareRead, InputError> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let ears = Ears::default();
    let settings = [("queued.max.messages.kbytes", "262144"), ("queued.min.messages", "1000000")];
    let consumer = ears.consumer(access, &settings)?;
    let client = access.consumer(&[])?;
    let count = access.partitions(client.client(), topic)?;
    let mut assignment = TopicPartitionList::new();
    for partition in 0..count {
        let added = assignment.add_partition_offset(topic, partition as i32, Offset::Beginning);
        added.map_err(|error| access.unanswered(ears.watch(), &error))?;
    }
    let started = Stopwatch::start();
    consumer.assign(&assignment).map_err(|error| access.unanswered(ears.watch(), &error))?;
    let (mut messages, mut bytes, mut at_end) = (0, 0, 0);
    while at_end < count {
        match consumer.poll(PATIENCE) {
            Some(Ok(message)) => {
                messages += 1;
                bytes += message.payload_len() as u64;
            }
            Some(Err(KafkaError::PartitionEOF(_))) => at_end += 1,
            Some(Err(error)) if error.rdkafka_error_code().is_none_or(is_final) => {
                return Err(access.unanswered(ears.watch(), &error).into());
            }
            Some(Err(_)) => {}
            None => {
                let reason = ears.watch().trouble().unwrap_or("no answer".to_owned());
                let brokers = access.brokers.clone();
                return Err(ClientError::Unreachable { brokers, reason }.into());
            }
        }
    }
    Ok(BareRead { messages, bytes, seconds: started.elapsed().as_secs_f64() })
}
