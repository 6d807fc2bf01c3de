//! Hilbert transform: sine wave.
//!
//! - Formula: `sine = sin(phase); lead_sine = sin(phase + 45 degrees)`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HT_SINE: the transform begins 37 rows after the first; over a price that
//!   has stood still the last bit decides, with TA-Lib too.
//! - Warm-up: 63 rows and `unstable`, both outputs.
//! - Cost: O(cycle), at most 50 rows a row.
//! - Source: TA-Lib `HT_SINE`; John F. Ehlers, Rocket Science for Traders (2001).

use super::{About, Definition, Output, Unit, Unstable, hilbert::Cycle};

parameters! {
    /// The sine of the phase of the dominant cycle, and the same 45 degrees ahead: where they
    /// cross, the cycle turns.
    pub struct HtSine {
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for HtSine {
    const ABOUT: About = About {
        title: "Hilbert transform: sine wave",
        formula: "sine = sin(phase); lead_sine = sin(phase + 45 degrees)",
        convention: "TA-Lib HT_SINE: the transform begins 37 rows after the first; over a price \
                     that has stood still the last bit decides, with TA-Lib too",
        warm_up: "63 rows and unstable, both outputs",
        cost: "O(cycle), at most 50 rows",
        source: "TA-Lib HT_SINE; John F. Ehlers, Rocket Science for Traders (2001)",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = Cycle;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = Cycle::WARM_UP + self.unstable.get();
        vec![
            Output { name: "sine", warm_up, unit: Unit::Is("-1 to 1"), doc: "From -1 to 1." },
            Output { name: "lead_sine", warm_up, unit: Unit::Is("-1 to 1"), doc: "From -1 to 1." },
        ]
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
    fn step(&self, cycle: &mut Cycle, value: f64) -> [f64; 2] {
        if cycle.push(value).is_none() {
            return [f64::NAN; 2];
        }
        let phase = cycle.phase();
        if !cycle.is_warm() {
            return [f64::NAN; 2];
        }
        [phase.to_radians().sin(), (phase + 45.0).to_radians().sin()]
    }
}

#[cfg(test)]
mod tests {
    use super::HtSine;
    use crate::indicators::{Unstable, testing::outputs};

    #[test]
    fn by_hand() {
        let wave: Vec<f64> =
            (0..300).map(|row| (f64::from(row) / 20.0 * std::f64::consts::TAU).sin()).collect();
        let found = outputs(&HtSine { unstable: Unstable::of(1) }, &[&wave]);
        for (sine, lead) in found[0].iter().zip(&found[1]).skip(64) {
            let (sine, lead) = (sine.expect("warm"), lead.expect("warm"));
            // sin(p + 45) is (sin p + cos p) / sqrt 2.
            let cosine = lead * 2.0_f64.sqrt() - sine;
            assert!((sine * sine + cosine * cosine - 1.0).abs() < 1e-9);
        }
    }
}
