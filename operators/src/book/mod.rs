//! The L2 book of an instrument: levels with absolute quantities, rebuilt from snapshots and
//! messages of changes, and known to be right or known to be void.
//!
//! Before a snapshot messages wait, at most [`BACKLOG_MESSAGES`] of them and [`BACKLOG_ROWS`] rows,
//! the oldest going first. A snapshot makes the book, and of what waited, what is old is dropped
//! and the rest applied. `book` is the id where the book stands:
//!
//! | ids in a message | old | first after a snapshot | then |
//! |---|---|---|---|
//! | first, last (spot) | `last <= book` | `first <= book + 1 <= last` | the same |
//! | also previous (futures) | `last < book` | `first <= book <= last` | `previous = book` |
//! | last | `last <= book` | any | any |
//! | none | never | any | any |
//!
//! Any other message is a gap, as is a row that says so ([`DeltaFlags::GAP`]) for a feed whose
//! messages have no ids: the book is void and tainted until the next snapshot. A snapshot
//! that is not newer than a synced book tells nothing and is dropped, as are old messages, which
//! overlapping recordings repeat; too many of them in a row mean that the venue restarted its
//! ids, which is a gap too. Without ids a snapshot, or a bare clear, is where the book begins, and
//! what came before is dropped; with ids a bare clear only announces a snapshot.
//!
//! A message is one instant: look at the book only when [`Applied::end`] says so.

mod backlog;
mod by_order;
pub mod features;
mod levels;
mod orders;
#[cfg(test)]
mod properties;
mod read;
mod row;
#[cfg(test)]
mod tests;

pub use backlog::{BACKLOG_MESSAGES, BACKLOG_ROWS};
pub use by_order::{OrderBook, OrderMoved};
pub(crate) use orders::Place;
pub use orders::{L3Book, OrderError, RestingOrder};
pub use row::{Applied, DeltaRow};

use backlog::Backlog;
use levels::Levels;
use row::Fit;
use schemas::chunk::{DeltaFlags, Deltas, NO_ID};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Old messages in a row that pass for repeats: ten seconds of a stream at 100 ms.
pub const MAX_REPEATS: u32 = 100;

/// Where a book stands between messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Phase {
    /// No snapshot yet.
    #[default]
    Waiting,
    /// Inside a snapshot.
    Loading,
    /// As the venue's.
    Synced,
    /// Void since a gap.
    Tainted,
}

/// Where the rows of the present message go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Route {
    #[default]
    Nowhere,
    Levels,
    Backlog,
}

/// An L2 book; see the [module](self) for its rules. Equal rows make equal books.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct L2Book {
    /// Asks, then bids: by the bit of [`DeltaFlags::BID`].
    sides: [Levels; 2],
    phase: Phase,
    /// Last update id of what is in the levels; none yet, or none at all on this feed, is `None`.
    last: Option<u64>,
    /// Nothing came since the snapshot.
    fresh: bool,
    /// The levels began with a snapshot, not with a bare clear.
    snapshot: bool,
    repeats: u32,
    backlog: Backlog,
    /// The message under way: its ids, and where its rows go.
    message: Option<[u64; 3]>,
    route: Route,
    gap: bool,
}

impl L2Book {
    /// An empty book that waits for a snapshot.
    pub fn new() -> L2Book {
        L2Book::default()
    }

    /// Takes rows of a message, of which none but the last may end it.
    ///
    /// # Panics
    /// When the columns have no such rows.
    pub fn apply_rows(&mut self, columns: &Deltas, slots: Range<usize>) -> Applied {
        let (mut applied, mut next) = (Applied::default(), slots.start);
        while next < slots.end {
            applied = self.apply(&DeltaRow::at(columns, next));
            let within = self.apply_within(columns, next + 1..slots.end);
            if within > 0 {
                applied = Applied::default();
            }
            next += 1 + within;
        }
        applied
    }

    /// Takes rows as long as they stand within a message that changes levels, as most do; gives
    /// how many.
    fn apply_within(&mut self, columns: &Deltas, slots: Range<usize>) -> usize {
        let (Route::Levels, Some([first, previous, last])) = (self.route, self.message) else {
            return 0;
        };
        let ids = columns.first_update_id[slots.clone()]
            .iter()
            .zip(&columns.previous_update_id[slots.clone()])
            .zip(&columns.update_id[slots.clone()]);
        let levels = columns.price[slots.clone()].iter().zip(&columns.quantity[slots.clone()]);
        let rows = columns.flags[slots.clone()].iter().zip(levels).zip(ids);
        for (i, ((flags, (price, quantity)), ((a, b), c))) in rows.enumerate() {
            let plain = flags & !(DeltaFlags::BID | DeltaFlags::SNAPSHOT) == 0;
            // One by one, as they stand: to put them together first takes longer than the change.
            if !plain || (a ^ first) | (b ^ previous) | (c ^ last) != 0 {
                return i;
            }
            self.set(flags & DeltaFlags::BID, *price, *quantity);
        }
        slots.len()
    }

    /// Takes a row.
    pub fn apply(&mut self, row: &DeltaRow) -> Applied {
        self.apply_each(row, |_| {})
    }

    /// Takes a row, and shows the book after every message of changes that it completes: at the
    /// end of a snapshot these are the messages that waited for it.
    pub fn apply_each(&mut self, row: &DeltaRow, mut seen: impl FnMut(&L2Book)) -> Applied {
        let own = row.flags.has(DeltaFlags::CLEAR) || row.flags.has(DeltaFlags::GAP);
        if own || self.message != Some(row.ids()) {
            self.begin(row);
        }
        match self.route {
            Route::Levels => self.change(row),
            Route::Backlog if !self.backlog.push(*row) => self.route = Route::Nowhere,
            Route::Backlog | Route::Nowhere => {}
        }
        if row.flags.has(DeltaFlags::LAST) { self.end(row, &mut seen) } else { Applied::default() }
    }

    fn begin(&mut self, row: &DeltaRow) {
        // A message before that never ended: some of its levels may be missing.
        match (self.message, self.route) {
            (Some(_), Route::Levels) => self.taint(),
            (Some(_), Route::Backlog) => self.backlog.clear(),
            _ => {}
        }
        self.message = Some(row.ids());
        let synced = self.phase == Phase::Synced;
        self.route = if row.flags.has(DeltaFlags::GAP) {
            if synced {
                self.taint();
            }
            Route::Nowhere
        } else if row.renews() {
            self.renew(row, synced)
        } else if !synced {
            self.wait(row)
        } else if self.last.is_none() && !self.snapshot && row.last != NO_ID {
            // A bare clear begins only a book without ids; here a snapshot is to follow.
            self.phase = Phase::Waiting;
            self.wait(row)
        } else {
            match row.fit(self.last.unwrap_or(NO_ID), self.fresh) {
                Fit::Next => self.advance(row),
                Fit::Old if self.repeats < MAX_REPEATS => {
                    self.repeats += 1;
                    Route::Nowhere
                }
                Fit::Old | Fit::Gap => {
                    self.taint();
                    self.wait(row)
                }
            }
        };
    }

    fn renew(&mut self, row: &DeltaRow, synced: bool) -> Route {
        let id = Some(row.last).filter(|id| *id != NO_ID);
        if synced && id.is_some() && id <= self.last {
            return Route::Nowhere;
        }
        self.clear_levels();
        self.phase = Phase::Loading;
        self.snapshot = row.flags.has(DeltaFlags::SNAPSHOT);
        (self.last, self.fresh, self.repeats) = (id, true, 0);
        Route::Levels
    }

    fn wait(&mut self, row: &DeltaRow) -> Route {
        if row.last == NO_ID {
            return Route::Nowhere;
        }
        self.backlog.begin();
        Route::Backlog
    }

    fn advance(&mut self, row: &DeltaRow) -> Route {
        self.repeats = 0;
        self.fresh = false;
        if row.last != NO_ID {
            self.last = Some(row.last);
        }
        Route::Levels
    }

    #[inline(always)]
    fn change(&mut self, row: &DeltaRow) {
        if row.flags.bare() {
            return;
        }
        self.set(row.flags.0 & DeltaFlags::BID, row.price, row.quantity);
    }

    #[inline(always)]
    fn set(&mut self, bid: u8, price: i64, quantity: i64) {
        // Sides come in no order that a processor could guess.
        let mask = i64::from(bid) - 1;
        self.sides[usize::from(bid)].set(price ^ mask, quantity);
    }

    fn end(&mut self, row: &DeltaRow, seen: &mut impl FnMut(&L2Book)) -> Applied {
        self.message = None;
        let changed = self.route == Route::Levels;
        if self.phase == Phase::Loading {
            self.snapshot |= row.flags.has(DeltaFlags::SNAPSHOT);
            if self.snapshot || self.last.is_none() {
                self.phase = Phase::Synced;
                self.catch_up(seen);
            } else {
                // A bare clear on a feed with ids announces a snapshot.
                self.phase = Phase::Waiting;
            }
        } else if changed {
            seen(self);
        }
        let synced = self.synced();
        let crossed = synced && self.crossed();
        Applied { end: true, changed, synced, gap: std::mem::take(&mut self.gap), crossed }
    }

    /// Applies what waited for the snapshot; keeps it from a gap on, for the next one.
    fn catch_up(&mut self, seen: &mut impl FnMut(&L2Book)) {
        if self.last.is_none() {
            // Nothing relates what waited to a snapshot without an id, which came after it.
            self.backlog.clear();
        }
        while let Some(first) = self.backlog.front().copied() {
            match first.fit(self.last.unwrap_or(NO_ID), self.fresh) {
                Fit::Old => self.backlog.drop_oldest(),
                Fit::Gap => return self.taint(),
                Fit::Next => {
                    self.advance(&first);
                    while let Some(row) = self.backlog.pop_row() {
                        self.change(&row);
                        if row.flags.has(DeltaFlags::LAST) {
                            break;
                        }
                    }
                    seen(self);
                }
            }
        }
    }

    fn taint(&mut self) {
        self.clear_levels();
        self.phase = Phase::Tainted;
        self.gap = true;
    }

    fn clear_levels(&mut self) {
        self.sides.iter_mut().for_each(Levels::clear);
    }
}
