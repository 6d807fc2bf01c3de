//! Williams alligator.
//!
//! - Formula: `jaw = rma(p, n)[t-a], teeth = rma(p, m)[t-b], lips = rma(p, k)[t-c], p = (high +
//!   low) / 2`.
//! - Parameters: `jaw` n, `jaw_offset` a, `teeth` m, `teeth_offset` b, `lips` k, `lips_offset` c.
//! - Convention: Stock.Indicators: Wilder's averages that start from plain means, drawn later by
//!   their offsets.
//! - Warm-up: period - 1 + offset rows, each output its own.
//! - Cost: O(1) a row.
//! - Source: Bill Williams, Trading Chaos (1995); as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, smooth::Smoothed, window::Window};

parameters! {
    /// Three slow averages of the middle of the bars, drawn later: entwined in a market that
    /// sleeps, apart in a trend.
    pub struct Alligator {
        /// Rows of the slowest average; 13 is usual.
        pub jaw: Period<1>,
        /// How many rows later it is drawn; 8 is usual.
        pub jaw_offset: Period<1>,
        /// Rows of the middle average; 8 is usual.
        pub teeth: Period<1>,
        /// How many rows later it is drawn; 5 is usual.
        pub teeth_offset: Period<1>,
        /// Rows of the fastest average; 5 is usual.
        pub lips: Period<1>,
        /// How many rows later it is drawn; 3 is usual.
        pub lips_offset: Period<1>,
    }
}

/// The averages, and the values that wait to be drawn.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    averages: [Smoothed; 3],
    waiting: [Window; 3],
}

impl Definition for Alligator {
    const ABOUT: About = About {
        title: "Williams alligator",
        formula: "jaw = rma(p, n)[t-a], teeth = rma(p, m)[t-b], lips = rma(p, k)[t-c], p = \
                      (high + low) / 2",
        convention: "Stock.Indicators: Wilder's averages that start from plain means, drawn \
                      later by their offsets",
        warm_up: "period - 1 + offset rows, each output its own",
        cost: "O(1)",
        source: "Bill Williams, Trading Chaos (1995); as Stock.Indicators has it",
    };
    type Row = HighLow;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = |period: Period<1>, offset: Period<1>| period.get() - 1 + offset.get();
        let (jaw, teeth) =
            (warm_up(self.jaw, self.jaw_offset), warm_up(self.teeth, self.teeth_offset));
        let lips = warm_up(self.lips, self.lips_offset);
        vec![
            Output { name: "jaw", warm_up: jaw, unit: Unit::Input, doc: "The slowest." },
            Output { name: "teeth", warm_up: teeth, unit: Unit::Input, doc: "The middle one." },
            Output { name: "lips", warm_up: lips, unit: Unit::Input, doc: "The fastest." },
        ]
    }

    fn examples() -> Vec<Self> {
        [[13, 8, 8, 5, 5, 3], [1, 1, 2, 3, 50, 4], [3, 20, 3, 1, 2, 2]]
            .map(|rows| {
                let [jaw, jaw_offset, teeth, teeth_offset, lips, lips_offset] =
                    rows.map(Period::of);
                Self { jaw, jaw_offset, teeth, teeth_offset, lips, lips_offset }
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 3] {
        let middle = (bar.high + bar.low) / 2.0;
        let lines = [
            (self.jaw, self.jaw_offset),
            (self.teeth, self.teeth_offset),
            (self.lips, self.lips_offset),
        ];
        std::array::from_fn(|line| {
            let (period, offset) = lines[line];
            let average = state.averages[line].wilder(middle, period.get());
            let drawn = average.and_then(|a| state.waiting[line].push(a, offset.get()));
            drawn.unwrap_or(f64::NAN)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Alligator;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let [jaw, teeth, lips, one, two] = [2, 2, 1, 1, 2].map(Period::of);
        let alligator =
            Alligator { jaw, jaw_offset: two, teeth, teeth_offset: one, lips, lips_offset: one };
        let rows = [2.0, 4.0, 9.0, 9.0].map(|price| [0.0, price + 1.0, price - 1.0, 0.0, 0.0]);
        // Averages of two rows: 3, 6, 7.5.
        let expected: [&[f64]; 3] =
            [&[NULL, NULL, NULL, 3.0], &[NULL, NULL, 3.0, 6.0], &[NULL, 2.0, 4.0, 9.0]];
        expect_bars(&alligator, &rows, &expected);
    }
}
