//! Midpoint of the range.
//!
//! - Formula: `(highest high + lowest low) / 2 over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MIDPRICE.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MIDPRICE`.

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::Channel};

parameters! {
    /// Half way between the highest high and the lowest low of the last bars.
    pub struct Midprice {
        /// Rows in the range.
        pub period: Period<2> = "14",
    }
}

impl Definition for Midprice {
    const ABOUT: About = About {
        title: "Midpoint of the range",
        formula: "(highest high + lowest low) / 2 over n rows",
        convention: "TA-Lib MIDPRICE",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib MIDPRICE",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = Channel;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "A price.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Channel {
        Channel::default()
    }

    #[inline(always)]
    fn step(&self, channel: &mut Channel, bar: HighLow) -> [f64; 1] {
        let range = channel.push(bar, self.period.get());
        [range.map_or(f64::NAN, |range| range.middle())]
    }

    #[inline(always)]
    fn steps(&self, channel: &mut Channel, bars: &[&[f64]; 2], [middles]: &mut [&mut [f64]; 1]) {
        channel.middles(*bars, self.period.get(), middles);
    }
}

#[cfg(test)]
mod tests {
    use super::Midprice;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 5.0, 3.0, 0.0, 0.0], [0.0, 4.0, 2.0, 0.0, 0.0], [0.0, 7.0, 4.0, 0.0, 0.0]];
        expect_bars(&Midprice { period: Period::of(2) }, &rows, &[&[NULL, 3.5, 4.5]]);
    }
}
