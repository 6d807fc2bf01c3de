//! Elder ray index.
//!
//! - Formula: `bull = high - ema(close, n); bear = low - ema(close, n)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ERI.
//! - Warm-up: n - 1 rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ERI`.

use super::{About, Definition, HighLowClose, Output, Period, Unit, smooth::Smoothed};

parameters! {
    /// How far buyers carried the price above its average, and sellers below.
    pub struct Eri {
        /// Rows of the average.
        pub period: Period<1> = "13",
    }
}

impl Definition for Eri {
    const ABOUT: About = About {
        title: "Elder ray index",
        formula: "bull = high - ema(close, n); bear = low - ema(close, n)",
        convention: "TA-Lib ERI",
        warm_up: "n - 1 rows, both outputs",
        cost: "O(1)",
        source: "TA-Lib ERI",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = Smoothed;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output {
                name: "bull",
                warm_up,
                unit: Unit::Input,
                doc: "A price difference, above 0 as a rule.",
            },
            Output {
                name: "bear",
                warm_up,
                unit: Unit::Input,
                doc: "A price difference, below 0 as a rule.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [13, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Smoothed {
        Smoothed::default()
    }

    #[inline(always)]
    fn step(&self, average: &mut Smoothed, bar: HighLowClose) -> [f64; 2] {
        let level = average.exponential(bar.close, self.period.get());
        level.map_or([f64::NAN; 2], |level| [bar.high - level, bar.low - level])
    }
}

#[cfg(test)]
mod tests {
    use super::Eri;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[0.0, 4.0, 2.0, 3.0, 0.0], [0.0, 8.0, 4.0, 5.0, 0.0]];
        expect_bars(&Eri { period: Period::of(2) }, &rows, &[&[NULL, 4.0], &[NULL, 0.0]]);
    }
}
