//! Variance.
//!
//! - Formula: `mean(x^2) - mean(x)^2 over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib VAR: of the population (ddof 0), its nbdev, which changes nothing, is left
//!   out; the sums do not drift, and a flat window gives exactly 0.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `VAR`.

use super::{About, Definition, Output, Period, Unit, window::Moments};

parameters! {
    /// How widely the last values are spread around their mean, squared.
    pub struct Var {
        /// Rows in the window.
        pub period: Period<1> = "5",
    }
}

impl Definition for Var {
    const ABOUT: About = About {
        title: "Variance",
        formula: "mean(x^2) - mean(x)^2 over n rows",
        convention: "TA-Lib VAR: of the population (ddof 0), its nbdev, which changes nothing, is \
                     left out; the sums do not drift, and a flat window gives exactly 0",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib VAR",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Moments;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Square, "The variance.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Moments {
        Moments::default()
    }

    #[inline(always)]
    fn step(&self, moments: &mut Moments, value: f64) -> [f64; 1] {
        let moments = moments.push_variance(value, self.period.get());
        [moments.map_or(f64::NAN, |(_, variance)| variance)]
    }
}

#[cfg(test)]
mod tests {
    use super::Var;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let var = Var { period: Period::of(2) };
        let values = series(&var, &[1.0, 2.0, 6.0, 6.0]);
        assert_eq!(values, [None, Some(0.25), Some(4.0), Some(0.0)]);
    }
}
