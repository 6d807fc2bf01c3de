//! Chande Kroll stop.
//!
//! - Formula: `long = max(highest high of n rows - k * atr(n)) over m rows, short = min(lowest low
//!   of n rows + k * atr(n)) over m rows`.
//! - Parameters: `period` n, `multiplier` k, `smooth` m.
//! - Convention: Wilder's average true range.
//! - Warm-up: n + m - 1 rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: Tushar Chande and Stanley Kroll, The New Technical Trader (1994).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLowClose, Output, Period, Unit,
    atr::{self, Atr},
    extreme::{Channel, Highest, Lowest},
};

parameters! {
    /// Stops at some average ranges from the extremes, which keep the best of their last levels.
    pub struct ChandeKroll {
        /// Rows of the extremes and of the average true range; 10 is usual.
        pub period: Period<1>,
        /// Average true ranges from the extreme to the stop; 1 is usual.
        pub multiplier: Factor,
        /// Rows over which the best level is kept; 9 is usual.
        pub smooth: Period<1>,
    }
}

/// The average range, the extremes, and the last stops.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    range: atr::State,
    channel: Channel,
    long: Highest,
    short: Lowest,
}

impl Definition for ChandeKroll {
    const ABOUT: About = About {
        title: "Chande Kroll stop",
        formula: "long = max(highest high of n rows - k * atr(n)) over m rows, short = min(lowest \
                  low of n rows + k * atr(n)) over m rows",
        convention: "Wilder's average true range",
        warm_up: "n + m - 1 rows, both outputs",
        cost: "O(1)",
        source: "Tushar Chande and Stanley Kroll, The New Technical Trader (1994)",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() + self.smooth.get() - 1;
        vec![
            Output { name: "long", warm_up, unit: Unit::Input, doc: "Stop of a long position." },
            Output { name: "short", warm_up, unit: Unit::Input, doc: "Stop of a short position." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(10, 1.0, 9), (1, 0.0, 1), (5, 1.5, 20)]
            .map(|(rows, multiplier, smooth)| Self {
                period: Period::of(rows),
                multiplier: Factor::of(multiplier),
                smooth: Period::of(smooth),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        let extremes = state.channel.push(bar.range(), self.period.get());
        let range = Atr::push(&mut state.range, &bar, self.period.get());
        let Some((extremes, range)) = extremes.zip(range) else { return [f64::NAN; 2] };
        let distance = self.multiplier.get() * range;
        let long = state.long.push(extremes.highest - distance, self.smooth.get());
        let short = state.short.push(extremes.lowest + distance, self.smooth.get());
        [long.unwrap_or(f64::NAN), short.unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::ChandeKroll;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let (period, smooth) = (Period::of(1), Period::of(2));
        let stop = ChandeKroll { period, multiplier: Factor::of(1.0), smooth };
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 5.0, 5.0, 0.0],
            [0.0, 5.0, 1.0, 5.0, 0.0],
            [0.0, 7.0, 5.0, 5.0, 0.0],
        ];
        // Ranges 3, 4, 2: long 3, 1, 5 and short 8, 5, 7.
        let expected: [&[f64]; 2] = [&[NULL, NULL, 3.0, 5.0], &[NULL, NULL, 5.0, 5.0]];
        expect_bars(&stop, &rows, &expected);
    }
}
