//! Rows that wait until no earlier one can come: a partition whose records may be out of order.

use schemas::{Chunk, EventTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rows that have gone are cleared away once they are this many, and most.
const WASTE_ROWS: usize = 64 * 1024;

/// Where the rows of a record stand: time of effect, offset, first row, rows.
type Place = (EventTime, u64, u32, u32);

/// Rows by their keys.
#[derive(Debug)]
pub(super) struct Hold {
    /// As they came.
    rows: Chunk,
    places: BinaryHeap<Reverse<Place>>,
    waiting: usize,
}

impl Hold {
    /// For rows of this source and partition.
    pub(super) fn new(rank: u16, partition: u32) -> Hold {
        Hold { rows: Chunk::mixed(rank, partition), places: BinaryHeap::new(), waiting: 0 }
    }

    /// Keeps the rows of a record, which `push` appends.
    pub(super) fn keep(&mut self, ts: EventTime, offset: u64, push: impl FnOnce(&mut Chunk)) {
        let first = self.rows.len();
        push(&mut self.rows);
        let rows = self.rows.len() - first;
        if rows > 0 {
            self.places.push(Reverse((ts, offset, first as u32, rows as u32)));
            self.waiting += rows;
        }
    }

    /// When the first of them takes effect.
    pub(super) fn first(&self) -> Option<EventTime> {
        self.places.peek().map(|Reverse(place)| place.0)
    }

    /// Moves records that take effect up to `until` to a chunk, while it has fewer than `limit`
    /// rows.
    pub(super) fn release(&mut self, until: EventTime, limit: usize, chunk: &mut Chunk) {
        while chunk.len() < limit && self.first().is_some_and(|ts| ts <= until) {
            let Some(Reverse((_, _, first, rows))) = self.places.pop() else { break };
            for row in first..first + rows {
                chunk.push_row_of(&self.rows, row as usize);
            }
            self.waiting -= rows as usize;
        }
        chunk.partitions.clear();
        let gone = self.rows.len() - self.waiting;
        if gone > WASTE_ROWS && gone > self.waiting || self.waiting == 0 {
            self.clear_away();
        }
    }

    fn clear_away(&mut self) {
        let (rank, partition) = (self.rows.source_rank, self.rows.source_partition);
        let old = std::mem::replace(&mut self.rows, Chunk::mixed(rank, partition));
        let places = std::mem::take(&mut self.places).into_vec();
        for Reverse((ts, offset, first, rows)) in places {
            let moved = self.rows.len() as u32;
            for row in first..first + rows {
                self.rows.push_row_of(&old, row as usize);
            }
            self.places.push(Reverse((ts, offset, moved, rows)));
        }
        self.rows.partitions.clear();
    }
}
