//! Vortex indicator.
//!
//! - Formula: `plus = sum(|high[t] - low[t-1]|) / sum(true range); minus = sum(|low[t] -
//!   high[t-1]|) / sum(true range), over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib VORTEX: 0 where the range is 0.
//! - Warm-up: n rows, both outputs.
//! - Cost: O(1) a row, 3n values held.
//! - Source: TA-Lib `VORTEX`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, trange::true_range, window::Total,
};

parameters! {
    /// Whether bars reach from lows up to highs, or from highs down to lows: the trend turns where
    /// the two lines cross.
    pub struct Vortex {
        /// Rows of the sums.
        pub period: Period<1> = "14",
    }
}

/// High, low and close of the last bar, and the three sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<[f64; 3]>,
    sums: Total<[f64; 3]>,
}

impl Definition for Vortex {
    const ABOUT: About = About {
        title: "Vortex indicator",
        formula: "plus = sum(|high[t] - low[t-1]|) / sum(true range); minus = sum(|low[t] - \
                  high[t-1]|) / sum(true range), over n rows",
        convention: "TA-Lib VORTEX: 0 where the range is 0",
        warm_up: "n rows, both outputs",
        cost: "O(1)",
        source: "TA-Lib VORTEX",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get();
        vec![
            Output { name: "plus", warm_up, unit: Unit::Is("number"), doc: "Movement upwards." },
            Output { name: "minus", warm_up, unit: Unit::Is("number"), doc: "Movement downwards." },
        ]
    }

    fn examples() -> Vec<Self> {
        [14, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        let period = self.period.get();
        let Some(last) = state.last.replace([bar.high, bar.low, bar.close]) else {
            return [f64::NAN; 2];
        };
        let [high, low, close] = last;
        let (plus, minus) = ((bar.high - low).abs(), (bar.low - high).abs());
        let sums = state.sums.push([plus, minus, true_range(&bar, close)], period);
        let Some([plus, minus, range]) = sums else { return [f64::NAN; 2] };
        if range == 0.0 { [0.0; 2] } else { [plus / range, minus / range] }
    }
}

#[cfg(test)]
mod tests {
    use super::Vortex;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 3.0, 1.0, 2.0, 0.0], [0.0, 5.0, 1.0, 4.0, 0.0], [0.0, 5.0, 3.0, 3.0, 0.0]];
        // Up 4, 4; down 2, 2; ranges 4, 2.
        let expected: [&[f64]; 2] = [&[NULL, NULL, 8.0 / 6.0], &[NULL, NULL, 4.0 / 6.0]];
        expect_bars(&Vortex { period: Period::of(2) }, &rows, &expected);
    }
}
