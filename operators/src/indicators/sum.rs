//! Sum of a window.
//!
//! - Formula: `x[t-n+1] + ... + x[t]`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib SUM: does not drift.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `SUM`.

use super::{About, Definition, Output, Period, Unit, window::Total};

parameters! {
    /// The sum of the last values.
    pub struct Sum {
        /// Rows in the window.
        pub period: Period<2> = "30",
    }
}

impl Definition for Sum {
    const ABOUT: About = About {
        title: "Sum of a window",
        formula: "x[t-n+1] + ... + x[t]",
        convention: "TA-Lib SUM: does not drift",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib SUM",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Total;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The sum.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Total {
        Total::default()
    }

    #[inline(always)]
    fn step(&self, total: &mut Total, value: f64) -> [f64; 1] {
        [total.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let sum = Sum { period: Period::of(2) };
        assert_eq!(series(&sum, &[5.0, 1.0, 2.0]), [None, Some(6.0), Some(3.0)]);
    }
}
