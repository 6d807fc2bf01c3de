//! Trades in a row on one side: the example of a step of one's own.
//!
//! - Formula: `n[i] = s[i] if s[i] turns or pauses, else n[i-1] + s[i]`.
//! - Parameters: `within`.
//! - Convention: a trade without a side changes nothing; 0 once no trade has continued it for
//!   `within`.
//! - Warm-up: none, 0 before the first trade.
//! - Cost: O(1) a trade.
//! - Source: the plain definition.
//!
//! What a rule or SQL cannot say is something that remembers: here how often in a row the same side
//! has traded. Such a step is one file like this one, with
//!
//! 1. its parameters, which the job file writes and `tapeflow catalogue` documents,
//! 2. its state, plain data that a checkpoint keeps,
//! 3. what a record does to the state, and what the value is,
//!
//! and two lines in `features/mod.rs`: `pub mod streak;` and `streak::Streak` in the list. From
//! that follow the job file's syntax, the column for rules, models and other indicators, the lake's
//! column, the state in checkpoints, and the laws that are tried on it.
//!
//! ```
//! use operators::bars::BarTrade;
//! use operators::features::{Feature, FeatureSpec, Length, Scales, streak::Streak};
//! use schemas::{EventTime, Span};
//!
//! // [features]
//! // run = { streak = { within = "5s" } }
//! let spec = FeatureSpec::Streak(Streak { within: Length::of("5s".parse().unwrap()) });
//! let mut state = spec.running().unwrap().start(Scales { price: 2, quantity: 3 });
//! let second = |n: i64| EventTime(n * Span::SECOND.0);
//! for (n, side, expected) in [(0, 1, 1.0), (1, 1, 2.0), (2, 0, 2.0), (3, 1, 3.0), (4, -1, -1.0)] {
//!     state.trades(&[(second(n), BarTrade { price: 1, quantity: 1, side, tainted: false })]);
//!     assert_eq!(state.value(second(n)), expected);
//! }
//! assert_eq!(state.value(second(9)), 0.0, "five seconds without a trade that continues it");
//! ```

use super::{Definition, Length, Reads, Scales};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
};
use schemas::EventTime;
use serde::{Deserialize, Serialize};

parameters! {
    /// How many trades in a row had the same aggressor: above 0 for buyers, below 0 for sellers.
    pub struct Streak {
        /// A trade so long after the one before begins anew.
        pub within: Length,
    }
}

/// How many, and when the last of them came.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    count: i64,
    last: EventTime,
}

impl Streak {
    /// Is the last trade too long ago?
    fn is_over(&self, state: &State, now: EventTime) -> bool {
        now.0.saturating_sub(state.last.0) >= self.within.get().0
    }
}

impl Definition for Streak {
    const ABOUT: About = About {
        title: "Trades in a row on one side",
        formula: "n[i] = s[i] if s[i] turns or pauses, else n[i-1] + s[i]",
        convention: "a trade without a side changes nothing; 0 once no trade has continued it for \
                     within",
        warm_up: "none, 0 before the first trade",
        cost: "O(1) a trade",
        source: "the plain definition",
    };
    type State = State;

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "trades"
    }

    fn examples() -> Vec<Self> {
        use schemas::Span;
        [1, 1_000_000_000, 3_600_000_000_000].map(|ns| Self { within: Length::of(Span(ns)) }).into()
    }

    fn trade(&self, state: &mut State, _: Scales, at: EventTime, trade: &BarTrade) {
        let side = i64::from(trade.side);
        if side == 0 {
            return;
        }
        let begins = state.count.signum() != side || self.is_over(state, at);
        (state.count, state.last) = (if begins { side } else { state.count + side }, at);
    }

    fn value(&self, state: &mut State, _: Scales, now: EventTime) -> f64 {
        if self.is_over(state, now) { 0.0 } else { state.count as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::Streak;
    use crate::features::testing::{expect_trades, length};

    #[test]
    fn a_turn_and_a_pause_begin_anew() {
        let streak = Streak { within: length(5) };
        let trades = [(0, 1, 1, 1), (1, 1, 1, 1), (2, 1, 1, 0), (5, 1, 1, 1), (10, 1, 1, 1)];
        expect_trades(&streak, &trades[..4], &[(5, Some(3.0)), (9, Some(3.0)), (10, Some(0.0))]);
        expect_trades(&streak, &trades, &[(10, Some(1.0))]);
        expect_trades(&streak, &[(0, 1, 1, 1), (1, 1, 1, -1), (1, 1, 1, -1)], &[(1, Some(-2.0))]);
    }
}
