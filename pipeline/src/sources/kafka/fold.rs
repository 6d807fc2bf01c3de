//! When the records of a partition take effect: a fold over all of them at their offsets, fences
//! included, and nothing else. What it gives for an offset is the same whenever it is asked.

use super::marks::{Mark, Marks};
use super::{Fence, PartitionStart};
use schemas::{EventTime, Span};
use std::collections::VecDeque;

/// Kafka's timestamps count milliseconds: what is stamped within one is not after it.
const KAFKA_TICK_NS: i64 = 1_000_000;

/// What the fold of a partition goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// How far a record may be behind one before it and still be in order.
    pub(super) allowed_delay: Span,
    /// How far a record may be ahead of its Kafka timestamp.
    pub(super) allowed_skew: Span,
    /// Time between checkpoints.
    pub(super) checkpoint_every: Span,
}

/// The fold of a partition.
#[derive(Debug)]
pub(super) struct Fold {
    rules: Rules,
    /// The state before the next record.
    now: Mark,
    marks: Marks,
    /// Fences that are still to count, by offset.
    fences: VecDeque<Fence>,
    /// The first of the records at the very start that came before any time was known.
    untimed: Option<u64>,
    /// The first time that was known, which is when those take effect.
    first: EventTime,
}

impl Fold {
    /// Begins at an offset, with the fences from it on.
    pub(super) fn new(start: &PartitionStart, rules: Rules, fences: Vec<Fence>) -> Fold {
        let (offset, watermark) = (start.offset, start.watermark);
        let now = Mark { offset, watermark, latest: EventTime::MIN };
        let marks = Marks::new(now, rules.checkpoint_every);
        let mut fold =
            Fold { rules, now, marks, fences: fences.into(), untimed: None, first: watermark };
        fold.reach(offset);
        fold
    }

    /// Lets the fences count that stand before the record at `offset`, and says how many.
    #[inline]
    pub(super) fn reach(&mut self, offset: u64) -> u64 {
        let mut counted = 0;
        while self.fences.front().is_some_and(|fence| fence.from_offset <= offset) {
            let fence = self.fences.pop_front().expect("one was seen");
            if let Some(offset) = self.untimed.take() {
                self.marks.pass(Mark { offset, ..self.now }, fence.ts);
                self.now.latest = fence.ts;
            }
            self.raise(fence.ts);
            counted += 1;
        }
        counted
    }

    /// Adds a fence that has become durable; it stands before the next record.
    pub(super) fn fence(&mut self, fence: Fence) {
        let place = self.fences.partition_point(|other| *other <= fence);
        self.fences.insert(place, fence);
    }

    /// When a record that says it was received at `ts` takes effect. One that is stamped beyond
    /// the Kafka timestamp, in milliseconds, changes nothing but the offset.
    #[inline]
    pub(super) fn admit(
        &mut self,
        offset: u64,
        ts: EventTime,
        kafka_ms: Option<i64>,
    ) -> Result<EventTime, String> {
        if let Some(ms) = kafka_ms {
            let written = ms.saturating_mul(KAFKA_TICK_NS).saturating_add(KAFKA_TICK_NS - 1);
            if ts > EventTime(written).plus(self.rules.allowed_skew) {
                return Err(format!(
                    "ts {ts} is more than {} after the record's Kafka timestamp, {}",
                    self.rules.allowed_skew,
                    EventTime(ms.saturating_mul(KAFKA_TICK_NS))
                ));
            }
        }
        let effect = ts.max(self.now.watermark);
        self.pass(offset, effect);
        let settled = EventTime(ts.0.saturating_sub(self.rules.allowed_delay.0));
        self.raise(settled);
        Ok(effect)
    }

    /// When a record that tells no time takes effect; `None` while no time is known.
    #[inline]
    pub(super) fn blank(&mut self, offset: u64) -> Option<EventTime> {
        let effect = self.now.watermark;
        if effect == EventTime::MIN {
            self.untimed.get_or_insert(offset);
            self.now.offset = offset + 1;
            return None;
        }
        self.pass(offset, effect);
        Some(effect)
    }

    #[inline]
    fn raise(&mut self, ts: EventTime) {
        self.now.watermark = self.now.watermark.max(ts);
        if self.first == EventTime::MIN {
            self.first = self.now.watermark;
        }
    }

    #[inline]
    fn pass(&mut self, offset: u64, effect: EventTime) {
        let from = self.untimed.take().unwrap_or(offset);
        self.marks.pass(Mark { offset: from, ..self.now }, effect);
        self.now.latest = self.now.latest.max(effect);
        self.now.offset = offset + 1;
    }

    /// The first time that was known: what came before it takes effect then.
    pub(super) fn first(&self) -> EventTime {
        self.first
    }

    /// No record to come takes effect before this.
    pub(super) fn watermark(&self) -> EventTime {
        self.now.watermark
    }

    /// The latest time at which anything took effect.
    pub(super) fn latest(&self) -> EventTime {
        self.now.latest
    }

    /// The offset after the last record.
    pub(super) fn next_offset(&self) -> u64 {
        self.now.offset
    }

    /// Where a resume begins whose state is as of `boundary`.
    pub(super) fn at(&mut self, boundary: EventTime) -> Mark {
        let offset = self.untimed.unwrap_or(self.now.offset);
        self.marks.at(boundary, Mark { offset, ..self.now })
    }

    /// Marks that are kept.
    #[cfg(test)]
    pub(super) fn marks(&self) -> usize {
        self.marks.len()
    }
}
