//! Choppiness index.
//!
//! - Formula: `100 * log10(sum(true range) / (highest true high - lowest true low)) / log10(n) over
//!   n rows`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: highs and lows include the close before; 100 where nothing
//!   moves.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: E. W. Dreiss; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, HighLowClose, Output, Period, Unit, extreme::Channel, window::Total,
};

parameters! {
    /// How much of the movement went nowhere: near 100 to and fro, low in a trend.
    pub struct Choppiness {
        /// Rows in the window; 14 is usual.
        pub period: Period<2>,
    }
}

/// The last close, the extremes and the way between.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last_close: Option<f64>,
    channel: Channel,
    way: Total,
}

impl Definition for Choppiness {
    const ABOUT: About = About {
        title: "Choppiness index",
        formula: "100 * log10(sum(true range) / (highest true high - lowest true low)) / \
                      log10(n) over n rows",
        convention: "Stock.Indicators: highs and lows include the close before; 100 where \
                      nothing moves",
        warm_up: "n rows",
        cost: "O(1)",
        source: "E. W. Dreiss; as Stock.Indicators has it",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [14, 2, 5, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        let Some(last) = state.last_close.replace(bar.close) else { return [f64::NAN] };
        let (high, low) = (bar.high.max(last), bar.low.min(last));
        let period = self.period.get();
        let extremes = state.channel.push(HighLow { high, low }, period);
        let way = state.way.push(high - low, period);
        let Some((extremes, way)) = extremes.zip(way) else { return [f64::NAN] };
        let range = extremes.highest - extremes.lowest;
        // A way is never shorter than its range, but for bars whose high is below their low.
        let moves = range > 0.0 && way > 0.0;
        [if moves { 100.0 * (way / range).log10() / (period as f64).log10() } else { 100.0 }]
    }
}

#[cfg(test)]
mod tests {
    use super::Choppiness;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let choppiness = Choppiness { period: Period::of(2) };
        let rows = [1.0, 2.0, 3.0, 2.0, 2.0, 2.0].map(|price| [0.0, price, price, price, 0.0]);
        // One way up, then up and back, then back and still, then still.
        expect_bars(&choppiness, &rows, &[&[NULL, NULL, 0.0, 100.0, 0.0, 100.0]]);
    }
}
