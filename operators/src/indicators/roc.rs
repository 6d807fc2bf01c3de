//! Rate of change.
//!
//! - Formula: `100 * (x[t] / x[t-n] - 1)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ROC: 0 where the earlier value is 0.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `ROC`.

use super::{About, Definition, Output, Period, Unit, window::Window};

parameters! {
    /// By how many per cent the value changed over the last rows.
    pub struct Roc {
        /// Rows to look back.
        pub period: Period<1> = "10",
    }
}

impl Definition for Roc {
    const ABOUT: About = About {
        title: "Rate of change",
        formula: "100 * (x[t] / x[t-n] - 1)",
        convention: "TA-Lib ROC: 0 where the earlier value is 0",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib ROC",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Window;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("percent"), "Per cent.")
    }

    fn examples() -> Vec<Self> {
        [1, 10, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Window {
        Window::default()
    }

    #[inline(always)]
    fn step(&self, window: &mut Window, value: f64) -> [f64; 1] {
        let earlier = window.push(value, self.period.get());
        [earlier.map_or(f64::NAN, |earlier| rate(value, earlier))]
    }
}

/// Change in per cent of the earlier value; 0 where that is 0.
#[inline(always)]
pub(super) fn rate(value: f64, earlier: f64) -> f64 {
    if earlier == 0.0 { 0.0 } else { (value / earlier - 1.0) * 100.0 }
}

#[cfg(test)]
mod tests {
    use super::Roc;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Roc { period: Period::of(2) },
            &[4.0, 0.0, 6.0, 4.0],
            &[NULL, NULL, 50.0, 0.0],
        );
    }
}
