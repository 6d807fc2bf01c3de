//! What goes into a book and what comes back.

use schemas::chunk::{DeltaFlags, Deltas, NO_ID};
use serde::{Deserialize, Serialize};

/// One level of one message, as it stands in the columns of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaRow {
    /// Price at the instrument's scale.
    pub price: i64,
    /// Quantity from now on; 0 removes the level.
    pub quantity: i64,
    /// Side, and place in the message.
    pub flags: DeltaFlags,
    /// First update id of the message, [`NO_ID`] when unknown.
    pub first: u64,
    /// Last update id of the message before, [`NO_ID`] when unknown.
    pub previous: u64,
    /// Last update id of the message, [`NO_ID`] when unknown.
    pub last: u64,
}

impl DeltaRow {
    /// The row at a place in a chunk's columns.
    ///
    /// # Panics
    /// When there is no such place.
    #[inline(always)]
    pub fn at(columns: &Deltas, slot: usize) -> DeltaRow {
        DeltaRow {
            price: columns.price[slot],
            quantity: columns.quantity[slot],
            flags: DeltaFlags(columns.flags[slot]),
            first: columns.first_update_id[slot],
            previous: columns.previous_update_id[slot],
            last: columns.update_id[slot],
        }
    }

    /// The ids that all rows of a message share.
    #[inline]
    pub(super) fn ids(&self) -> [u64; 3] {
        [self.first, self.previous, self.last]
    }

    /// Does a message that begins with this row make the book anew?
    pub(super) fn renews(&self) -> bool {
        self.flags.has(DeltaFlags::CLEAR) || self.flags.has(DeltaFlags::SNAPSHOT)
    }

    /// How a message with this row fits a book that stands at update id `last`; `fresh`: nothing
    /// came since the snapshot.
    pub(super) fn fit(&self, last: u64, fresh: bool) -> Fit {
        if last == NO_ID || self.last == NO_ID {
            return Fit::Next;
        }
        // A futures venue lets the first message end exactly where the snapshot does.
        let linked = self.previous != NO_ID;
        let touches = fresh && linked && self.first != NO_ID && self.last == last;
        if self.last <= last && !touches {
            return Fit::Old;
        }
        let follows = match (linked, self.first) {
            (true, first) => self.previous == last || (fresh && first <= last),
            (false, NO_ID) => true,
            // Quantities are absolute, so a message that overlaps what is known does no harm.
            (false, first) => first <= last.saturating_add(1),
        };
        if follows { Fit::Next } else { Fit::Gap }
    }
}

/// How a message fits a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It continues the book.
    Next,
    /// The book already holds it.
    Old,
    /// Something between is missing.
    Gap,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// The row ends its message; everything below is false until then.
    pub end: bool,
    /// The message went into the book: its top may have moved.
    pub changed: bool,
    /// The book is that of the venue.
    pub synced: bool,
    /// The message showed that something is missing: the book is void until a snapshot.
    pub gap: bool,
    /// The best bid is not below the best ask.
    pub crossed: bool,
}
