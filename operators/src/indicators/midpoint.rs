//! Midpoint.
//!
//! - Formula: `(highest + lowest) / 2 over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MIDPOINT.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MIDPOINT`.

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::Channel};

parameters! {
    /// Half way between the highest and the lowest of the last values.
    pub struct Midpoint {
        /// Rows in the window.
        pub period: Period<2> = "14",
    }
}

impl Definition for Midpoint {
    const ABOUT: About = About {
        title: "Midpoint",
        formula: "(highest + lowest) / 2 over n rows",
        convention: "TA-Lib MIDPOINT",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib MIDPOINT",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Channel;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The midpoint.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Channel {
        Channel::default()
    }

    #[inline(always)]
    fn step(&self, channel: &mut Channel, value: f64) -> [f64; 1] {
        let range = channel.push(HighLow { high: value, low: value }, self.period.get());
        [range.map_or(f64::NAN, |range| range.middle())]
    }

    #[inline(always)]
    fn steps(
        &self,
        channel: &mut Channel,
        [values]: &[&[f64]; 1],
        [middles]: &mut [&mut [f64]; 1],
    ) {
        channel.middles([values, values], self.period.get(), middles);
    }
}

#[cfg(test)]
mod tests {
    use super::Midpoint;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Midpoint { period: Period::of(3) },
            &[1.0, 5.0, 4.0, 0.0],
            &[NULL, NULL, 3.0, 2.5],
        );
    }
}
