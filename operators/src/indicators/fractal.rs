//! Williams fractal.
//!
//! - Formula: swing_high = 100 where high[t-right] is above the highs of the `left` bars before
//!   and the `right` bars after it, else 0; swing_low = 100 the same below.
//! - Parameters: `left`, `right`.
//! - Warm-up: left + right rows, both outputs.
//! - Cost: O(1) a row, left + 2 * right values held.
//! - Source: TA-Lib `FRACTAL`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period,
    extreme::{Highest, Lowest},
    window::Window,
};

parameters! {
    /// Marks a bar that stands out: a high above, or a low below, those of the bars around it.
    pub struct Fractal {
        /// Bars before the one in the middle.
        pub left: Period<1>,
        /// Bars after it: how late the mark is.
        pub right: Period<1>,
    }
}

/// Extremes before and after the bar in the middle, and the bars on the way between.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    highs: Window,
    lows: Window,
    before: (Highest, Lowest),
    last_before: Option<(f64, f64)>,
    after: (Highest, Lowest),
}

impl Definition for Fractal {
    const ABOUT: About = About {
        title: "Williams fractal",
        formula: "swing_high = 100 where high[t-right] is above the highs of the `left` bars \
                  before and the `right` bars after it, else 0; swing_low = 100 the same below",
        convention: "TA-Lib FRACTAL: at the last bar that it needs, `right` rows after the one \
                     that it marks",
        warm_up: "left + right rows, both outputs",
        cost: "O(1)",
        source: "TA-Lib FRACTAL",
    };
    type Row = HighLow;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.left.get() + self.right.get();
        vec![
            Output { name: "swing_high", warm_up, doc: "100 or 0." },
            Output { name: "swing_low", warm_up, doc: "100 or 0." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(2, 2), (1, 1), (2, 7), (30, 3)]
            .map(|(left, right)| Self { left: Period::of(left), right: Period::of(right) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 2] {
        self.marks(state, bar).unwrap_or([f64::NAN; 2])
    }
}

impl Fractal {
    #[inline(always)]
    fn marks(&self, state: &mut State, bar: HighLow) -> Option<[f64; 2]> {
        let right = self.right.get();
        let after = state.after.0.push(bar.high, right).zip(state.after.1.push(bar.low, right));
        let middle = state.highs.push(bar.high, right).zip(state.lows.push(bar.low, right));
        let (high, low) = middle?;
        let (highest, lowest) = (&mut state.before.0, &mut state.before.1);
        let before = highest.push(high, self.left.get()).zip(lowest.push(low, self.left.get()));
        let (highest, lowest) = std::mem::replace(&mut state.last_before, before)?;
        let (next_highest, next_lowest) = after?;
        let is_high = high > highest && high > next_highest;
        let is_low = low < lowest && low < next_lowest;
        Some([is_high, is_low].map(|marked| if marked { 100.0 } else { 0.0 }))
    }
}

#[cfg(test)]
mod tests {
    use super::Fractal;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let fractal = Fractal { left: Period::of(1), right: Period::of(2) };
        let rows = [2.0, 5.0, 4.0, 1.0, 3.0, 2.0].map(|price| [0.0, price, price, 0.0, 0.0]);
        let expected: [&[f64]; 2] =
            [&[NULL, NULL, NULL, 100.0, 0.0, 0.0], &[NULL, NULL, NULL, 0.0, 0.0, 100.0]];
        expect_bars(&fractal, &rows, &expected);
    }
}
