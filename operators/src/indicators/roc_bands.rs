//! Rate of change with bands.
//!
//! - Formula: `roc = 100 * (x[t] / x[t-n] - 1); upper = sqrt(mean(roc^2) over deviation rows),
//!   lower = -upper`.
//! - Parameters: `period` n, `average`, `deviation`.
//! - Convention: Stock.Indicators ROC-WB: 0 where the earlier value is 0; the bands lie around 0.
//! - Warm-up: n rows; of the average, average - 1 more; of the bands, deviation - 1 more.
//! - Cost: O(1) a row, n values held.
//! - Source: Gerald Appel and Fred Hitschler, Stock Market Trading Systems (1980); as
//!   Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    roc::rate,
    row::bounded,
    smooth::Smoothed,
    window::{Mean, Window},
};

parameters! {
    /// How much the value changed over the last rows, and how much it usually does.
    pub struct RocBands {
        /// Rows to look back; 20 is usual.
        pub period: Period<1>,
        /// Rows of the average; 5 is usual.
        pub average: Period<1>,
        /// Rows of the bands; 5 is usual.
        pub deviation: Period<1>,
    }
}

/// The window and the averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    window: Window,
    average: Smoothed,
    squares: Mean,
}

impl Definition for RocBands {
    const ABOUT: About = About {
        title: "Rate of change with bands",
        formula: "roc = 100 * (x[t] / x[t-n] - 1); upper = sqrt(mean(roc^2) over deviation rows), \
                  lower = -upper",
        convention: "Stock.Indicators ROC-WB: 0 where the earlier value is 0; the bands lie around \
                     0",
        warm_up: "n rows; of the average, average - 1 more; of the bands, deviation - 1 more",
        cost: "O(1)",
        source: "Gerald Appel and Fred Hitschler, Stock Market Trading Systems (1980); as \
                 Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 4];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let rows = self.period.get();
        let average = rows + self.average.get() - 1;
        let bands = rows + self.deviation.get() - 1;
        vec![
            Output { name: "value", warm_up: rows, unit: Unit::Is("percent"), doc: "Per cent." },
            Output {
                name: "average",
                warm_up: average,
                unit: Unit::Is("percent"),
                doc: "Average of `value`.",
            },
            Output {
                name: "upper",
                warm_up: bands,
                unit: Unit::Is("percent"),
                doc: "The upper band.",
            },
            Output {
                name: "lower",
                warm_up: bands,
                unit: Unit::Is("percent"),
                doc: "The lower band.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(20, 5, 5), (1, 1, 1), (5, 3, 10)]
            .map(|(rows, average, deviation)| Self {
                period: Period::of(rows),
                average: Period::of(average),
                deviation: Period::of(deviation),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 4] {
        let earlier = state.window.push(value, self.period.get());
        let Some(earlier) = earlier else { return [f64::NAN; 4] };
        let change = bounded(rate(value, earlier));
        let average = state.average.exponential(change, self.average.get());
        let width = state.squares.push(change * change, self.deviation.get());
        let width = width.map_or(f64::NAN, f64::sqrt);
        [change, average.unwrap_or(f64::NAN), width, -width]
    }
}

#[cfg(test)]
mod tests {
    use super::RocBands;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let rows =
            RocBands { period: Period::of(1), average: Period::of(2), deviation: Period::of(1) };
        let expected: [&[f64]; 4] = [
            &[NULL, 100.0, -50.0, 0.0],
            &[NULL, NULL, 25.0, 25.0 / 3.0],
            &[NULL, 100.0, 50.0, 0.0],
            &[NULL, -100.0, -50.0, 0.0],
        ];
        expect(&rows, &[&[1.0, 2.0, 1.0, 1.0]], &expected);
    }
}
