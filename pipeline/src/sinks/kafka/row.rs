//! A record on its way to a topic.

use schemas::{OrderKey, Text};
use serde::{Deserialize, Serialize};

/// A record of a topic with its place; workers and processes exchange it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutRow {
    /// Its sink: the place of the [`super::Outlet`].
    pub sink: u16,
    /// Its output partition, counted over all topics of the sink in order.
    pub partition: u32,
    /// Its place in the order of everything.
    pub key: OrderKey,
    /// The record's key; none when empty.
    pub record_key: Vec<u8>,
    /// The record.
    pub value: Vec<u8>,
    /// The record's headers.
    pub headers: Vec<(Text, Vec<u8>)>,
}

impl OutRow {
    /// Rows of a worker's sinks in the order in which shards take them.
    pub fn sort(rows: &mut [OutRow]) {
        if !rows.is_sorted_by_key(OutRow::place) {
            rows.sort_unstable_by_key(OutRow::place);
        }
    }

    fn place(&self) -> (OrderKey, u16, u32) {
        (self.key, self.sink, self.partition)
    }

    /// About what it takes, in memory and on the wire.
    pub fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len() + 32);
        128 + self.record_key.len() + self.value.len() + headers.sum::<usize>()
    }
}
