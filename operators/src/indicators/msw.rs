//! Mesa sine wave.
//!
//! - Formula: `sine = sin(p), lead = sin(p + 45 deg), p = the phase of x[t-k], k = 0..n-1, against
//!   a wave of n rows, plus 90 deg`.
//! - Parameters: `period` n.
//! - Convention: Tulip Indicators, whose first value comes a row later, and which turns the phase
//!   by 90 deg where the part in phase is below 0.001; a flat window has a phase of 0.
//! - Warm-up: n - 1 rows, both outputs.
//! - Cost: O(n) a row, 3n values held: a running transform would drift.
//! - Source: John Ehlers, MESA Adaptive Moving Averages, 2001; as Tulip Indicators has it.

use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, TAU};

use super::{
    About, Definition, Output, Period, Unit,
    window::{NOISE, Window, buffer},
};

parameters! {
    /// Where in a cycle of so many rows the series is: the two lines cross at its turns.
    pub struct Msw {
        /// Rows in the cycle.
        pub period: Period<2>,
    }
}

/// The last values, and a turn of the cycle from its newest row to its oldest.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    values: Window,
    /// Cosine and sine.
    wave: Vec<[f64; 2]>,
    rows: usize,
}

impl Definition for Msw {
    const ABOUT: About = About {
        title: "Mesa sine wave",
        formula: "sine = sin(p), lead = sin(p + 45 deg), p = the phase of x[t-k], k = 0..n-1, \
                  against a wave of n rows, plus 90 deg",
        convention: "Tulip Indicators, whose first value comes a row later, and which turns the \
                     phase by 90 deg where the part in phase is below 0.001; a flat window has a \
                     phase of 0",
        warm_up: "n - 1 rows, both outputs",
        cost: "O(n)",
        source: "John Ehlers, MESA Adaptive Moving Averages, 2001; as Tulip Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "sine", warm_up, unit: Unit::Is("-1 to 1"), doc: "-1 to 1." },
            Output {
                name: "lead",
                warm_up,
                unit: Unit::Is("-1 to 1"),
                doc: "The same an eighth of a cycle ahead.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [5, 2, 40].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 2] {
        let period = self.period.get();
        if state.wave.is_empty() {
            state.wave = self.wave();
        }
        state.values.push(value, period);
        state.rows += usize::from(state.rows < period);
        if state.rows < period {
            return [f64::NAN; 2];
        }
        let (newer, older) = state.values.halves();
        let from_newest = newer.iter().rev().chain(older.iter().rev());
        let [mut real, mut imaginary, mut level] = [0.0_f64; 3];
        for (value, [cosine, sine]) in from_newest.zip(&state.wave) {
            real += cosine * value;
            imaginary += sine * value;
            level += value.abs();
        }
        let is_flat = real.abs().max(imaginary.abs()) <= NOISE * level;
        let phase = FRAC_PI_2 + if is_flat { 0.0 } else { imaginary.atan2(real) };
        [phase.sin(), (phase + FRAC_PI_4).sin()]
    }
}

impl Msw {
    #[cold]
    fn wave(&self) -> Vec<[f64; 2]> {
        let rows = self.period.get();
        let mut wave = buffer(rows, [0.0; 2]);
        for (row, place) in wave.iter_mut().enumerate() {
            let angle = TAU * row as f64 / rows as f64;
            *place = [angle.cos(), angle.sin()];
        }
        wave
    }
}

#[cfg(test)]
mod tests {
    use super::Msw;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        // A cycle of two rows against 4, 1: 1 - 4 in phase and nothing beside it: 180 + 90 deg.
        let msw = Msw { period: Period::of(2) };
        let lead = -(0.5_f64.sqrt());
        let expected: [&[f64]; 2] = [&[NULL, -1.0, 1.0], &[NULL, lead, 0.5_f64.sqrt()]];
        expect(&msw, &[&[4.0, 1.0, 1.0]], &expected);
    }
}
