//! Connors' relative strength index.
//!
//! - Formula: `(rsi(x, n) + rsi(streak, m) + percentrank(x[t] / x[t-1] - 1, k)) / 3`.
//! - Parameters: `rsi` n, `streak` m, `rank` k.
//! - Convention: Stock.Indicators: streaks count rows in one direction, up positive, and are 0
//!   where nothing moves; equal changes are not below; a change from 0 counts as 0.
//! - Warm-up: the largest of n, m + 1 and k + 1 rows.
//! - Cost: O(log k) comparisons a row, and one move of at most k values in memory.
//! - Source: Larry Connors and Cesar Alvarez, An Introduction to ConnorsRSI (2012); as
//!   Stock.Indicators has it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    row::bounded,
    rsi::{self, Rsi},
    sorted::Sorted,
};

parameters! {
    /// A fast index of how overbought a market is: of its price, of the length of its streaks, and
    /// of how large the last change was.
    pub struct ConnorsRsi {
        /// Rows of the index of the price; 3 is usual.
        pub rsi: Period<2>,
        /// Rows of the index of the streak; 2 is usual.
        pub streak: Period<2>,
        /// Changes that the last one is ranked among; 100 is usual.
        pub rank: Period<2>,
    }
}

/// The last value, the streak so far, and the three parts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    streak: f64,
    price: rsi::State,
    streaks: rsi::State,
    changes: Sorted,
}

impl Definition for ConnorsRsi {
    const ABOUT: About = About {
        title: "Connors' relative strength index",
        formula: "(rsi(x, n) + rsi(streak, m) + percentrank(x[t] / x[t-1] - 1, k)) / 3",
        convention: "Stock.Indicators: streaks count rows in one direction, up positive, and are \
                      0 where nothing moves; equal changes are not below; a change from 0 counts \
                      as 0",
        warm_up: "the largest of n, m + 1 and k + 1 rows",
        cost: "O(log k) comparisons, one move of at most k values",
        source: "Larry Connors and Cesar Alvarez, An Introduction to ConnorsRSI (2012); as \
                 Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let [rsi, streak, rank] = [self.rsi.get(), self.streak.get() + 1, self.rank.get() + 1];
        Output::only(rsi.max(streak).max(rank), Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [(3, 2, 100), (2, 2, 2), (14, 5, 3), (3, 20, 10)]
            .map(|(rsi, streak, rank)| Self {
                rsi: Period::of(rsi),
                streak: Period::of(streak),
                rank: Period::of(rank),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [self.index(state, value).unwrap_or(f64::NAN)]
    }
}

impl ConnorsRsi {
    #[inline(always)]
    fn index(&self, state: &mut State, value: f64) -> Option<f64> {
        let price = state.price.push(value, self.rsi.get());
        let last = state.last.replace(value)?;
        state.streak = match value.partial_cmp(&last) {
            Some(Ordering::Greater) => state.streak.max(0.0) + 1.0,
            Some(Ordering::Less) => state.streak.min(0.0) - 1.0,
            _ => 0.0,
        };
        let streaks = state.streaks.push(state.streak, self.streak.get());
        let change = if last == 0.0 { 0.0 } else { bounded(value / last - 1.0) };
        let rank = self.rank.get();
        let full = state.changes.ascending().len() == rank;
        let below = state.changes.below(change);
        state.changes.push(change, rank);
        let rank = full.then(|| 100.0 * below as f64 / rank as f64);
        Some((Rsi::index(price?) + Rsi::index(streaks?) + rank?) / 3.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ConnorsRsi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let two = Period::of(2);
        let index = ConnorsRsi { rsi: two, streak: two, rank: two };
        // Streaks from the second row: 1, 2, -1, 1. Their index: 1 up, 3 down; then 2 up.
        // Index of the price in the last row: gains 1 1 0 2 and losses 0 0 1 0 in the averages.
        let price = 100.0 * 1.25 / (1.25 + 0.25);
        let streaks = 100.0 * 1.25 / (1.25 + 0.75);
        let expected = [NULL, NULL, NULL, (100.0 * 0.5 / 1.0 + 25.0 + 0.0) / 3.0];
        expect_series(&index, &[10.0, 11.0, 12.0, 11.0], &expected);
        let last = (price + streaks + 100.0) / 3.0;
        let expected = [NULL, NULL, NULL, expected[3], last];
        expect_series(&index, &[10.0, 11.0, 12.0, 11.0, 13.0], &expected);
    }
}
