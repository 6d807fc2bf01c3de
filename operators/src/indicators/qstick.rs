//! Qstick.
//!
//! - Formula: `sma(close - open, n)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib QSTICK.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `QSTICK`.

use super::{About, Definition, OpenClose, Output, Period, Unit, state::AT_ONCE, window::Mean};

parameters! {
    /// Whether bars have closed above or below their open lately.
    pub struct Qstick {
        /// Rows of the mean.
        pub period: Period<1> = "10",
    }
}

impl Definition for Qstick {
    const ABOUT: About = About {
        title: "Qstick",
        formula: "sma(close - open, n)",
        convention: "TA-Lib QSTICK",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib QSTICK",
    };
    type Row = OpenClose;
    type Values = [f64; 1];
    type State = Mean;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "A price difference.")
    }

    fn examples() -> Vec<Self> {
        [10, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Mean {
        Mean::default()
    }

    #[inline(always)]
    fn step(&self, mean: &mut Mean, bar: OpenClose) -> [f64; 1] {
        [mean.push(bar.close - bar.open, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, mean: &mut Mean, [opens, closes]: &[&[f64]; 2], [means]: &mut [&mut [f64]; 1]) {
        let mut values = [0.0; AT_ONCE];
        let values = &mut values[..opens.len()];
        for (value, (open, close)) in values.iter_mut().zip(opens.iter().zip(*closes)) {
            *value = close - open;
        }
        mean.run(values, self.period.get(), means);
    }
}

#[cfg(test)]
mod tests {
    use super::Qstick;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[1.0, 0.0, 0.0, 4.0, 0.0], [3.0, 0.0, 0.0, 2.0, 0.0], [2.0, 0.0, 0.0, 1.0, 0.0]];
        expect_bars(&Qstick { period: Period::of(2) }, &rows, &[&[NULL, 1.0, -1.0]]);
    }
}
