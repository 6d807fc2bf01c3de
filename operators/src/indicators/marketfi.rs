//! Market facilitation index.
//!
//! - Formula: `(high - low) / volume`.
//! - Parameters: none.
//! - Convention: TA-Lib MARKETFI: 0 without volume.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MARKETFI`.

use super::{About, Definition, HighLowVolume, Output, Unit};

parameters! {
    /// How far the price moved for each unit traded.
    pub struct Marketfi {}
}

impl Definition for Marketfi {
    const ABOUT: About = About {
        title: "Market facilitation index",
        formula: "(high - low) / volume",
        convention: "TA-Lib MARKETFI: 0 without volume",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib MARKETFI",
    };
    type Row = HighLowVolume;
    type Values = [f64; 1];
    type State = ();

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Is("price / quantity"), "A price difference a unit.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) {}

    #[inline(always)]
    fn step(&self, (): &mut (), bar: HighLowVolume) -> [f64; 1] {
        [if bar.volume == 0.0 { 0.0 } else { (bar.high - bar.low) / bar.volume }]
    }
}

#[cfg(test)]
mod tests {
    use super::Marketfi;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows = [[0.0, 5.0, 3.0, 0.0, 4.0], [0.0, 5.0, 3.0, 0.0, 0.0]];
        expect_bars(&Marketfi {}, &rows, &[&[0.5, 0.0]]);
    }
}
