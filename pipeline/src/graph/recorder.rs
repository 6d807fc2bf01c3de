//! Copies the rows that the engines step, in their order, for the recording.

use super::{Shared, parcel::Rows};
use crate::sources::CHUNK_ROWS;
use schemas::{
    Chunk, EventTime,
    chunk::{Other, RowKind},
};
use std::ops::Range;

/// Kinds of rows; each goes to tables of its own.
const KINDS: usize = 4;

/// Rows on their way into a recording. Every row of the market passes exactly one worker's
/// engines, so exactly one worker records it.
pub(super) struct Recorder {
    /// What takes effect before this is recorded already.
    from: EventTime,
    open: [Option<Chunk>; KINDS],
    full: Vec<Chunk>,
}

impl Recorder {
    /// The recorder of a worker; none if nothing is recorded.
    pub fn new(shared: &Shared) -> Option<Recorder> {
        let record = shared.record.as_ref()?;
        Some(Recorder { from: record.from, open: Default::default(), full: Vec::new() })
    }

    /// Takes a range of a selection of rows.
    pub fn take(&mut self, chunk: &Chunk, rows: &Rows, range: Range<usize>) {
        for row in range.map(|i| rows.get(i)).filter(|row| chunk.ts[*row] >= self.from.0) {
            let (kind, slot) = chunk.slot(row);
            if kind == RowKind::Other && matches!(chunk.others[slot], Other::Reject { .. }) {
                continue;
            }
            let open = &mut self.open[kind as usize];
            // A chunk is of one source.
            let fits =
                |open: &Chunk| open.source_rank == chunk.source_rank && open.len() < CHUNK_ROWS;
            if !open.as_ref().is_some_and(fits) {
                self.full.extend(open.take());
            }
            open.get_or_insert_with(|| Chunk::mixed(chunk.source_rank, 0)).push_row_of(chunk, row);
        }
    }

    /// What was taken since the last call; of each kind in order.
    pub fn give(&mut self) -> Vec<Chunk> {
        self.full.extend(self.open.iter_mut().filter_map(Option::take));
        std::mem::take(&mut self.full)
    }
}
