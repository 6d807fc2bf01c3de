//! Hilbert transform: dominant cycle period.
//!
//! - Formula: `from the angle that the Hilbert transform of the smoothed price turns a row,
//!   smoothed`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HT_DCPERIOD: the transform begins twelve rows after the first; over a price
//!   that has stood still the last bit decides, with TA-Lib too.
//! - Warm-up: 32 rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `HT_DCPERIOD`; John F. Ehlers, Rocket Science for Traders (2001).

use super::{About, Definition, Output, Unit, Unstable, hilbert::Hilbert};

parameters! {
    /// How many rows the strongest cycle in the price takes.
    pub struct HtDcperiod {
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for HtDcperiod {
    const ABOUT: About = About {
        title: "Hilbert transform: dominant cycle period",
        formula: "from the angle that the Hilbert transform of the smoothed price turns a row, \
                  smoothed",
        convention: "TA-Lib HT_DCPERIOD: the transform begins twelve rows after the first; over a \
                     price that has stood still the last bit decides, with TA-Lib too",
        warm_up: "32 rows and unstable",
        cost: "O(1)",
        source: "TA-Lib HT_DCPERIOD; John F. Ehlers, Rocket Science for Traders (2001)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Hilbert;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            Hilbert::WARM_UP + self.unstable.get(),
            Unit::Is("rows"),
            "Rows, from 6 to 50 once it has settled.",
        )
    }

    fn examples() -> Vec<Self> {
        [0, 37].map(|unstable| Self { unstable: Unstable::of(unstable) }).into()
    }

    fn fresh(&self) -> Hilbert {
        Hilbert::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, hilbert: &mut Hilbert, value: f64) -> [f64; 1] {
        hilbert.push(value, Hilbert::SHORT);
        [if hilbert.seen() > Hilbert::WARM_UP { hilbert.period() } else { f64::NAN }]
    }
}

#[cfg(test)]
mod tests {
    use super::HtDcperiod;
    use crate::indicators::{Unstable, testing::series};

    #[test]
    fn by_hand() {
        let found = series(&HtDcperiod { unstable: Unstable::of(3) }, &[5.0; 50]);
        assert_eq!(found.iter().position(Option::is_some), Some(35));
        // A sine of 20 rows.
        let wave: Vec<f64> =
            (0..300).map(|row| (f64::from(row) / 20.0 * std::f64::consts::TAU).sin()).collect();
        let found = series(&HtDcperiod { unstable: Unstable::of(0) }, &wave);
        assert!(found[299].is_some_and(|period| (period - 20.0).abs() < 0.5), "{:?}", found[299]);
    }
}
