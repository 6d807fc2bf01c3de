//! Ease of movement.
//!
//! - Formula: `(middle[t] - middle[t-1]) * (high - low) * 10000 / volume, middle = (high + low) /
//!   2`.
//! - Parameters: none.
//! - Convention: Tulip Indicators; 0 without volume.
//! - Warm-up: 1 row.
//! - Cost: O(1) a row.
//! - Source: Richard Arms (1983); as Tulip Indicators has it.

use super::{About, Definition, HighLowVolume, Output, Unit};

/// Quantities are counted in so many.
const UNIT: f64 = 10_000.0;

parameters! {
    /// How far the price moved with how little volume.
    pub struct Emv {}
}

impl Definition for Emv {
    const ABOUT: About = About {
        title: "Ease of movement",
        formula: "(middle[t] - middle[t-1]) * (high - low) * 10000 / volume, middle = (high + low) \
                  / 2",
        convention: "Tulip Indicators; 0 without volume",
        warm_up: "1 row",
        cost: "O(1)",
        source: "Richard Arms (1983); as Tulip Indicators has it",
    };
    type Row = HighLowVolume;
    type Values = [f64; 1];
    type State = Option<f64>;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            1,
            Unit::Is("price² / quantity"),
            "A squared price difference for each ten thousand units.",
        )
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> Option<f64> {
        None
    }

    #[inline(always)]
    fn step(&self, last: &mut Option<f64>, bar: HighLowVolume) -> [f64; 1] {
        let middle = (bar.high + bar.low) / 2.0;
        let Some(before) = last.replace(middle) else { return [f64::NAN] };
        if bar.volume == 0.0 {
            return [0.0];
        }
        [(middle - before) * ((bar.high - bar.low) / (bar.volume / UNIT))]
    }
}

#[cfg(test)]
mod tests {
    use super::Emv;
    use crate::indicators::testing::{NULL, expect_bars};

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 4.0, 2.0, 0.0, 1.0], [0.0, 6.0, 2.0, 0.0, 20_000.0], [0.0, 6.0, 2.0, 0.0, 0.0]];
        expect_bars(&Emv {}, &rows, &[&[NULL, 2.0, 0.0]]);
    }
}
