//! Average day range.
//!
//! - Formula: `sma(high - low, n)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ADR.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `ADR`.

use super::{About, Definition, HighLow, Output, Period, Unit, state::AT_ONCE, window::Mean};

parameters! {
    /// How far the price moves within a bar, gaps left out.
    pub struct Adr {
        /// Rows of the mean.
        pub period: Period<1> = "14",
    }
}

impl Definition for Adr {
    const ABOUT: About = About {
        title: "Average day range",
        formula: "sma(high - low, n)",
        convention: "TA-Lib ADR",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib ADR",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = Mean;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "A price difference.")
    }

    fn examples() -> Vec<Self> {
        [14, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Mean {
        Mean::default()
    }

    #[inline(always)]
    fn step(&self, mean: &mut Mean, bar: HighLow) -> [f64; 1] {
        [mean.push(bar.high - bar.low, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, mean: &mut Mean, [highs, lows]: &[&[f64]; 2], [means]: &mut [&mut [f64]; 1]) {
        let mut values = [0.0; AT_ONCE];
        let values = &mut values[..highs.len()];
        for (value, (high, low)) in values.iter_mut().zip(highs.iter().zip(*lows)) {
            *value = high - low;
        }
        mean.run(values, self.period.get(), means);
    }
}

#[cfg(test)]
mod tests {
    use super::Adr;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 5.0, 3.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0, 0.0], [0.0, 7.0, 7.0, 0.0, 0.0]];
        expect_bars(&Adr { period: Period::of(2) }, &rows, &[&[NULL, 3.0, 2.0]]);
    }
}
