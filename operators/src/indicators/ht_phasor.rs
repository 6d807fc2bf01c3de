//! Hilbert transform: phasor.
//!
//! - Formula: `in_phase = detrended price of three rows ago; quadrature = its Hilbert transform`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HT_PHASOR: the transform begins twelve rows after the first; over a price
//!   that has stood still the last bit decides, with TA-Lib too.
//! - Warm-up: 32 rows and `unstable`, both outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `HT_PHASOR`; John F. Ehlers, Rocket Science for Traders (2001).

use super::{About, Definition, Output, Unit, Unstable, hilbert::Hilbert};

parameters! {
    /// The cycle in the price as a pointer that goes round: the part in step with it, and the part
    /// a quarter behind.
    pub struct HtPhasor {
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for HtPhasor {
    const ABOUT: About = About {
        title: "Hilbert transform: phasor",
        formula: "in_phase = detrended price of three rows ago; quadrature = its Hilbert transform",
        convention: "TA-Lib HT_PHASOR: the transform begins twelve rows after the first; over a \
                     price that has stood still the last bit decides, with TA-Lib too",
        warm_up: "32 rows and unstable, both outputs",
        cost: "O(1)",
        source: "TA-Lib HT_PHASOR; John F. Ehlers, Rocket Science for Traders (2001)",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = Hilbert;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = Hilbert::WARM_UP + self.unstable.get();
        vec![
            Output { name: "in_phase", warm_up, unit: Unit::Input, doc: "A price difference." },
            Output { name: "quadrature", warm_up, unit: Unit::Input, doc: "A price difference." },
        ]
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
    fn step(&self, hilbert: &mut Hilbert, value: f64) -> [f64; 2] {
        let Some(phasor) = hilbert.push(value, Hilbert::SHORT) else { return [f64::NAN; 2] };
        if hilbert.seen() > Hilbert::WARM_UP {
            [phasor.in_phase, phasor.quadrature]
        } else {
            [f64::NAN; 2]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HtPhasor;
    use crate::indicators::{Unstable, testing::outputs};

    #[test]
    fn by_hand() {
        // Where nothing moves the pointer has no length, once the start is out of the delay lines.
        let found = outputs(&HtPhasor { unstable: Unstable::of(2) }, &[&[5.0; 60]]);
        for values in found {
            assert_eq!(values.iter().position(Option::is_some), Some(34));
            assert!(values[59].is_some_and(|value| value.abs() < 1e-9), "{:?}", values[59]);
        }
    }
}
