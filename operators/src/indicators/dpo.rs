//! Detrended price oscillator.
//!
//! - Formula: `x[t - (floor(n / 2) + 1)] - sma(n)[t]`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib DPO.
//! - Warm-up: max(n - 1, floor(n / 2) + 1) rows.
//! - Cost: O(1) a row, 1.5n values held.
//! - Source: TA-Lib `DPO`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    state::AT_ONCE,
    window::{Mean, Window},
};

parameters! {
    /// The price without its trend, some rows late: what is left shows the cycle.
    pub struct Dpo {
        /// Rows of the mean.
        pub period: Period<2> = "20",
    }
}

/// The last values and their mean.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    earlier: Window,
    mean: Mean,
}

impl Definition for Dpo {
    const ABOUT: About = About {
        title: "Detrended price oscillator",
        formula: "x[t - (floor(n / 2) + 1)] - sma(n)[t]",
        convention: "TA-Lib DPO",
        warm_up: "max(n - 1, floor(n / 2) + 1) rows",
        cost: "O(1)",
        source: "TA-Lib DPO",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.shift().max(self.period.get() - 1), Unit::Input, "A difference.")
    }

    fn examples() -> Vec<Self> {
        [20, 2, 3, 7, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let earlier = state.earlier.push(value, self.shift());
        let mean = state.mean.push(value, self.period.get());
        [earlier.zip(mean).map_or(f64::NAN, |(earlier, mean)| earlier - mean)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [values]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        let mut means = [0.0; AT_ONCE];
        let means = &mut means[..values.len()];
        state.earlier.run(values, self.shift(), out);
        state.mean.run(values, self.period.get(), means);
        out.iter_mut().zip(means).for_each(|(earlier, mean)| *earlier -= *mean);
    }
}

impl Dpo {
    /// How many rows the price is late.
    fn shift(&self) -> usize {
        self.period.get() / 2 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::Dpo;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Dpo { period: Period::of(4) },
            &[1.0, 2.0, 6.0, 3.0, 1.0],
            &[NULL, NULL, NULL, -2.0, -1.0],
        );
    }
}
