//! Counts of what went into a run.

use schemas::{
    Chunk, EventTime,
    chunk::{Kinds, NO_INSTRUMENT, NO_TIME, RowKind},
};
use serde::{Deserialize, Serialize};

/// Counts of records, added up over workers and checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Trades, quotes and book levels.
    pub events: u64,
    /// Records that came behind what their partition had already passed.
    pub late: u64,
    /// Event time of the first record.
    pub first: EventTime,
    /// Event time of the last record.
    pub last: EventTime,
    /// Sum over records of the venue's clock less ours, microseconds.
    pub skew_sum: i64,
    /// How many records told the venue's time.
    pub skew_count: u64,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            events: 0,
            late: 0,
            first: EventTime::MAX,
            last: EventTime::MIN,
            skew_sum: 0,
            skew_count: 0,
        }
    }
}

impl Tally {
    /// A record was seen.
    pub(crate) fn see(&mut self, first: EventTime, last: EventTime) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }

    /// Counts a row, if it is of an instrument.
    pub(crate) fn count(&mut self, chunk: &Chunk, row: usize) {
        if chunk.instrument[row] == NO_INSTRUMENT {
            return;
        }
        self.count_rows(chunk, std::iter::once(row));
    }

    /// Counts rows of a chunk, ascending, with a loop of its own for each column.
    pub(crate) fn count_rows(
        &mut self,
        chunk: &Chunk,
        rows: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator + Clone,
    ) {
        let (Some(first), Some(last)) = (rows.clone().next(), rows.clone().next_back()) else {
            return;
        };
        self.see(EventTime(chunk.ts[first]), EventTime(chunk.ts[last]));
        self.events += match &chunk.kinds {
            Kinds::Only(RowKind::Other) => 0,
            Kinds::Only(_) => rows.len() as u64,
            Kinds::Mixed(slots) => {
                rows.clone().filter(|row| slots[*row].0 != RowKind::Other).count() as u64
            }
        };
        if !chunk.recv_ts.is_empty() {
            let is_late = |row: &usize| chunk.ts[*row] > chunk.recv_ts[*row];
            self.late += rows.clone().filter(is_late).count() as u64;
        }
        if !chunk.exchange_ts.is_empty() {
            for row in rows.filter(|row| chunk.exchange_ts[*row] != NO_TIME) {
                self.skew_sum += (chunk.exchange_ts[row] - chunk.ts[row]) / 1000;
                self.skew_count += 1;
            }
        }
    }

    /// Adds what another counted.
    pub fn add(&mut self, other: &Tally) {
        self.events += other.events;
        self.late += other.late;
        self.see(other.first, other.last);
        self.skew_sum += other.skew_sum;
        self.skew_count += other.skew_count;
    }

    /// Event time of the first and the last record.
    pub fn span(&self) -> Option<(EventTime, EventTime)> {
        (self.first <= self.last).then_some((self.first, self.last))
    }

    /// Mean of the venue's clock less ours, nanoseconds.
    pub fn skew(&self) -> Option<i64> {
        (self.skew_count > 0).then(|| {
            let mean = i128::from(self.skew_sum) * 1000 / i128::from(self.skew_count);
            mean as i64
        })
    }
}
