//! What the readers of a run's topics have done and have before them.

use schemas::EventTime;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
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

impl Default for PartitionStats {
    fn default() -> PartitionStats {
        PartitionStats {
            next_offset: 0,
            end_offset: 0,
            records: 0,
            bytes: 0,
            rejected: 0,
            late: 0,
            fences: 0,
            watermark: None,
            queued_bytes: 0,
        }
    }
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
    /// Brokers without a connection, by name, and what the last attempt met.
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

/// Where the readers of a process count.
#[derive(Debug, Clone, Default)]
pub struct KafkaMeter(Arc<Mutex<KafkaStats>>);

impl KafkaMeter {
    /// What there is now.
    pub fn snapshot(&self) -> KafkaStats {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, KafkaStats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
