//! SuperTrend.
//!
//! - Formula: `bands = (high + low) / 2 ± k * atr(n), each kept while it would loosen; the stop is
//!   the lower band while the trend is up`.
//! - Parameters: `period`, `multiplier`.
//! - Convention: TA-Lib SUPERTREND: the trend starts upwards.
//! - Warm-up: n rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `SUPERTREND`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLowClose, Output, Period, Unit,
    atr::{self, Atr},
};

parameters! {
    /// A stop at some average ranges from the middle of the bar, which only moves with the trend
    /// and changes sides when the close passes it.
    pub struct Supertrend {
        /// Rows of the average true range.
        pub period: Period<2> = "10",
        /// Average true ranges from the middle of the bar to a band.
        pub multiplier: Factor = "3.0",
    }
}

/// The range, the bands and the close of the last bar, and the side.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    range: atr::State,
    bands: Option<(f64, f64)>,
    close: f64,
    is_down: bool,
}

impl Definition for Supertrend {
    const ABOUT: About = About {
        title: "SuperTrend",
        formula: "bands = (high + low) / 2 ± k * atr(n), each kept while it would loosen; the stop \
                  is the lower band while the trend is up",
        convention: "TA-Lib SUPERTREND: the trend starts upwards",
        warm_up: "n rows, both outputs",
        cost: "O(1)",
        source: "TA-Lib SUPERTREND",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get();
        vec![
            Output { name: "stop", warm_up, unit: Unit::Input, doc: "A price." },
            Output { name: "trend", warm_up, unit: Unit::Is("-1 to 1"), doc: "1 up, -1 down." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(10, 3.0), (2, 0.0), (5, 1.5)]
            .map(|(rows, multiplier)| Self {
                period: Period::of(rows),
                multiplier: Factor::of(multiplier),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        self.stop(state, &bar).unwrap_or([f64::NAN; 2])
    }
}

impl Supertrend {
    #[inline(always)]
    fn stop(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 2]> {
        let last_close = std::mem::replace(&mut state.close, bar.close);
        let range = Atr::push(&mut state.range, bar, self.period.get())?;
        let (middle, width) = ((bar.high + bar.low) / 2.0, self.multiplier.get() * range);
        let (mut upper, mut lower) = (middle + width, middle - width);
        if let Some((last_upper, last_lower)) = state.bands {
            if upper >= last_upper && last_close <= last_upper {
                upper = last_upper;
            }
            if lower <= last_lower && last_close >= last_lower {
                lower = last_lower;
            }
            state.is_down = match state.is_down {
                true => bar.close <= upper,
                false => bar.close < lower,
            };
        }
        state.bands = Some((upper, lower));
        Some(if state.is_down { [upper, -1.0] } else { [lower, 1.0] })
    }
}

#[cfg(test)]
mod tests {
    use super::Supertrend;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let supertrend = Supertrend { period: Period::of(2), multiplier: Factor::of(1.0) };
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 6.0, 4.0, 5.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 4.0, 2.0, 2.5, 0.0],
        ];
        // Ranges of 2 always: bands 7 and 3, kept; then 6 and 3, and the close falls through 3.
        let expected: [&[f64]; 2] = [&[NULL, NULL, 3.0, 3.0, 5.0], &[NULL, NULL, 1.0, 1.0, -1.0]];
        expect_bars(&supertrend, &rows, &expected);
    }
}
