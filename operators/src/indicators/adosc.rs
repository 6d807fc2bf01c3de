//! Chaikin oscillator.
//!
//! - Formula: `ema(ad, fast) - ema(ad, slow)`.
//! - Parameters: `fast`, `slow`.
//! - Convention: TA-Lib ADOSC: both averages start from the first value; the balance is not added
//!   up, so that nothing drifts.
//! - Warm-up: max(fast, slow) - 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ADOSC`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowCloseVolume, Output, Period, Unit,
    ad::{flow, flows},
};

parameters! {
    /// The momentum of accumulation and distribution.
    pub struct Adosc {
        /// Rows of the fast average.
        pub fast: Period<2> = "3",
        /// Rows of the slow average.
        pub slow: Period<2> = "10",
    }
}

/// Rows seen, up to the warm-up, and how far the averages are behind the balance. The balance
/// itself is nowhere: it grows without end, and its rounding with it, which a difference of two
/// averages of it would show for good after a time of large volumes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    seen: usize,
    fast: f64,
    slow: f64,
}

impl Definition for Adosc {
    const ABOUT: About = About {
        title: "Chaikin oscillator",
        formula: "ema(ad, fast) - ema(ad, slow)",
        convention: "TA-Lib ADOSC: both averages start from the first value; the balance is not \
                     added up, so that nothing drifts",
        warm_up: "max(fast, slow) - 1 rows",
        cost: "O(1)",
        source: "TA-Lib ADOSC",
    };
    type Row = HighLowCloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.fast.max(self.slow).get() - 1, Unit::Is("quantity"), "A quantity.")
    }

    fn examples() -> Vec<Self> {
        [(3, 10), (2, 2), (20, 5)]
            .map(|(fast, slow)| Self { fast: Period::of(fast), slow: Period::of(slow) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowCloseVolume) -> [f64; 1] {
        [self.average(state, flow(&bar))]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, bars: &[&[f64]; 4], [out]: &mut [&mut [f64]; 1]) {
        flows(bars, out);
        for value in out.iter_mut() {
            *value = self.average(state, *value);
        }
    }
}

impl Adosc {
    /// Takes what is next added to the balance: of the way to it that is then left, each average
    /// goes its share.
    #[inline(always)]
    fn average(&self, state: &mut State, flow: f64) -> f64 {
        let left = |rows: usize| 1.0 - 2.0 / (rows as f64 + 1.0);
        // Both start from the first balance.
        let flow = if state.seen == 0 { 0.0 } else { flow };
        state.fast = (state.fast + flow) * left(self.fast.get());
        state.slow = (state.slow + flow) * left(self.slow.get());
        let warm_up = self.fast.max(self.slow).get() - 1;
        if state.seen < warm_up {
            state.seen += 1;
            return f64::NAN;
        }
        state.seen = state.seen.max(1);
        state.slow - state.fast
    }
}

#[cfg(test)]
mod tests {
    use super::Adosc;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let adosc = Adosc { fast: Period::of(2), slow: Period::of(3) };
        // Balance 3, 0, 6: averages 3, 1, 13 / 3 and 3, 1.5, 3.75.
        let rows =
            [[0.0, 2.0, 1.0, 2.0, 3.0], [0.0, 2.0, 1.0, 1.0, 3.0], [0.0, 2.0, 1.0, 2.0, 6.0]];
        expect_bars(&adosc, &rows, &[&[NULL, NULL, 13.0 / 3.0 - 3.75]]);
    }
}
