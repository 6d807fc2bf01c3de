//! Messages that wait for a snapshot.

use super::DeltaRow;
use schemas::chunk::DeltaFlags;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Messages kept: a snapshot that takes a quarter of an hour at ten messages a second still fits,
/// and a feed that never gets one does not grow.
pub const BACKLOG_MESSAGES: usize = 10_000;

/// Rows kept, because one message may change thousands of levels: 12 MB.
pub const BACKLOG_ROWS: usize = 1 << 18;

/// Rows of whole messages, oldest first. When it is full the oldest message goes; should a
/// snapshot turn out to need it, its ids show the gap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Backlog {
    rows: VecDeque<DeltaRow>,
    lengths: VecDeque<usize>,
}

impl Backlog {
    /// Begins a message.
    pub(super) fn begin(&mut self) {
        self.lengths.push_back(0);
        if self.lengths.len() > BACKLOG_MESSAGES {
            self.drop_oldest();
        }
    }

    /// Adds a row to the message begun last; false when that message alone is too large to keep,
    /// whereupon nothing is kept.
    pub(super) fn push(&mut self, row: DeltaRow) -> bool {
        while self.rows.len() >= BACKLOG_ROWS && self.lengths.len() > 1 {
            self.drop_oldest();
        }
        if self.rows.len() >= BACKLOG_ROWS {
            self.clear();
            return false;
        }
        self.rows.push_back(row);
        *self.lengths.back_mut().expect("a message has begun") += 1;
        true
    }

    /// The first row of the oldest message.
    pub(super) fn front(&self) -> Option<&DeltaRow> {
        self.rows.front()
    }

    /// The next row of the oldest message; its flag [`DeltaFlags::LAST`] ends it.
    pub(super) fn pop_row(&mut self) -> Option<DeltaRow> {
        let row = self.rows.pop_front();
        if row.is_some_and(|row| row.flags.has(DeltaFlags::LAST)) {
            self.lengths.pop_front();
        }
        row
    }

    /// Forgets the oldest message.
    pub(super) fn drop_oldest(&mut self) {
        let rows = self.lengths.pop_front().unwrap_or(0);
        self.rows.drain(..rows);
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.lengths.clear();
    }

    /// Messages waiting.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }
}
