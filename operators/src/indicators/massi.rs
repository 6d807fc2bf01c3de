//! Mass index.
//!
//! - Formula: `sum(e1 / e2) over slow rows, e1 = ema(high - low, fast), e2 = ema(e1, fast)`.
//! - Parameters: `fast`, `slow`.
//! - Convention: TA-Lib MASSI: a ratio is 1 where the second average is 0.
//! - Warm-up: 2 * (fast - 1) + slow - 1 rows.
//! - Cost: O(1) a row, `slow` values held.
//! - Source: TA-Lib `MASSI`; Donald Dorsey (1992).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period, Unit,
    row::bounded,
    smooth::{Smoothed, cascade},
    state::AT_ONCE,
    window::Total,
};

parameters! {
    /// Whether the range of bars bulges: a rise above 27 and back is said to come before a turn.
    pub struct Massi {
        /// Rows of each average.
        pub fast: Period<2> = "9",
        /// Rows of the sum.
        pub slow: Period<2> = "25",
    }
}

/// The averages and the sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    averages: [Smoothed; 2],
    sum: Total,
}

impl Definition for Massi {
    const ABOUT: About = About {
        title: "Mass index",
        formula: "sum(e1 / e2) over slow rows, e1 = ema(high - low, fast), e2 = ema(e1, fast)",
        convention: "TA-Lib MASSI: a ratio is 1 where the second average is 0",
        warm_up: "2 * (fast - 1) + slow - 1 rows",
        cost: "O(1)",
        source: "TA-Lib MASSI; Donald Dorsey (1992)",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            2 * (self.fast.get() - 1) + self.slow.get() - 1,
            Unit::Is("number"),
            "Near the number of rows.",
        )
    }

    fn examples() -> Vec<Self> {
        [(9, 25), (2, 2), (5, 20)]
            .map(|(fast, slow)| Self { fast: Period::of(fast), slow: Period::of(slow) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let averages = cascade(&mut state.averages, bar.high - bar.low, self.fast.get());
        let Some([first, second]) = averages else { return [f64::NAN] };
        [state.sum.push(ratio(first, second), self.slow.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [highs, lows]: &[&[f64]; 2], [out]: &mut [&mut [f64]; 1]) {
        let mut ratios = [0.0; AT_ONCE];
        let (mut warm, mut averages) = (0, state.averages);
        for (row, (high, low)) in highs.iter().zip(*lows).enumerate() {
            match cascade(&mut averages, high - low, self.fast.get()) {
                Some([first, second]) => ratios[row] = ratio(first, second),
                None => warm = row + 1,
            }
        }
        state.averages = averages;
        let ratios = &ratios[warm..highs.len()];
        let none = state.sum.run(ratios, self.slow.get(), &mut out[warm..]);
        out[..warm + none].fill(f64::NAN);
    }
}

/// Of the averages; 1 where the second is 0.
#[inline(always)]
fn ratio(first: f64, second: f64) -> f64 {
    let ratio = bounded(first / second);
    if second == 0.0 { 1.0 } else { ratio }
}

#[cfg(test)]
mod tests {
    use super::Massi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let massi = Massi { fast: Period::of(2), slow: Period::of(2) };
        // Averages 2, 4, 6 and 3, 5: ratios 4 / 3 and 6 / 5.
        let rows = [1.0, 3.0, 5.0, 7.0].map(|range| [0.0, range, 0.0, 0.0, 0.0]);
        expect_bars(&massi, &rows, &[&[NULL, NULL, NULL, 4.0 / 3.0 + 6.0 / 5.0]]);
    }
}
