//! Where a resume would begin, for every time that has been reached and may still be asked for.

use schemas::{EventTime, Span};
use std::collections::VecDeque;

/// Between two multiples of the checkpoint interval there is a mark every so many records, so that
/// a savepoint at any other time reads little again.
const SPARSE_RECORDS: u64 = 4096;

/// The state before an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// The offset.
    pub(super) offset: u64,
    /// The watermark before it.
    pub(super) watermark: EventTime,
    /// The latest time of effect before it. It is what decides: all before the mark is part of a
    /// state as of any later time.
    pub(super) latest: EventTime,
}

/// Marks, in the order of their offsets.
#[derive(Debug)]
pub(super) struct Marks {
    every: Span,
    marks: VecDeque<Mark>,
    /// The multiple of the interval that has not been reached.
    next: EventTime,
}

impl Marks {
    /// A reading that begins here.
    pub(super) fn new(start: Mark, every: Span) -> Marks {
        let every = Span(every.0.max(1));
        Marks { every, marks: VecDeque::from([start]), next: EventTime::MIN }
    }

    /// Something before which the state was `before` takes effect at `ts`.
    #[inline]
    pub(super) fn pass(&mut self, before: Mark, ts: EventTime) {
        let last = self.marks.back().map_or(0, |mark| mark.offset);
        if ts >= self.next {
            let reached = ts.0.div_euclid(self.every.0).saturating_mul(self.every.0);
            self.next = EventTime(reached).plus(self.every);
            self.push(before);
        } else if before.offset.saturating_sub(last) >= SPARSE_RECORDS {
            self.push(before);
        }
    }

    fn push(&mut self, mark: Mark) {
        if self.marks.back().is_none_or(|last| last.offset != mark.offset) {
            self.marks.push_back(mark);
        }
    }

    /// Where a resume begins whose state is as of `boundary`: the last mark before which nothing
    /// takes effect at or after it. `now` is the present state. Marks before it are forgotten.
    pub(super) fn at(&mut self, boundary: EventTime, now: Mark) -> Mark {
        if now.latest < boundary {
            self.marks.clear();
            self.marks.push_back(now);
            return now;
        }
        // The first mark is before everything that can be asked for.
        while self.marks.get(1).is_some_and(|mark| mark.latest < boundary) {
            self.marks.pop_front();
        }
        self.marks.front().copied().unwrap_or(now)
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.marks.len()
    }
}
