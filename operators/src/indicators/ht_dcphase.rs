//! Hilbert transform: dominant cycle phase.
//!
//! - Formula: `angle of the sum over one cycle of the smoothed price times the unit circle,
//!   corrected for the lag`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HT_DCPHASE: the transform begins 37 rows after the first; over a price that
//!   has stood still the last bit decides, with TA-Lib too.
//! - Warm-up: 63 rows and `unstable`.
//! - Cost: O(cycle), at most 50 rows a row.
//! - Source: TA-Lib `HT_DCPHASE`; John F. Ehlers, Rocket Science for Traders (2001).

use super::{About, Definition, Output, Unit, Unstable, hilbert::Cycle};

parameters! {
    /// Where in the dominant cycle the price stands.
    pub struct HtDcphase {
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for HtDcphase {
    const ABOUT: About = About {
        title: "Hilbert transform: dominant cycle phase",
        formula: "angle of the sum over one cycle of the smoothed price times the unit circle, \
                  corrected for the lag",
        convention: "TA-Lib HT_DCPHASE: the transform begins 37 rows after the first; over a \
                     price that has stood still the last bit decides, with TA-Lib too",
        warm_up: "63 rows and unstable",
        cost: "O(cycle), at most 50 rows",
        source: "TA-Lib HT_DCPHASE; John F. Ehlers, Rocket Science for Traders (2001)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Cycle;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            Cycle::WARM_UP + self.unstable.get(),
            Unit::Is("degrees"),
            "Degrees, from -45 to 315.",
        )
    }

    fn examples() -> Vec<Self> {
        [0, 37].map(|unstable| Self { unstable: Unstable::of(unstable) }).into()
    }

    fn fresh(&self) -> Cycle {
        Cycle::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, cycle: &mut Cycle, value: f64) -> [f64; 1] {
        if cycle.push(value).is_none() {
            return [f64::NAN];
        }
        let phase = cycle.phase();
        [if cycle.is_warm() { phase } else { f64::NAN }]
    }
}

#[cfg(test)]
mod tests {
    use super::HtDcphase;
    use crate::indicators::{Unstable, testing::series};

    #[test]
    fn by_hand() {
        // A sine of 20 rows: 18 degrees a row.
        let wave: Vec<f64> =
            (0..300).map(|row| (f64::from(row) / 20.0 * std::f64::consts::TAU).sin()).collect();
        let found = series(&HtDcphase { unstable: Unstable::of(0) }, &wave);
        assert_eq!(found.iter().position(Option::is_some), Some(63));
        let turned =
            found[299].zip(found[289]).map(|(now, before)| (now - before).rem_euclid(360.0));
        assert!(turned.is_some_and(|degrees| (degrees - 180.0).abs() < 10.0), "{turned:?}");
    }
}
