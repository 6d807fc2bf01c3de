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
///
/// Where a venue matches by its own clock, each of its records comes twice, for the strategy when
/// it was received and for the venue when it happened there. At one instant
/// [`OrderKey::received`] then tells the order of what the strategy receives, of answers to it, of
/// what happens at the venue, and of requests that arrive there.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct OrderKey {
    /// When the record took effect.
    pub ts: EventTime,
    /// 1 for what was received at `ts`, 0 for what fell due then; by a venue's own clock up to 4.
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
    /// Fell due.
    pub const DUE: u8 = 0;
    /// Was received.
    pub const RECEIVED: u8 = 1;
    /// Is known to the strategy, which was told by a venue with a clock of its own.
    pub const ANSWERED: u8 = 2;
    /// Happened at such a venue.
    pub const AT_VENUE: u8 = 3;
    /// Was requested, and has arrived at such a venue.
    pub const ARRIVED: u8 = 4;

    /// The key of a source record.
    #[inline(always)]
    pub fn source(ts: EventTime, rank: u16, partition: u32, offset: u64, seq: u32) -> OrderKey {
        OrderKey {
            ts,
            received: OrderKey::RECEIVED,
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
        self.due_as(OrderKey::DUE, due, operator, state, seq)
    }

    /// The same of what comes in its turn among all of that moment: never before its cause.
    pub fn due_as(
        self,
        received: u8,
        due: EventTime,
        operator: u16,
        state: u32,
        seq: u32,
    ) -> OrderKey {
        let received = if due > self.ts { received } else { received.max(self.received) };
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

    #[test]
    fn what_comes_in_its_turn_never_comes_before_its_cause() {
        let cause = OrderKey { received: OrderKey::AT_VENUE, ..OrderKey::default() };
        let answer = |due| cause.due_as(OrderKey::ANSWERED, EventTime(due), 3, 0, 0).received;
        assert_eq!([answer(0), answer(1)], [OrderKey::AT_VENUE, OrderKey::ANSWERED]);
        let request = |due| cause.due_as(OrderKey::ARRIVED, EventTime(due), 3, 0, 0).received;
        assert_eq!([request(0), request(1)], [OrderKey::ARRIVED; 2]);
    }
}
