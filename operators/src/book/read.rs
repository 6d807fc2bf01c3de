//! Reading a book.

use super::{L2Book, Phase};
use schemas::Side;

/// Reading. A book that is not synced has no levels.
impl L2Book {
    /// Is it the venue's book?
    pub fn synced(&self) -> bool {
        self.phase == Phase::Synced
    }

    /// Did a gap make it void, with no snapshot since?
    pub fn tainted(&self) -> bool {
        self.phase == Phase::Tainted
    }

    /// Last update id of what it holds.
    pub fn last_update_id(&self) -> Option<u64> {
        self.last.filter(|_| self.synced())
    }

    /// Messages that wait for a snapshot.
    pub fn waiting(&self) -> usize {
        self.backlog.len()
    }

    /// Price and quantity of the best bid.
    pub fn best_bid(&self) -> Option<(i64, i64)> {
        self.sides[1].best().filter(|_| self.synced())
    }

    /// Price and quantity of the best ask.
    pub fn best_ask(&self) -> Option<(i64, i64)> {
        self.sides[0].best().filter(|_| self.synced()).map(|(key, quantity)| (!key, quantity))
    }

    /// Is the best bid not below the best ask?
    pub fn crossed(&self) -> bool {
        matches!((self.best_bid(), self.best_ask()), (Some(bid), Some(ask)) if bid.0 >= ask.0)
    }

    /// The quantity at a price, 0 when there is none.
    pub fn level(&self, side: Side, price: i64) -> i64 {
        match side {
            _ if !self.synced() => 0,
            Side::Buy => self.sides[1].get(price),
            Side::Sell => self.sides[0].get(!price),
        }
    }

    /// Prices and quantities of a side, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = (i64, i64)> {
        let (levels, mask) = match side {
            Side::Buy => (&self.sides[1], 0),
            Side::Sell => (&self.sides[0], !0),
        };
        let shown = if self.synced() { levels.len() } else { 0 };
        levels.iter().take(shown).map(move |(key, quantity)| (key ^ mask, quantity))
    }

    /// How many levels a side has.
    pub fn depth(&self, side: Side) -> usize {
        match side {
            _ if !self.synced() => 0,
            Side::Buy => self.sides[1].len(),
            Side::Sell => self.sides[0].len(),
        }
    }
}
