//! Reading a source to its end, and counting.

use pipeline::sources::{Reader, SourceError};
use schemas::Chunk;
use schemas::chunk::{DeltaFlags, Other, RowKind};
use std::collections::BTreeMap;

/// What became of the records of a source, each with its partition and offset.
#[derive(Debug, Default, PartialEq)]
pub struct Tally {
    /// Whether it was rejected.
    pub records: BTreeMap<(u32, u64), bool>,
    /// Everything that was read.
    pub chunks: Vec<Chunk>,
}

impl Tally {
    /// Offsets of what landed or was rejected, ascending.
    pub fn offsets(&self) -> Vec<u64> {
        self.records.keys().map(|(_, offset)| *offset).collect()
    }

    /// Counts the rows of a chunk.
    ///
    /// # Panics
    /// When rows are out of order, or a record landed and was rejected as well.
    pub fn count(&mut self, chunk: Chunk) {
        let last = self.chunks.last().map(|chunk| chunk.key(chunk.len() - 1));
        let mut before = last;
        assert!(!chunk.is_empty(), "chunks are never empty");
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(before.is_none_or(|before| before < key), "{before:?} then {key:?}");
            before = Some(key);
            // A row that makes a book void is no record.
            let gap = |slot: usize| DeltaFlags(chunk.deltas.flags[slot]).has(DeltaFlags::GAP);
            let rejected = match chunk.slot(row) {
                (RowKind::Delta, slot) if gap(slot) => continue,
                (RowKind::Other, slot) => matches!(chunk.others[slot], Other::Reject { .. }),
                (RowKind::Trade, slot) => {
                    let trades = &chunk.trades;
                    assert!(trades.price[slot] > 0 && trades.quantity[slot] > 0, "{chunk:?}");
                    false
                }
                _ => false,
            };
            let at = (chunk.partition(row), chunk.offset[row]);
            if let Some(before) = self.records.insert(at, rejected) {
                assert!(!before && !rejected, "a record landed twice: {at:?}");
            }
        }
        self.chunks.push(chunk);
    }
}

/// Reads to the end.
pub fn read(reader: &mut dyn Reader) -> Result<Tally, SourceError> {
    let mut tally = Tally::default();
    while let Some(chunk) = reader.next()? {
        tally.count(chunk);
    }
    assert!(reader.next()?.is_none(), "the end stays the end");
    if let Some((read, all)) = reader.progress() {
        assert!(read <= all, "{read} bytes of {all}");
    }
    Ok(tally)
}
