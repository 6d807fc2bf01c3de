//! Balance of power.
//!
//! - Formula: `(close - open) / (high - low)`.
//! - Parameters: none.
//! - Convention: TA-Lib BOP: 0 where the range is 0.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `BOP`.

use super::{About, Definition, OpenHighLowClose, Output, Unit};

parameters! {
    /// Whether buyers or sellers moved the bar: 1 all of it upwards, -1 downwards.
    pub struct Bop {}
}

impl Definition for Bop {
    const ABOUT: About = About {
        title: "Balance of power",
        formula: "(close - open) / (high - low)",
        convention: "TA-Lib BOP: 0 where the range is 0",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib BOP",
    };
    type Row = OpenHighLowClose;
    type Values = [f64; 1];
    type State = ();

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Is("-1 to 1"), "From -1 to 1.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) {}

    #[inline(always)]
    fn step(&self, (): &mut (), bar: OpenHighLowClose) -> [f64; 1] {
        let range = bar.high - bar.low;
        [if range <= 0.0 { 0.0 } else { (bar.close - bar.open) / range }]
    }
}

#[cfg(test)]
mod tests {
    use super::Bop;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows = [[2.0, 5.0, 1.0, 4.0, 0.0], [3.0, 3.0, 3.0, 3.0, 0.0]];
        expect_bars(&Bop {}, &rows, &[&[0.5, 0.0]]);
    }
}
