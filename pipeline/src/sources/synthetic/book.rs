//! The book of the simulated venue: few levels, whole ticks and lots.

use schemas::Side;

/// Levels kept on a side: what stands further away is taken back.
pub(super) const MAX_LEVELS: usize = 20;
/// Levels that stay on a side whatever happens.
pub(super) const MIN_LEVELS: usize = 8;

/// A price in ticks and what stands there in lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) price: i64,
    pub(super) lots: i64,
}

/// One side of the book; the best level is the last.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    /// +1 for bids, -1 for asks: the better price is the one that is greater times this.
    sign: i64,
    levels: Vec<Level>,
}

impl Ladder {
    pub(super) fn new(side: Side) -> Ladder {
        Ladder { sign: side.sign(), levels: Vec::with_capacity(MAX_LEVELS + 1) }
    }

    /// From the worst level to the best.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The best level: there always is one.
    pub(super) fn best(&self) -> Level {
        *self.levels.last().expect("a side never runs empty")
    }

    /// What stands at a price.
    pub(super) fn lots(&self, price: i64) -> i64 {
        self.find(price).map_or(0, |i| self.levels[i].lots)
    }

    /// Adds lots at a price. False: the book is full of better prices.
    pub(super) fn add(&mut self, price: i64, lots: i64) -> bool {
        match self.find(price) {
            Ok(i) => self.levels[i].lots += lots,
            Err(0) if self.levels.len() >= MAX_LEVELS => return false,
            Err(i) => self.levels.insert(i, Level { price, lots }),
        }
        true
    }

    /// Takes lots, at most all, from a level.
    pub(super) fn take(&mut self, place: usize, lots: i64) {
        self.levels[place].lots -= lots;
        if self.levels[place].lots <= 0 {
            self.levels.remove(place);
        }
    }

    fn find(&self, price: i64) -> Result<usize, usize> {
        // Most of what happens is near the best price, at the end.
        let key = price * self.sign;
        for (i, level) in self.levels.iter().enumerate().rev() {
            let at = level.price * self.sign;
            if at <= key {
                return if at == key { Ok(i) } else { Err(i + 1) };
            }
        }
        Err(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stay_sorted_with_the_best_last() {
        for side in [Side::Buy, Side::Sell] {
            let mut ladder = Ladder::new(side);
            for step in [3, 1, 2, 0, 2] {
                assert!(ladder.add(100 - step * side.sign(), 5));
            }
            assert_eq!(ladder.best(), Level { price: 100, lots: 5 });
            assert_eq!(ladder.lots(100 - 2 * side.sign()), 10);
            assert_eq!(ladder.lots(100 - 9 * side.sign()), 0);
            ladder.take(3, 5);
            assert_eq!(ladder.best().price, 100 - side.sign());
            ladder.take(1, 4);
            assert_eq!(ladder.levels()[1].lots, 6);
        }
    }

    #[test]
    fn a_full_side_takes_only_better_prices() {
        let mut ladder = Ladder::new(Side::Sell);
        for price in 0..MAX_LEVELS as i64 {
            assert!(ladder.add(200 - price, 1));
        }
        assert!(!ladder.add(201, 1));
        assert!(ladder.add(200, 1) && ladder.add(150, 1));
        assert_eq!(ladder.best().price, 150);
    }
}
