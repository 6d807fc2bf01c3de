//! Mean absolute percentage error.
//!
//! - Formula: `mean(|x - mean(x)| / |x|) over n rows`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: a part, not per cent; a value of 0 counts as no error.
//! - Warm-up: n - 1 rows.
//! - Cost: O(n) a row: each distance changes with the mean.
//! - Source: Stock.Indicators, analysis of the simple moving average.

use super::{About, Definition, Output, Period, Unit, avgdev::State};

parameters! {
    /// How far the last values are from their mean on average, as a part of themselves. With
    /// `avgdev` and `var` of the same window it tells how well `sma` describes it.
    pub struct Mape {
        /// Rows in the window.
        pub period: Period<2>,
    }
}

impl Definition for Mape {
    const ABOUT: About = About {
        title: "Mean absolute percentage error",
        formula: "mean(|x - mean(x)| / |x|) over n rows",
        convention: "Stock.Indicators: a part, not per cent; a value of 0 counts as no error",
        warm_up: "n - 1 rows",
        cost: "O(n)",
        source: "Stock.Indicators, analysis of the simple moving average",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("number"), "0.01 is one per cent.")
    }

    fn examples() -> Vec<Self> {
        [2, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        let Some((mean, values)) = state.push(value, period) else { return [f64::NAN] };
        let part = |value: &f64| if *value == 0.0 { 0.0 } else { ((value - mean) / value).abs() };
        [values.iter().map(part).sum::<f64>() / period as f64]
    }
}

#[cfg(test)]
mod tests {
    use super::Mape;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let mape = Mape { period: Period::of(2) };
        expect_series(&mape, &[1.0, 4.0, 4.0, 0.0], &[NULL, (1.5 + 0.375) / 2.0, 0.0, 0.25]);
    }
}
