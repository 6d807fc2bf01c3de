//! Know sure thing.
//!
//! - Formula: `value = sma(roc1, sma1) + 2 * sma(roc2, sma2) + 3 * sma(roc3, sma3) + 4 * sma(roc4,
//!   sma4), each roc over its rows in per cent; signal = sma(value, signal)`.
//! - Parameters: `roc1`, `roc2`, `roc3`, `roc4`, `sma1`, `sma2`, `sma3`, `sma4`, `signal`.
//! - Convention: a rate of change is 0 where the earlier value is 0.
//! - Warm-up: max(roc + sma - 1) rows of the value, signal - 1 more of the signal.
//! - Cost: O(1) a row.
//! - Source: Martin J. Pring, Summed Rate of Change (KST), Technical Analysis of Stocks &
//!   Commodities (1992).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    roc::rate,
    row::bounded,
    window::{Mean, Window},
};

parameters! {
    /// Momentum over four spans at once, the longest with the largest weight.
    pub struct Kst {
        /// Rows that the first rate of change looks back; 10 is usual.
        pub roc1: Period<1>,
        /// Rows of the second; 15 is usual.
        pub roc2: Period<1>,
        /// Rows of the third; 20 is usual.
        pub roc3: Period<1>,
        /// Rows of the fourth; 30 is usual.
        pub roc4: Period<1>,
        /// Rows of the mean of the first; 10 is usual.
        pub sma1: Period<1>,
        /// Rows of the mean of the second; 10 is usual.
        pub sma2: Period<1>,
        /// Rows of the mean of the third; 10 is usual.
        pub sma3: Period<1>,
        /// Rows of the mean of the fourth; 15 is usual.
        pub sma4: Period<1>,
        /// Rows of the mean of the value; 9 is usual.
        pub signal: Period<1>,
    }
}

/// The four rates with their means, and the mean of what they make.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    earlier: [Window; 4],
    means: [Mean; 4],
    signal: Mean,
}

impl Kst {
    /// Rows of each rate and of its mean.
    #[inline(always)]
    fn spans(&self) -> [(usize, usize); 4] {
        [
            (self.roc1.get(), self.sma1.get()),
            (self.roc2.get(), self.sma2.get()),
            (self.roc3.get(), self.sma3.get()),
            (self.roc4.get(), self.sma4.get()),
        ]
    }
}

impl Definition for Kst {
    const ABOUT: About = About {
        title: "Know sure thing",
        formula: "value = sma(roc1, sma1) + 2 * sma(roc2, sma2) + 3 * sma(roc3, sma3) + 4 * \
                  sma(roc4, sma4), each roc over its rows in per cent; signal = sma(value, \
                  signal)",
        convention: "a rate of change is 0 where the earlier value is 0",
        warm_up: "max(roc + sma - 1) rows of the value, signal - 1 more of the signal",
        cost: "O(1)",
        source: "Martin J. Pring, Summed Rate of Change (KST), Technical Analysis of Stocks & \
                 Commodities (1992)",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.spans().map(|(roc, sma)| roc + sma - 1).into_iter().max().unwrap_or(0);
        let signal = warm_up + self.signal.get() - 1;
        vec![
            Output {
                name: "value",
                warm_up,
                unit: Unit::Is("percent"),
                doc: "Per cent, summed with weights up to 4.",
            },
            Output { name: "signal", warm_up: signal, unit: Unit::Is("percent"), doc: "Its mean." },
        ]
    }

    fn examples() -> Vec<Self> {
        [[10, 15, 20, 30, 10, 10, 10, 15, 9], [1; 9], [2, 40, 3, 5, 30, 2, 1, 4, 3]]
            .map(|rows| {
                let [roc1, roc2, roc3, roc4, sma1, sma2, sma3, sma4, signal] = rows.map(Period::of);
                Self { roc1, roc2, roc3, roc4, sma1, sma2, sma3, sma4, signal }
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 2] {
        let mut sum = Some(0.0);
        for (span, (roc, sma)) in self.spans().into_iter().enumerate() {
            let earlier = state.earlier[span].push(value, roc);
            let rate = earlier.map(|earlier| bounded(rate(value, earlier)));
            let mean = rate.and_then(|rate| state.means[span].push(rate, sma));
            sum = sum.zip(mean).map(|(sum, mean)| sum + (span + 1) as f64 * mean);
        }
        let Some(sum) = sum else { return [f64::NAN; 2] };
        [sum, state.signal.push(sum, self.signal.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Kst;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let [one, two] = [1, 2].map(Period::of);
        let kst = Kst {
            roc1: one,
            roc2: two,
            roc3: one,
            roc4: one,
            sma1: one,
            sma2: one,
            sma3: one,
            sma4: two,
            signal: two,
        };
        // Rates of 100, 50 and 0 per cent over one row, 200 and 50 over two; 4 means of 75 and 25.
        let expected: [&[f64]; 2] = [&[NULL, NULL, 900.0, 200.0], &[NULL, NULL, NULL, 550.0]];
        expect(&kst, &[&[1.0, 2.0, 3.0, 3.0]], &expected);
    }
}
