//! Williams' %R.
//!
//! - Formula: `-100 * (highest high - close) / (highest high - lowest low) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib WILLR: 0 where the range is 0.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `WILLR`.

use super::{About, Definition, HighLowClose, Output, Period, Unit, extreme::Channel};

parameters! {
    /// How far the close is below the top of the range of the last bars: 0 at the top, -100 at the
    /// bottom.
    pub struct Willr {
        /// Rows in the range.
        pub period: Period<2> = "14",
    }
}

impl Definition for Willr {
    const ABOUT: About = About {
        title: "Williams' %R",
        formula: "-100 * (highest high - close) / (highest high - lowest low) over n rows",
        convention: "TA-Lib WILLR: 0 where the range is 0",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib WILLR",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = Channel;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("-100 to 0"), "From -100 to 0.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Channel {
        Channel::default()
    }

    #[inline(always)]
    fn step(&self, channel: &mut Channel, bar: HighLowClose) -> [f64; 1] {
        let Some(range) = channel.push(bar.range(), self.period.get()) else { return [f64::NAN] };
        [range.unit().map_or(0.0, |unit| (bar.close - range.highest) / unit)]
    }

    #[inline(always)]
    fn steps(
        &self,
        channel: &mut Channel,
        [highs, lows, closes]: &[&[f64]; 3],
        [out]: &mut [&mut [f64]; 1],
    ) {
        let none = channel.run([highs, lows], self.period.get(), |row, range| {
            out[row] = range.unit().map_or(0.0, |unit| (closes[row] - range.highest) / unit);
        });
        out[..none].fill(f64::NAN);
    }
}

#[cfg(test)]
mod tests {
    use super::Willr;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 3.0, 3.0, 0.0],
            [0.0, 6.0, 6.0, 6.0, 0.0],
            [0.0, 6.0, 6.0, 6.0, 0.0],
        ];
        expect_bars(&Willr { period: Period::of(2) }, &rows, &[&[NULL, -75.0, 0.0, 0.0]]);
    }
}
