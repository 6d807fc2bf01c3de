//! Looking into topics: what is committed in them, as it comes.

use super::client::said;
use super::{ANSWER_TIME, ClientError, KafkaAccess, Watch, is_passing};
use crate::progress::Progress;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    message::{BorrowedMessage, Headers},
};
use schemas::EventTime;
use std::{collections::BTreeSet, slice, time::Duration};

/// What is looked at.
#[derive(Debug, Clone)]
pub struct TapRequest<'a> {
    /// The brokers.
    pub access: &'a KafkaAccess,
    /// The topics.
    pub topics: &'a [String],
    /// Where to begin in each partition.
    pub from: TapFrom,
    /// Only what is there already?
    pub until_end: bool,
}

/// Where to begin in each partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapFrom {
    /// The oldest record that is still there.
    Beginning,
    /// What comes from now on.
    End,
    /// The first record whose Kafka timestamp is not before this.
    Time(EventTime),
}

/// A record as it lies in its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapRecord<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// Kafka's timestamp, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// Name and value of each header.
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
    /// The record itself; none for a mark that its key was deleted.
    pub value: Option<&'a [u8]>,
}

/// How long a call waits before it looks whether it is to stop.
const WAIT: Duration = Duration::from_millis(100);

/// Gives records to `each`, in order within a partition, until it says false, `progress` is
/// asked to stop or the end is reached, and says how many there were. Records of transactions that
/// were not committed are left out. Until the end, topics come one after the other.
///
/// # Errors
/// When a topic is not there, or brokers refuse.
pub fn tap(
    request: &TapRequest<'_>,
    progress: &Progress,
    each: &mut dyn FnMut(TapRecord<'_>) -> bool,
) -> Result<u64, ClientError> {
    let consumer = request.access.consumer(&[("enable.partition.eof", "true")])?;
    let mut tap = Tap { request, consumer, progress, each, count: 0, over: false };
    match request.until_end {
        false => tap.read(request.topics)?,
        // The mark of a partition's end names no topic.
        true => request.topics.iter().try_for_each(|topic| tap.read(slice::from_ref(topic)))?,
    }
    Ok(tap.count)
}

struct Tap<'a> {
    request: &'a TapRequest<'a>,
    consumer: BaseConsumer<Watch>,
    progress: &'a Progress,
    each: &'a mut dyn FnMut(TapRecord<'_>) -> bool,
    count: u64,
    over: bool,
}

impl Tap<'_> {
    fn read(&mut self, topics: &[String]) -> Result<(), ClientError> {
        let list = self.list(topics)?;
        let mut open: BTreeSet<i32> = list.elements().iter().map(|e| e.partition()).collect();
        self.consumer.assign(&list).map_err(|error| self.unanswered(&error))?;
        while !self.over && !self.progress.stopped() {
            match self.consumer.poll(WAIT) {
                None => {}
                Some(Ok(message)) => {
                    self.count += 1;
                    self.over = !(self.each)(record(&message));
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    open.remove(&partition);
                    if self.request.until_end && open.is_empty() {
                        break;
                    }
                }
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) => {
                    let what = format!("read {}", topics.join(", "));
                    return Err(ClientError::Refused { what, reason: said(&error) });
                }
            }
        }
        Ok(())
    }

    /// Every partition with the offset to begin at.
    fn list(&self, topics: &[String]) -> Result<TopicPartitionList, ClientError> {
        let (access, client) = (self.request.access, self.consumer.client());
        let mut list = TopicPartitionList::new();
        for topic in topics.iter().collect::<BTreeSet<_>>() {
            for partition in 0..access.partitions(client, topic)? {
                let offset = match self.request.from {
                    TapFrom::Beginning => Offset::Beginning,
                    // Now, not whenever the assignment takes effect.
                    TapFrom::End => {
                        let (_, high) = access.offsets(client, topic, partition)?;
                        Offset::Offset(high as i64)
                    }
                    TapFrom::Time(time) => Offset::Offset(time.0.div_euclid(1_000_000)),
                };
                let added = list.add_partition_offset(topic, partition as i32, offset);
                added.map_err(|error| self.unanswered(&error))?;
            }
        }
        match self.request.from {
            TapFrom::Time(_) => {
                let found = self.consumer.offsets_for_times(list, ANSWER_TIME);
                found.map_err(|error| self.unanswered(&error))
            }
            _ => Ok(list),
        }
    }

    fn unanswered(&self, error: &KafkaError) -> ClientError {
        self.request.access.unanswered(self.consumer.context(), error)
    }
}

fn record<'a>(message: &'a BorrowedMessage<'_>) -> TapRecord<'a> {
    let headers = message.headers().map_or(Vec::new(), |headers| {
        headers.iter().map(|header| (header.key, header.value)).collect()
    });
    TapRecord {
        topic: message.topic(),
        partition: message.partition() as u32,
        offset: message.offset() as u64,
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key(),
        headers,
        value: message.payload(),
    }
}
