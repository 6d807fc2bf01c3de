//! MESA adaptive moving average.
//!
//! - Formula: `alpha = fast / (change of phase in degrees), from slow to fast; mama = ema(x,
//!   alpha); fama = ema(mama, alpha / 2)`.
//! - Parameters: `fast`, `slow`, `unstable`.
//! - Convention: TA-Lib MAMA: both averages start from 0, twelve rows after the first; over a price
//!   that has stood still the last bit decides, with TA-Lib too.
//! - Warm-up: 32 rows and `unstable`, both outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MAMA`; John F. Ehlers, MESA and Trading Market Cycles (2002).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Limit, Output, Unit, Unstable, hilbert::Hilbert};

parameters! {
    /// An average that steps forward quickly when the cycle of the price turns over, and a slower
    /// one behind it: where they cross, the trend turns.
    pub struct Mama {
        /// The largest share of a new value.
        pub fast: Limit = "0.5",
        /// The smallest share of a new value.
        pub slow: Limit = "0.05",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// Rows without a value at the start.
pub(super) const WARM_UP: usize = 32;

/// The transform, the phase and the two averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    hilbert: Hilbert,
    phase: f64,
    mama: f64,
    fama: f64,
}

impl Definition for Mama {
    const ABOUT: About = About {
        title: "MESA adaptive moving average",
        formula: "alpha = fast / (change of phase in degrees), from slow to fast; mama = ema(x, \
                  alpha); fama = ema(mama, alpha / 2)",
        convention: "TA-Lib MAMA: both averages start from 0, twelve rows after the first; over a \
                     price that has stood still the last bit decides, with TA-Lib too",
        warm_up: "32 rows and unstable, both outputs",
        cost: "O(1)",
        source: "TA-Lib MAMA; John F. Ehlers, MESA and Trading Market Cycles (2002)",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = WARM_UP + self.unstable.get();
        vec![
            Output { name: "mama", warm_up, unit: Unit::Input, doc: "The faster average." },
            Output {
                name: "fama",
                warm_up,
                unit: Unit::Input,
                doc: "The average that follows it.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(0.5, 0.05, 0), (0.99, 0.01, 20), (0.1, 0.1, 0)]
            .map(|(fast, slow, unstable)| Self {
                fast: Limit::of(fast),
                slow: Limit::of(slow),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 2] {
        state.push(value, [self.fast.get(), self.slow.get()]).unwrap_or([f64::NAN; 2])
    }
}

impl Mama {
    /// The limits of [`super::MaType::Mama`].
    pub(super) const USUAL: [f64; 2] = [0.5, 0.05];
}

impl State {
    /// Takes one value; both averages, once the warm-up is over.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, [fast, slow]: [f64; 2]) -> Option<[f64; 2]> {
        let phasor = self.hilbert.push(value, Hilbert::SHORT)?;
        let angle = (phasor.quadrature / phasor.in_phase).atan().to_degrees();
        let phase = if phasor.in_phase == 0.0 { 0.0 } else { angle };
        let change = (self.phase - phase).max(1.0);
        self.phase = phase;
        let share = if change > 1.0 { (fast / change).max(slow) } else { fast };
        self.mama = share * value + (1.0 - share) * self.mama;
        let half = 0.5 * share;
        self.fama = half * self.mama + (1.0 - half) * self.fama;
        (self.hilbert.seen() > WARM_UP).then_some([self.mama, self.fama])
    }
}

#[cfg(test)]
mod tests {
    use super::Mama;
    use crate::indicators::{Limit, Unstable, testing::outputs};

    #[test]
    fn by_hand() {
        // No phase without a cycle: the fast share, from 0, twelve rows after the first.
        let (fast, slow) = (Limit::of(0.5), Limit::of(0.05));
        let mama = Mama { fast, slow, unstable: Unstable::of(0) };
        let found = outputs(&mama, &[&[0.0; 33]]);
        assert_eq!(found[0][31..], [None, Some(0.0)]);
        assert_eq!(found[1][31..], [None, Some(0.0)]);
    }
}
