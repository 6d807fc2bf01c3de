//! What the venue displays: its book, corrected by a best bid and offer that is newer.

use crate::{
    book::{DeltaRow, L2Book, OrderBook, OrderMoved},
    market::Top,
};
use schemas::{
    Side,
    chunk::{Deltas, NO_ID, OrderRow},
};
use std::ops::Range;

/// The displayed market of one instrument.
///
/// Many venues publish the best bid and offer at once and the book in batches (Binance: every
/// 100 ms). An order that met the batch would trade at prices that are gone, so the newer of the
/// two rules the top: by update id where both have one, else by what came last.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Display {
    book: L2Book,
    /// Where the feed is by order: what the levels of the book follow from.
    orders: OrderBook,
    /// What the last row about an order did.
    #[serde(skip)]
    moved: OrderMoved,
    quote: Option<(Top, u64)>,
    quote_came_last: bool,
    /// Where no book is kept since only its best is looked at: that of another display.
    shown: Option<Shown>,
}

/// What a book showed after a message.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct Shown {
    /// Counts the messages of the book.
    turn: u64,
    top: Top,
    synced: bool,
    tainted: bool,
}

impl Display {
    /// A best bid and offer.
    pub fn on_quote(&mut self, top: Top) {
        self.quote = Some((top, top.update_id));
        self.quote_came_last = true;
    }

    /// A level of the book; true at the end of a message.
    pub fn on_delta(&mut self, delta: &DeltaRow) -> bool {
        let end = self.book.apply(delta).end;
        self.quote_came_last &= !end;
        end
    }

    /// Levels of a message, of which none but the last may end it; true if that does.
    pub fn on_deltas(&mut self, columns: &Deltas, slots: Range<usize>) -> bool {
        let end = self.book.apply_rows(columns, slots).end;
        self.quote_came_last &= !end;
        end
    }

    /// A row about an order of the book; true when levels have changed.
    pub fn on_order(&mut self, row: &OrderRow) -> bool {
        let mut end = false;
        self.moved = self.orders.apply(row, |delta| end = self.book.apply(delta).end);
        if end {
            self.quote_came_last = false;
        }
        end
    }

    /// What the last row about an order did.
    pub fn moved(&self) -> &OrderMoved {
        &self.moved
    }

    /// The book by order, where the feed is.
    pub fn orders(&self) -> &OrderBook {
        &self.orders
    }

    /// What the book shows, after so many messages.
    pub fn book_shown(&self, turn: u64) -> Shown {
        let (synced, tainted) = (self.book.synced(), self.book.tainted());
        Shown { turn, top: Top::of_book(&self.book), synced, tainted }
    }

    /// A message has come of which another display knows what its book showed then. What an older
    /// one showed that comes later is passed.
    pub fn on_shown(&mut self, shown: Shown) {
        if self.shown.is_none_or(|newest| newest.turn < shown.turn) {
            self.shown = Some(shown);
        }
        self.quote_came_last = false;
    }

    fn synced(&self) -> bool {
        self.shown.map_or_else(|| self.book.synced(), |shown| shown.synced)
    }

    /// Best bid and offer: the feed's, or those of the book where the feed has none.
    pub fn top(&self) -> Top {
        match (self.quote, self.shown) {
            (Some((top, _)), _) => top,
            (None, Some(shown)) => shown.top,
            (None, None) => Top::of_book(&self.book),
        }
    }

    /// Nothing was ever displayed?
    pub fn is_blind(&self) -> bool {
        self.quote.is_none() && !self.synced()
    }

    /// Has a gap made the book void that alone would tell what is displayed?
    pub fn is_void(&self) -> bool {
        let tainted = self.shown.map_or_else(|| self.book.tainted(), |shown| shown.tainted);
        self.quote.is_none() && tainted
    }

    /// The quoted best of a side, where it rules.
    fn ruling(&self, side: Side) -> Option<(i64, i64)> {
        let (top, id) = self.quote?;
        let newer = match self.book.last_update_id() {
            Some(book) if id != NO_ID => id >= book,
            _ => self.quote_came_last || !self.book.synced(),
        };
        newer.then_some(match side {
            Side::Buy => (top.bid, top.bid_quantity),
            Side::Sell => (top.ask, top.ask_quantity),
        })
    }

    /// The best price of a side at which something is displayed.
    pub fn best(&self, side: Side) -> Option<i64> {
        let of_book = || match side {
            Side::Buy => self.book.best_bid(),
            Side::Sell => self.book.best_ask(),
        };
        let (price, quantity) = self.ruling(side).or_else(of_book)?;
        (quantity > 0).then_some(price)
    }

    /// Shows levels of a side, best first, until `see` has enough.
    pub fn levels(&self, side: Side, mut see: impl FnMut(i64, i64) -> bool) {
        let best = self.ruling(side);
        if let Some((price, quantity)) = best
            && (quantity == 0 || !see(price, quantity))
        {
            return;
        }
        for (price, quantity) in self.book.levels(side) {
            let gone = best.is_some_and(|(best, _)| (best - price) * side.sign() <= 0);
            if !gone && !see(price, quantity) {
                return;
            }
        }
    }

    /// Quantity at a price.
    pub fn quantity(&self, side: Side, price: i64) -> i64 {
        match self.ruling(side) {
            Some((best, quantity)) if price == best => quantity,
            Some((best, _)) if (best - price) * side.sign() < 0 => 0,
            _ => self.book.level(side, price),
        }
    }

    /// Quantity at a price, `None` where it is not known: below the best without a book.
    pub fn known(&self, side: Side, price: i64) -> Option<i64> {
        let known = self.book.synced()
            || self
                .ruling(side)
                .is_some_and(|(best, quantity)| quantity > 0 && (best - price) * side.sign() <= 0);
        known.then(|| self.quantity(side, price))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::chunk::DeltaFlags;

    fn book(levels: &[(Side, i64, i64)], id: u64) -> Vec<DeltaRow> {
        let row = |flags: u8, price, quantity| DeltaRow {
            price,
            quantity,
            flags: DeltaFlags(flags | DeltaFlags::SNAPSHOT),
            first: NO_ID,
            previous: NO_ID,
            last: id,
        };
        let mut rows = vec![row(DeltaFlags::CLEAR, 0, 0)];
        for (i, (side, price, quantity)) in levels.iter().enumerate() {
            let last = if i + 1 == levels.len() { DeltaFlags::LAST } else { 0 };
            let bid = if *side == Side::Buy { DeltaFlags::BID } else { 0 };
            rows.push(row(last | bid, *price, *quantity));
        }
        rows
    }

    fn asks(display: &Display) -> Vec<(i64, i64)> {
        let mut seen = Vec::new();
        display.levels(Side::Sell, |price, quantity| {
            seen.push((price, quantity));
            true
        });
        seen
    }

    fn top(bid: i64, ask: i64, update_id: u64) -> Top {
        Top { bid, bid_quantity: 7, ask, ask_quantity: 9, update_id }
    }

    #[test]
    fn a_newer_quote_corrects_the_book() {
        let mut display = Display::default();
        assert!(display.is_blind());
        let levels = [(Side::Buy, 99, 1), (Side::Sell, 101, 1), (Side::Sell, 102, 2)];
        for row in book(&levels, 10) {
            display.on_delta(&row);
        }
        assert_eq!(asks(&display), [(101, 1), (102, 2)]);
        display.on_quote(top(100, 102, 11));
        assert_eq!(asks(&display), [(102, 9)], "101 is gone, 102 has what is quoted");
        assert_eq!(display.quantity(Side::Sell, 101), 0);
        assert_eq!(display.known(Side::Buy, 99), Some(1));
        display.on_quote(top(99, 100, 12));
        assert_eq!(asks(&display), [(100, 9), (101, 1), (102, 2)]);
        display.on_quote(top(99, 105, 9));
        assert_eq!(asks(&display), [(101, 1), (102, 2)], "older than the book");
    }

    #[test]
    fn without_a_book_only_the_best_is_known() {
        let mut display = Display::default();
        display.on_quote(top(99, 101, NO_ID));
        assert_eq!(asks(&display), [(101, 9)]);
        assert_eq!(display.known(Side::Buy, 99), Some(7));
        assert_eq!(display.known(Side::Buy, 100), Some(0), "better than the best");
        assert_eq!(display.known(Side::Buy, 98), None);
    }
}
