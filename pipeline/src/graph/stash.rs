//! Rows that wait for the frontier, and their order.

use super::parcel::{Parcel, Rows};
use crate::rows::market_row;
use operators::market::{MarketRow, trade_at};
use schemas::{
    Chunk, OrderKey,
    chunk::{DeltaFlags, Kinds, RowKind},
};
use std::{ops::Range, sync::Arc};

/// Rows that have come but may not be stepped yet.
#[derive(Default)]
pub(crate) struct Stash {
    runs: Vec<Run>,
    end: i64,
}

/// What is left of a parcel.
struct Run {
    chunk: Arc<Chunk>,
    rows: Rows,
    next: usize,
    len: usize,
}

impl Run {
    fn ts(&self, i: usize) -> i64 {
        self.chunk.ts[self.rows.get(i)]
    }
    fn key(&self, i: usize) -> OrderKey {
        self.chunk.key(self.rows.get(i))
    }
    /// The first row from `from` on, `until` at most, that is not before the next of another run,
    /// which is at `ts`.
    fn before(
        &self,
        from: usize,
        until: usize,
        is_before: impl Fn(OrderKey) -> bool,
        ts: i64,
    ) -> usize {
        let before = |row: usize| match self.ts(row) {
            own if own == ts => is_before(self.key(row)),
            own => own < ts,
        };
        // By strides, each twice the one before: stretches are much shorter than runs.
        let (mut low, mut stride) = (from, 1);
        while low + stride <= until && before(low + stride - 1) {
            low += stride;
            stride *= 2;
        }
        let mut high = until.min(low + stride - 1);
        while low < high {
            let middle = (low + high) / 2;
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The first row at or after `limit`.
    fn until(&self, limit: i64) -> usize {
        if self.len > 0 && self.ts(self.len - 1) < limit {
            return self.len;
        }
        let (mut low, mut high) = (self.next, self.len);
        while low < high {
            let middle = (low + high) / 2;
            if self.ts(middle) < limit { low = middle + 1 } else { high = middle }
        }
        low
    }
}

impl Stash {
    /// Nothing yet.
    pub fn new() -> Stash {
        Stash { runs: Vec::new(), end: i64::MIN }
    }

    /// Keeps a parcel.
    pub fn push(&mut self, parcel: Parcel) {
        self.end = self.end.max(parcel.end.unwrap_or(i64::MIN));
        let len = parcel.rows.len(&parcel.chunk);
        if len > 0 {
            self.runs.push(Run { chunk: parcel.chunk, rows: parcel.rows, next: 0, len });
        }
    }

    /// The end of the input, once every reader has said its own.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Steps all rows with a time before `limit`, in order-key order: `step` gets a chunk, a
    /// selection of it and a range of that selection.
    pub fn drain(&mut self, limit: i64, mut step: impl FnMut(&Chunk, &Rows, Range<usize>)) {
        let mut ready: Vec<(usize, usize)> = Vec::new();
        for (i, run) in self.runs.iter().enumerate() {
            let until = run.until(limit);
            if until > run.next {
                ready.push((i, until));
            }
        }
        let runs = &self.runs;
        ready.sort_by_key(|(i, _)| runs[*i].key(runs[*i].next));
        let mut at = 0;
        while at < ready.len() {
            // Runs that overlap are merged; most do not.
            let mut last = last_key(runs, ready[at]);
            let mut next = at + 1;
            while next < ready.len() && runs[ready[next].0].key(runs[ready[next].0].next) < last {
                last = last.max(last_key(runs, ready[next]));
                next += 1;
            }
            if next == at + 1 {
                let (i, until) = ready[at];
                let run = &runs[i];
                step(&run.chunk, &run.rows, run.next..until);
            } else if next - at <= FEW_RUNS {
                interleave(runs, &ready[at..next], &mut step);
            } else {
                merge(runs, &ready[at..next], &mut step);
            }
            at = next;
        }
        for (i, until) in ready {
            self.runs[i].next = until;
        }
        self.runs.retain(|run| run.next < run.len);
    }
}

fn last_key(runs: &[Run], (i, until): (usize, usize)) -> OrderKey {
    runs[i].key(until - 1)
}

/// As many runs are interleaved rather than merged.
const FEW_RUNS: usize = 4;

/// Takes stretches of overlapping runs in turns: of the one whose next row comes first all rows up
/// to the next row of another. Trades stand between messages about books, so stretches are long.
fn interleave(
    runs: &[Run],
    ready: &[(usize, usize)],
    step: &mut impl FnMut(&Chunk, &Rows, Range<usize>),
) {
    let head =
        |(i, until): &(usize, usize)| (runs[*i].key(runs[*i].next), *i, runs[*i].next, *until);
    let mut heads: Vec<(OrderKey, usize, usize, usize)> = ready.iter().map(head).collect();
    while !heads.is_empty() {
        let first = (0..heads.len()).min_by_key(|h| (heads[*h].0, heads[*h].1)).expect("not empty");
        let (_, i, from, until) = heads[first];
        let others = heads.iter().enumerate().filter(|(h, _)| *h != first);
        let run = &runs[i];
        let end = match others.map(|(_, head)| (head.0, head.1)).min() {
            Some(next) => run.before(from + 1, until, |key| (key, i) < next, next.0.ts.0),
            None => until,
        };
        step(&run.chunk, &run.rows, from..end);
        if end == until {
            heads.remove(first);
        } else {
            (heads[first].0, heads[first].2) = (run.key(end), end);
        }
    }
}

/// Merges overlapping runs by a stable sort, which finds the runs by itself and beats a heap.
fn merge(
    runs: &[Run],
    ready: &[(usize, usize)],
    step: &mut impl FnMut(&Chunk, &Rows, Range<usize>),
) {
    let mut rows: Vec<(OrderKey, u32, u32)> = Vec::new();
    for (i, until) in ready {
        let run = &runs[*i];
        rows.extend((run.next..*until).map(|row| (run.key(row), *i as u32, row as u32)));
    }
    rows.sort_by_key(|(key, _, _)| *key);
    let follows = |a: &(OrderKey, u32, u32), b: &(OrderKey, u32, u32)| a.1 == b.1;
    for part in rows.chunk_by(follows) {
        let (_, i, row) = part[0];
        let run = &runs[i as usize];
        step(&run.chunk, &run.rows, row as usize..row as usize + part.len());
    }
}

/// The message that begins at a place of a selection: rows about a book up to the one that ends
/// it, all of one offset, between which nothing can come, with their levels side by side; or any
/// other row alone. It ends before `end`.
pub(crate) fn message(chunk: &Chunk, rows: &Rows, from: usize, end: usize) -> Range<usize> {
    let first = rows.get(from);
    let (kind, slot) = chunk.slot(first);
    if kind != RowKind::Delta {
        return from..from + 1;
    }
    let flags = &chunk.deltas.flags[slot..];
    let flags = &flags[..flags.len().min(end - from)];
    let len = last_of_message(flags).map_or(flags.len(), |last| last + 1);
    // Rows are in the order of their keys: between two of one offset there are only such.
    let of = |row: usize| {
        let at = (chunk.offset[row], chunk.ts[row], chunk.partition(row));
        (at, chunk.exchange_time(row), chunk.receive_time(row))
    };
    let is_whole = |len: usize| {
        let last = rows.get(from + len - 1);
        last == first + len - 1
            && chunk.slot(last) == (RowKind::Delta, slot + len - 1)
            && of(last) == of(first)
            // All of them, since nearly always they are the same and a loop without an end by
            // the way is several times as fast.
            && chunk.instrument[first..=last].iter().fold(0, |d, i| d | i ^ chunk.instrument[first])
                == 0
    };
    // Else what belongs together is stepped row by row.
    from..from + if is_whole(len) { len } else { 1 }
}

/// The first of these flags that end a message.
fn last_of_message(flags: &[u8]) -> Option<usize> {
    // Eight at a time: messages have some dozens of levels.
    let (words, rest) = flags.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let ends = u64::from_le_bytes(*word) & u64::from_le_bytes([DeltaFlags::LAST; 8]);
        if ends != 0 {
            return Some(8 * i + ends.trailing_zeros() as usize / 8);
        }
    }
    let last = rest.iter().position(|flags| DeltaFlags(*flags).has(DeltaFlags::LAST))?;
    Some(8 * words.len() + last)
}

/// Calls `step` with key, instrument, record and row of each market record of a range.
/// Chunks of trades only, the bulk of every tape, have a loop of their own without a branch on
/// the kind of row.
#[inline(always)]
pub(crate) fn for_each_row(
    chunk: &Chunk,
    rows: &Rows,
    range: Range<usize>,
    mut step: impl FnMut(OrderKey, u32, MarketRow, usize),
) {
    if let Kinds::Only(RowKind::Trade) = &chunk.kinds {
        let mut step_row = |row: usize| {
            let trade = MarketRow::Trade(trade_at(chunk, row));
            step(chunk.key(row), chunk.instrument[row], trade, row);
        };
        match rows {
            Rows::All => range.for_each(step_row),
            Rows::Some(rows) => rows[range].iter().for_each(|row| step_row(*row as usize)),
        }
        return;
    }
    for i in range {
        let row = rows.get(i);
        if let Some(record) = market_row(chunk, row) {
            step(chunk.key(row), chunk.instrument[row], record, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_ends_at_its_first_row_that_says_so(
            flags in prop::collection::vec(0..8_u8, 0..40),
        ) {
            let ends = |flags: &u8| DeltaFlags(*flags).has(DeltaFlags::LAST);
            let sparse: Vec<u8> = flags.iter().map(|f| if *f == 7 { *f } else { f & 3 }).collect();
            for flags in [flags, sparse] {
                prop_assert_eq!(last_of_message(&flags), flags.iter().position(ends));
            }
        }
    }
}
