//! Stop at average true ranges from the close.
//!
//! - Formula: `bands = close ± k * atr(n), each kept while it would loosen; the stop is the lower
//!   band while the trend is up`.
//! - Parameters: `period`, `multiplier`.
//! - Convention: Stock.Indicators: the trend starts as the last close moved.
//! - Warm-up: n rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: Welles Wilder, New Concepts in Technical Trading Systems (1978); as Stock.Indicators
//!   has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLowClose, Output, Period, Unit,
    atr::{self, Atr},
};

parameters! {
    /// A stop at some average ranges from the close, which only moves with the trend and changes
    /// sides when the close reaches it.
    pub struct AtrStop {
        /// Rows of the average true range; 21 is usual.
        pub period: Period<1>,
        /// Average true ranges from the close to a band; 3 is usual.
        pub multiplier: Factor,
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

impl Definition for AtrStop {
    const ABOUT: About = About {
        title: "ATR trailing stop",
        formula: "bands = close ± k * atr(n), each kept while it would loosen; the stop is the \
                  lower band while the trend is up",
        convention: "Stock.Indicators: the trend starts as the last close moved",
        warm_up: "n rows, both outputs",
        cost: "O(1)",
        source: "Welles Wilder, New Concepts in Technical Trading Systems (1978); as \
                 Stock.Indicators has it",
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
        [(21, 3.0), (1, 0.0), (5, 1.5)]
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

impl AtrStop {
    #[inline(always)]
    fn stop(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 2]> {
        let last_close = std::mem::replace(&mut state.close, bar.close);
        let width = self.multiplier.get() * Atr::push(&mut state.range, bar, self.period.get())?;
        let (mut upper, mut lower) = (bar.close + width, bar.close - width);
        match state.bands {
            None => state.is_down = bar.close < last_close,
            Some((last_upper, last_lower)) => {
                if upper >= last_upper && last_close <= last_upper {
                    upper = last_upper;
                }
                if lower <= last_lower && last_close >= last_lower {
                    lower = last_lower;
                }
            }
        }
        state.is_down = bar.close <= if state.is_down { upper } else { lower };
        state.bands = Some((upper, lower));
        Some(if state.is_down { [upper, -1.0] } else { [lower, 1.0] })
    }
}

#[cfg(test)]
mod tests {
    use super::AtrStop;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let stop = AtrStop { period: Period::of(2), multiplier: Factor::of(1.0) };
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 6.0, 4.0, 5.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 4.0, 2.0, 2.5, 0.0],
        ];
        // Ranges of 2 always: the lower band is kept at 3, until the close is below it.
        let expected: [&[f64]; 2] = [&[NULL, NULL, 3.0, 3.0, 4.5], &[NULL, NULL, 1.0, 1.0, -1.0]];
        expect_bars(&stop, &rows, &expected);
    }
}
