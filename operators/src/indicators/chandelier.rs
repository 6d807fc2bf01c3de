//! Chandelier exit.
//!
//! - Formula: `long = highest high - k * atr, short = lowest low + k * atr, over n rows`.
//! - Parameters: `period` n, `multiplier` k.
//! - Convention: Stock.Indicators: the range is that of the last n bars, this one too.
//! - Warm-up: n rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: Charles Le Beau; Alexander Elder, Come Into My Trading Room (2002); as
//!   Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLowClose, Output, Period, Unit,
    atr::{self, Atr},
    extreme::Channel,
};

parameters! {
    /// Stops that hang some average ranges below the highest high, or stand as many above the
    /// lowest low.
    pub struct Chandelier {
        /// Rows of the range and of the average true range; 22 is usual.
        pub period: Period<1>,
        /// Average true ranges from the extreme to the stop; 3 is usual.
        pub multiplier: Factor,
    }
}

/// The average range and the extremes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    range: atr::State,
    channel: Channel,
}

impl Definition for Chandelier {
    const ABOUT: About = About {
        title: "Chandelier exit",
        formula: "long = highest high - k * atr, short = lowest low + k * atr, over n rows",
        convention: "Stock.Indicators: the range is that of the last n bars, this one too",
        warm_up: "n rows, both outputs",
        cost: "O(1)",
        source: "Charles Le Beau; Alexander Elder, Come Into My Trading Room (2002); as \
                 Stock.Indicators has it",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get();
        vec![
            Output { name: "long", warm_up, unit: Unit::Input, doc: "Stop of a long position." },
            Output { name: "short", warm_up, unit: Unit::Input, doc: "Stop of a short position." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(22, 3.0), (1, 0.0), (5, 1.5)]
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
        let extremes = state.channel.push(bar.range(), self.period.get());
        let range = Atr::push(&mut state.range, &bar, self.period.get());
        let Some((extremes, range)) = extremes.zip(range) else { return [f64::NAN; 2] };
        let distance = self.multiplier.get() * range;
        [extremes.highest - distance, extremes.lowest + distance]
    }
}

#[cfg(test)]
mod tests {
    use super::Chandelier;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let chandelier = Chandelier { period: Period::of(2), multiplier: Factor::of(2.0) };
        let rows =
            [[0.0, 4.0, 2.0, 3.0, 0.0], [0.0, 5.0, 3.0, 4.0, 0.0], [0.0, 6.0, 4.0, 5.0, 0.0]];
        // Ranges of 2 always.
        expect_bars(&chandelier, &rows, &[&[NULL, NULL, 2.0], &[NULL, NULL, 7.0]]);
    }
}
