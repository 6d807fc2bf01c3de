//! What the readers of a run's topics have done and have before them.

use super::intake::Counts;
use schemas::EventTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A partition.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PartitionStats {
    /// Offset of the record that is read next.
    pub next_offset: u64,
    /// Offset after the last record that may be read, as the brokers said a second ago or less.
    pub end_offset: u64,
    /// Records, heartbeats included, that were read.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// Records that could not be used.
    pub rejected: u64,
    /// Records that took effect later than they were received.
    pub late: u64,
    /// Fences that counted.
    pub fences: u64,
    /// How far time has got; none while no record has told it.
    pub watermark: Option<EventTime>,
    /// Bytes that wait in the partition's queue.
    pub queued_bytes: u64,
}

impl PartitionStats {
    /// Offsets between what was read and the end.
    pub fn lag(&self) -> u64 {
        self.end_offset.saturating_sub(self.next_offset)
    }
}

/// All partitions of this process at a moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct KafkaStats {
    /// By topic and partition.
    pub partitions: BTreeMap<String, BTreeMap<u32, PartitionStats>>,
    /// What the last attempt to connect met, while no broker is connected.
    pub trouble: Option<String>,
}

impl KafkaStats {
    /// Records read, all partitions together. Rates are differences of two snapshots.
    pub fn records(&self) -> u64 {
        self.all().map(|p| p.records).sum()
    }

    /// Bytes read, all partitions together.
    pub fn bytes(&self) -> u64 {
        self.all().map(|p| p.bytes).sum()
    }

    /// Offsets that are still to be read, all partitions together.
    pub fn lag(&self) -> u64 {
        self.all().map(PartitionStats::lag).sum()
    }

    fn all(&self) -> impl Iterator<Item = &PartitionStats> {
        self.partitions.values().flat_map(BTreeMap::values)
    }
}

/// What is used of the client's statistics.
#[derive(Deserialize)]
struct Heard {
    #[serde(default)]
    brokers: BTreeMap<String, HeardBroker>,
    #[serde(default)]
    topics: BTreeMap<String, HeardTopic>,
}

#[derive(Deserialize)]
struct HeardBroker {
    state: String,
    /// How the client came to know it; `internal` is none.
    source: String,
}

#[derive(Deserialize)]
struct HeardTopic {
    partitions: BTreeMap<String, HeardPartition>,
}

#[derive(Deserialize)]
struct HeardPartition {
    partition: i64,
    fetchq_size: u64,
    /// The end for those who read what is committed.
    ls_offset: i64,
}

/// Where the readers of a process count.
#[derive(Debug, Clone, Default)]
pub struct KafkaMeter(Arc<Mutex<KafkaStats>>);

impl KafkaMeter {
    /// What there is now.
    pub fn snapshot(&self) -> KafkaStats {
        self.lock().clone()
    }

    /// What a reader has done.
    pub(super) fn count(
        &self,
        topic: &str,
        partition: u32,
        (next, reached): (u64, Option<EventTime>),
        counts: Counts,
    ) {
        let mut stats = self.lock();
        // A name is copied once, not each time that nothing came.
        if !stats.partitions.contains_key(topic) {
            stats.partitions.insert(topic.to_owned(), BTreeMap::new());
        }
        let Some(partitions) = stats.partitions.get_mut(topic) else { return };
        let entry = partitions.entry(partition).or_default();
        (entry.next_offset, entry.watermark) = (next, reached);
        (entry.records, entry.bytes) = (counts.records, counts.bytes);
        (entry.rejected, entry.late) = (counts.rejected, counts.late);
        entry.fences = counts.fences;
    }

    /// What the client tells of itself, as JSON. Is a broker connected?
    pub(super) fn hear(&self, statistics: &[u8], trouble: Option<String>) -> bool {
        let Ok(heard) = serde_json::from_slice::<Heard>(statistics) else { return true };
        let is_up = |broker: &HeardBroker| broker.state == "UP" && broker.source != "internal";
        let connected = heard.brokers.values().any(is_up);
        let mut stats = self.lock();
        stats.trouble = trouble.filter(|_| !connected);
        for (topic, heard) in heard.topics {
            let Some(partitions) = stats.partitions.get_mut(&topic) else { continue };
            for heard in heard.partitions.values() {
                let Ok(number) = u32::try_from(heard.partition) else { continue };
                let Some(entry) = partitions.get_mut(&number) else { continue };
                entry.end_offset = heard.ls_offset.max(0) as u64;
                entry.queued_bytes = heard.fetchq_size;
            }
        }
        connected
    }

    fn lock(&self) -> MutexGuard<'_, KafkaStats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
