//! The order key: the one total order of everything that goes in and comes out.

use crate::EventTime;
use serde::{Deserialize, Serialize};

/// The place of a record in the one total order. Fields compare in the order in which they stand.
///
/// A record from a source has `received = 1` and `operator = 0`. A derived record keeps its
/// cause's components and adds its operator's ordinal in the plan, its state key (instrument or
/// account) and a count per (operator, state key, cause). What falls due strictly later than its
/// cause takes the due time with `received = 0`, so that it comes *before* any record received at
/// that instant.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct OrderKey {
    /// When the record took effect.
    pub ts: EventTime,
    /// 1 for what was received at `ts`, 0 for what fell due then.
    pub received: u8,
    /// The source's place in the job file.
    pub source_rank: u16,
    /// The partition (file, topic partition) within the source.
    pub source_partition: u32,
    /// The offset (line, row, Kafka offset) within the partition.
    pub source_offset: u64,
    /// The operator's ordinal in the plan; 0 for a source.
    pub operator: u16,
    /// The state key: index of the instrument or account in the plan's sorted lists. It stands in
    /// the lake as the columns `instrument` and `account`.
    pub state: u32,
    /// Counts records with all else equal.
    pub seq: u32,
}

impl OrderKey {
    /// The key of a source record.
    #[inline(always)]
    pub fn source(ts: EventTime, rank: u16, partition: u32, offset: u64, seq: u32) -> OrderKey {
        OrderKey {
            ts,
            received: 1,
            source_rank: rank,
            source_partition: partition,
            source_offset: offset,
            operator: 0,
            state: 0,
            seq,
        }
    }

    /// The key of what `operator` derives from this cause at once.
    pub fn derived(self, operator: u16, state: u32, seq: u32) -> OrderKey {
        OrderKey { operator, state, seq, ..self }
    }

    /// The key of what this cause makes due at `due`: its own components if that is now.
    pub fn due(self, due: EventTime, operator: u16, state: u32, seq: u32) -> OrderKey {
        let received = if due > self.ts { 0 } else { self.received };
        OrderKey { ts: due.max(self.ts), received, operator, state, seq, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_due_comes_before_what_is_received_then() {
        let cause = OrderKey::source(EventTime(10), 0, 0, 5, 0);
        let arrival = OrderKey::source(EventTime(20), 0, 0, 1, 0);
        assert!(cause.due(EventTime(20), 3, 0, 0) < arrival);
        assert!(cause.due(EventTime(10), 3, 0, 0) > cause);
        assert!(cause.derived(1, 0, 0) < cause.derived(2, 0, 0));
        assert!(cause.derived(9, 0, 0) < OrderKey::source(EventTime(10), 0, 0, 6, 0));
    }
}
