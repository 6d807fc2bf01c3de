//! Stoller's average range channels.
//!
//! - Formula: `middle = sma(close, period); upper = middle + k * atr, lower = middle - k * atr`.
//! - Parameters: `period`, `multiplier` k, `atr_period`.
//! - Convention: Stock.Indicators: Wilder's average true range.
//! - Warm-up: period - 1 rows of the middle; max(period - 1, atr_period) of the bands.
//! - Cost: O(1) a row, n values held.
//! - Source: Manning Stoller; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLowClose, Output, Period, Unit,
    atr::{self, Atr},
    window::Mean,
};

parameters! {
    /// A band around a plain average of the close, as wide as bars have ranged lately.
    pub struct Starc {
        /// Rows of the average; 5 is usual.
        pub period: Period<1>,
        /// Average true ranges from the average to a band; 2 is usual.
        pub multiplier: Factor,
        /// Rows of the average true range; 10 is usual.
        pub atr_period: Period<1>,
    }
}

/// The average and the range.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    mean: Mean,
    range: atr::State,
}

impl Definition for Starc {
    const ABOUT: About = About {
        title: "STARC bands",
        formula: "middle = sma(close, period); upper = middle + k * atr, lower = middle - k * atr",
        convention: "Stock.Indicators: Wilder's average true range",
        warm_up: "period - 1 rows of the middle; max(period - 1, atr_period) of the bands",
        cost: "O(1)",
        source: "Manning Stoller; as Stock.Indicators has it",
    };
    type Row = HighLowClose;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let average = self.period.get() - 1;
        let warm_up = average.max(self.atr_period.get());
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "The upper band." },
            Output { name: "middle", warm_up: average, unit: Unit::Input, doc: "The average." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "The lower band." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(5, 2.0, 10), (1, 0.0, 1), (20, 1.5, 3)]
            .map(|(rows, multiplier, range)| Self {
                period: Period::of(rows),
                multiplier: Factor::of(multiplier),
                atr_period: Period::of(range),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 3] {
        let middle = state.mean.push(bar.close, self.period.get());
        let range = Atr::push(&mut state.range, &bar, self.atr_period.get());
        let Some(middle) = middle else { return [f64::NAN; 3] };
        let width = range.map_or(f64::NAN, |range| self.multiplier.get() * range);
        [middle + width, middle, middle - width]
    }
}

#[cfg(test)]
mod tests {
    use super::Starc;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let starc =
            Starc { period: Period::of(2), multiplier: Factor::of(2.0), atr_period: Period::of(2) };
        let rows =
            [[0.0, 4.0, 2.0, 3.0, 0.0], [0.0, 5.0, 3.0, 4.0, 0.0], [0.0, 6.0, 4.0, 5.0, 0.0]];
        // Ranges of 2 always.
        let expected: [&[f64]; 3] = [&[NULL, NULL, 8.5], &[NULL, 3.5, 4.5], &[NULL, NULL, 0.5]];
        expect_bars(&starc, &rows, &expected);
    }
}
