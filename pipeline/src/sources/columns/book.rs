//! Rows of books: a level a row, of which those received at one time are a message, or a whole
//! book a row.

use schemas::chunk::{DeltaFlags, NO_ID, RowHead};
use schemas::{Chunk, EventTime};
use std::collections::{BTreeMap, BTreeSet};

/// A level: its side as a flag, price and quantity.
pub(super) type Level = (u8, i64, i64);

const NO_IDS: (u64, u64, u64) = (NO_ID, NO_ID, NO_ID);

/// What is known of the books in a partition.
#[derive(Default)]
pub(super) struct Books {
    open: Option<Open>,
    /// Was the last row of an instrument part of a snapshot?
    snapshot: BTreeMap<u32, bool>,
    /// Books that stand.
    live: BTreeSet<u32>,
}

/// A message whose next row, if any, has not come yet.
struct Open {
    received: EventTime,
    instrument: u32,
    snapshot: bool,
    /// It began with the row that clears the book.
    whole: bool,
    /// Its last row so far.
    row: (RowHead, Level),
}

impl Books {
    /// Takes a level. The first row of a snapshot after one that was none makes the book anew.
    pub(super) fn level(
        &mut self,
        mut head: RowHead,
        level: Level,
        snapshot: bool,
        chunk: &mut Chunk,
    ) {
        let (received, instrument) = (head.recv_ts, head.instrument);
        let same = |open: &&Open| {
            (open.received, open.instrument, open.snapshot) == (received, instrument, snapshot)
        };
        let begun = self.open.as_ref().filter(same).map(|open| open.whole);
        self.flush(begun.is_none(), chunk);
        let before = self.snapshot.insert(instrument, snapshot);
        let whole = begun.unwrap_or(snapshot && before != Some(true));
        if whole && begun.is_none() {
            let flags = DeltaFlags::CLEAR | DeltaFlags::SNAPSHOT;
            chunk.push_delta(head, 0, 0, flags, NO_IDS);
            head.seq += 1;
            self.live.insert(instrument);
        }
        self.open = Some(Open { received, instrument, snapshot, whole, row: (head, level) });
    }

    /// Takes a whole book.
    pub(super) fn whole(&mut self, mut head: RowHead, levels: &[Level], chunk: &mut Chunk) {
        let each = DeltaFlags::SNAPSHOT;
        let last = |last: bool| if last { DeltaFlags::LAST } else { 0 };
        let own = DeltaFlags::CLEAR | each | last(levels.is_empty());
        chunk.push_delta(head, 0, 0, own, NO_IDS);
        for (place, (side, price, quantity)) in levels.iter().enumerate() {
            head.seq += 1;
            let flags = side | each | last(place + 1 == levels.len());
            chunk.push_delta(head, *price, *quantity, flags, NO_IDS);
        }
    }

    /// Nothing more is to come of the message under way.
    pub(super) fn close(&mut self, chunk: &mut Chunk) {
        self.flush(true, chunk);
    }

    /// A row could not be used: the books that stand may lack a level.
    pub(super) fn gap(&mut self, mut head: RowHead, chunk: &mut Chunk) {
        for instrument in std::mem::take(&mut self.live) {
            head = RowHead { seq: head.seq + 1, instrument, exchange_ts: None, ..head };
            chunk.push_delta(head, 0, 0, DeltaFlags::GAP | DeltaFlags::LAST, NO_IDS);
        }
        // What follows of a snapshot would be no whole one.
        self.snapshot.values_mut().for_each(|snapshot| *snapshot = true);
    }

    fn flush(&mut self, last: bool, chunk: &mut Chunk) {
        let Some(Open { whole, row: (head, (side, price, quantity)), .. }) = self.open.take()
        else {
            return;
        };
        let each = if whole { DeltaFlags::SNAPSHOT } else { 0 };
        let last = if last { DeltaFlags::LAST } else { 0 };
        chunk.push_delta(head, price, quantity, side | each | last, NO_IDS);
    }
}
