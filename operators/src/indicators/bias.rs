//! Bias.
//!
//! - Formula: `100 * (x / ma(x, n) - 1)`.
//! - Parameters: `period` n, `ma`.
//! - Convention: 0 where the average is 0.
//! - Warm-up: that of the average.
//! - Cost: O(1), `ma` as its own a row.
//! - Source: the plain definition, as in pandas-ta, there a ratio.

use super::{
    About, Definition, MaType, Output, Period, Smoother, Unit, average::MovingAverage, roc::rate,
};

parameters! {
    /// How far the value is above its average, in per cent of the average.
    pub struct Bias {
        /// Rows of the average; 26 is usual.
        pub period: Period<1>,
        /// Kind of the average.
        pub ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

impl Definition for Bias {
    const ABOUT: About = About {
        title: "Bias",
        formula: "100 * (x / ma(x, n) - 1)",
        convention: "0 where the average is 0",
        warm_up: "that of the average",
        cost: "O(1), `ma` as its own",
        source: "the plain definition, as in pandas-ta, there a ratio",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = MovingAverage;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.ma.get().warm_up(self.period.get()), Unit::Is("percent"), "Per cent.")
    }

    fn examples() -> Vec<Self> {
        [(26, MaType::Sma), (1, MaType::Ema), (7, MaType::Hma)]
            .map(|(rows, ma)| Self { period: Period::of(rows), ma: Smoother::of(ma) })
            .into()
    }

    fn fresh(&self) -> MovingAverage {
        MovingAverage::new(self.ma.get(), self.period.get())
    }

    #[inline(always)]
    fn step(&self, average: &mut MovingAverage, value: f64) -> [f64; 1] {
        let average = average.push(value, self.period.get());
        [average.map_or(f64::NAN, |average| rate(value, average))]
    }
}

#[cfg(test)]
mod tests {
    use super::Bias;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let bias = Bias { period: Period::of(2), ma: Smoother::of(MaType::Sma) };
        expect_series(&bias, &[1.0, 3.0, -3.0], &[NULL, 50.0, 0.0]);
    }
}
