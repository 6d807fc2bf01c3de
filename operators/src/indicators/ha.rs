//! Heikin-Ashi bars.
//!
//! - Formula: `close = (o + h + l + c) / 4; open = (open before + close before) / 2; high =
//!   max(h, open, close); low = min(l, open, close)`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HA: the first open is (o + c) / 2.
//! - Warm-up: `unstable` rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `HA`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, OpenHighLowClose, Output, Unit, Unstable};

parameters! {
    /// Bars smoothed so that a trend keeps one colour.
    pub struct Ha {
        /// Rows held back at the start while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// Open and close of the last bar that was made.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    body: Option<(f64, f64)>,
}

impl Definition for Ha {
    const ABOUT: About = About {
        title: "Heikin-Ashi bars",
        formula: "close = (o + h + l + c) / 4; open = (open before + close before) / 2; high = \
                  max(h, open, close); low = min(l, open, close)",
        convention: "TA-Lib HA: the first open is (o + c) / 2",
        warm_up: "unstable rows",
        cost: "O(1)",
        source: "TA-Lib HA",
    };
    type Row = OpenHighLowClose;
    type Values = [f64; 4];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.unstable.get();
        vec![
            Output {
                name: "open",
                warm_up,
                unit: Unit::Input,
                doc: "The middle of the body before.",
            },
            Output { name: "high", warm_up, unit: Unit::Input, doc: "Highest price." },
            Output { name: "low", warm_up, unit: Unit::Input, doc: "Lowest price." },
            Output { name: "close", warm_up, unit: Unit::Input, doc: "The mean price of the bar." },
        ]
    }

    fn examples() -> Vec<Self> {
        [0, 20].map(|rows| Self { unstable: Unstable::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: OpenHighLowClose) -> [f64; 4] {
        let (open, close) = state.body.unwrap_or((bar.open, bar.close));
        let open = (open + close) / 2.0;
        let close = (bar.open + bar.high + bar.low + bar.close) / 4.0;
        state.body = Some((open, close));
        [open, bar.high.max(open).max(close), bar.low.min(open).min(close), close]
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }
}

#[cfg(test)]
mod tests {
    use super::Ha;
    use crate::indicators::{Unstable, testing::expect_bars};

    #[test]
    fn by_hand() {
        let rows = [[2.0, 9.0, 1.0, 4.0, 0.0], [8.0, 8.0, 8.0, 8.0, 0.0]];
        let expected: [&[f64]; 4] = [&[3.0, 3.5], &[9.0, 8.0], &[1.0, 3.5], &[4.0, 8.0]];
        expect_bars(&Ha { unstable: Unstable::of(0) }, &rows, &expected);
    }
}
