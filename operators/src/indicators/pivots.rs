//! Pivots and the lines through them.
//!
//! - Formula: `line = p + slope * (rows since p), slope = (p - q) / (rows from q to p), p and q the
//!   last two highs (or lows) that stand out among the `left` bars before and the `right` bars
//!   after them`.
//! - Parameters: `left`, `right`, `rows`.
//! - Convention: Stock.Indicators, which draws a line from q to p once p is known; here it goes on
//!   from p, `right` rows after it, so nothing repaints. Level where more than `rows` lie between
//!   them or p is the first; before it, the price of the bar.
//! - Warm-up: left + right rows, all outputs.
//! - Cost: O(left + right) a row at worst, a few comparisons as a rule.
//! - Source: Stock.Indicators, pivots.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period, Unit,
    fractal::{self, Fractal},
};

parameters! {
    /// Trend lines through the last two highs and lows that stood out: rising lows and rising highs
    /// are a trend upwards.
    pub struct Pivots {
        /// Bars before one that stands out; 2 is usual.
        pub left: Period<1>,
        /// Bars after it: how late it is known.
        pub right: Period<1>,
        /// Most rows between two that a line joins; 20 is usual.
        pub rows: Period<1>,
    }
}

/// The last bars and the two lines.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    bars: fractal::State,
    high: Line,
    low: Line,
}

/// The last price that stood out, and the way to it from the one before.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Line {
    price: Option<f64>,
    slope: f64,
    /// From the bar that stood out to this one.
    since: usize,
}

impl Line {
    /// The line at this bar and its slope, where a bar `right` rows ago may be known to stand out.
    #[inline(always)]
    fn step(&mut self, price: f64, found: Option<f64>, pivots: &Pivots) -> [f64; 2] {
        let right = pivots.right.get();
        self.since = self.since.saturating_add(1);
        if let Some(new) = found {
            let between = self.since.saturating_sub(right);
            self.slope = match self.price {
                Some(old) if between <= pivots.rows.get() => (new - old) / between as f64,
                _ => 0.0,
            };
            (self.price, self.since) = (Some(new), right);
        }
        match self.price {
            Some(old) => [old + self.slope * self.since as f64, self.slope],
            None => [price, 0.0],
        }
    }
}

impl Definition for Pivots {
    const ABOUT: About = About {
        title: "Pivots and the lines through them",
        formula: "line = p + slope * (rows since p), slope = (p - q) / (rows from q to p), p and q \
                  the last two highs (or lows) that stand out among the `left` bars before and the \
                  `right` bars after them",
        convention: "Stock.Indicators, which draws a line from q to p once p is known; here it \
                     goes on from p, `right` rows after it, so nothing repaints. Level where more \
                     than `rows` lie between them or p is the first; before it, the price of the \
                     bar",
        warm_up: "left + right rows, all outputs",
        cost: "O(left + right) at worst, a few comparisons as a rule",
        source: "Stock.Indicators, pivots",
    };
    type Row = HighLow;
    type Values = [f64; 4];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.left.get() + self.right.get();
        vec![
            Output {
                name: "high",
                warm_up,
                unit: Unit::Input,
                doc: "A price: the line through highs.",
            },
            Output { name: "high_slope", warm_up, unit: Unit::Input, doc: "What it rises a row." },
            Output {
                name: "low",
                warm_up,
                unit: Unit::Input,
                doc: "A price: the line through lows.",
            },
            Output { name: "low_slope", warm_up, unit: Unit::Input, doc: "What it rises a row." },
        ]
    }

    fn examples() -> Vec<Self> {
        let of = |(left, right, rows)| Self {
            left: Period::of(left),
            right: Period::of(right),
            rows: Period::of(rows),
        };
        [(2, 2, 20), (1, 1, 1), (4, 2, 50)].map(of).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 4] {
        let fractal = Fractal { left: self.left, right: self.right };
        let Some([high, low]) = fractal.found(&mut state.bars, bar) else { return [f64::NAN; 4] };
        let [high, high_slope] = state.high.step(bar.high, high, self);
        let [low, low_slope] = state.low.step(bar.low, low, self);
        [high, high_slope, low, low_slope]
    }
}

#[cfg(test)]
mod tests {
    use super::Pivots;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let pivots = Pivots { left: Period::of(1), right: Period::of(1), rows: Period::of(2) };
        let rows = [2.0, 3.0, 1.0, 5.0, 4.0, 6.0, 6.0].map(|p| [0.0, p, p, 0.0, 0.0]);
        // Highs of 3 and 5 two rows apart; lows of 1 and 4 likewise.
        let expected: [&[f64]; 4] = [
            &[NULL, NULL, 3.0, 3.0, 6.0, 7.0, 8.0],
            &[NULL, NULL, 0.0, 0.0, 1.0, 1.0, 1.0],
            &[NULL, NULL, 1.0, 1.0, 1.0, 5.5, 7.0],
            &[NULL, NULL, 0.0, 0.0, 0.0, 1.5, 1.5],
        ];
        expect_bars(&pivots, &rows, &expected);
    }
}
