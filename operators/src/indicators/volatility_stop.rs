//! Volatility stop.
//!
//! - Formula: `stop = extreme - k * atr(n)[t-1] while long, extreme + k * atr(n)[t-1] while short;
//!   extreme the highest close since the last turn while long, the lowest while short; a close
//!   beyond the stop turns it`.
//! - Parameters: `period` n, `multiplier` k.
//! - Convention: Stock.Indicators: starts long if the close rose over the first n rows; it leaves
//!   the rows up to the first turn out, here they have the stop of that guess and a trend of 0.
//! - Warm-up: n + 1 rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978); as
//!   Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLowClose, Output, Period, Unit,
    atr::{self, Atr},
    extreme::{larger, smaller},
};

parameters! {
    /// A stop at some average ranges from the best close, which turns round where the close passes
    /// it.
    pub struct VolatilityStop {
        /// Rows of the average true range; 7 is usual.
        pub period: Period<1>,
        /// Average true ranges from the best close to the stop; 3 is usual.
        pub multiplier: Factor,
    }
}

/// The range and what it was a bar ago, the closes since the last turn, and the side.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    range: atr::State,
    average: Option<f64>,
    /// Rows seen, up to the period.
    seen: usize,
    first: f64,
    highest: f64,
    lowest: f64,
    is_short: bool,
    has_turned: bool,
}

impl Definition for VolatilityStop {
    const ABOUT: About = About {
        title: "Volatility stop",
        formula: "stop = extreme - k * atr(n)[t-1] while long, extreme + k * atr(n)[t-1] while \
                  short; extreme the highest close since the last turn while long, the lowest \
                  while short; a close beyond the stop turns it",
        convention: "Stock.Indicators: starts long if the close rose over the first n rows; it \
                     leaves the rows up to the first turn out, here they have the stop of that \
                     guess and a trend of 0",
        warm_up: "n + 1 rows, both outputs",
        cost: "O(1)",
        source: "J. Welles Wilder, New Concepts in Technical Trading Systems (1978); as \
                 Stock.Indicators has it",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() + 1;
        vec![
            Output { name: "stop", warm_up, unit: Unit::Input, doc: "A price." },
            Output {
                name: "trend",
                warm_up,
                unit: Unit::Is("-1 to 1"),
                doc: "1 long, -1 short, 0 up to the first turn.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(7, 3.0), (1, 0.0), (20, 1.5)]
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
        if state.seen == 0 {
            (state.first, state.highest, state.lowest) = (bar.close, bar.close, bar.close);
        }
        let range = Atr::push(&mut state.range, &bar, self.period.get());
        let before = std::mem::replace(&mut state.average, range);
        let stop = before.map_or([f64::NAN; 2], |range| self.stop(state, bar.close, range));
        state.highest = larger(bar.close, state.highest);
        state.lowest = smaller(bar.close, state.lowest);
        if state.seen < self.period.get() {
            state.seen += 1;
            state.is_short = bar.close <= state.first;
        }
        stop
    }
}

impl VolatilityStop {
    /// The stop that holds for this close, which turns the side where it is passed.
    #[inline(always)]
    fn stop(&self, state: &mut State, close: f64, range: f64) -> [f64; 2] {
        let distance = self.multiplier.get() * range;
        let (stop, side) = match state.is_short {
            true => (state.lowest + distance, -1.0),
            false => (state.highest - distance, 1.0),
        };
        let trend = if state.has_turned { side } else { 0.0 };
        if if state.is_short { close > stop } else { close < stop } {
            (state.is_short, state.has_turned) = (!state.is_short, true);
            (state.highest, state.lowest) = (close, close);
        }
        [stop, trend]
    }
}

#[cfg(test)]
mod tests {
    use super::VolatilityStop;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let stop = VolatilityStop { period: Period::of(2), multiplier: Factor::of(0.25) };
        // Ranges of 8 always. The closes rise at first, and fall through 5 - 2; the stop comes down
        // to 2 above the lowest of them, until one passes 1 + 2.
        let rows = [3.0, 4.0, 5.0, 4.0, 2.5, 1.5, 1.0, 3.5, 3.0]
            .map(|close| [0.0, close + 4.0, close - 4.0, close, 0.0]);
        let expected: [&[f64]; 2] = [
            &[NULL, NULL, NULL, 3.0, 3.0, 4.5, 3.5, 3.0, 1.5],
            &[NULL, NULL, NULL, 0.0, 0.0, -1.0, -1.0, -1.0, 1.0],
        ];
        expect_bars(&stop, &rows, &expected);
    }
}
