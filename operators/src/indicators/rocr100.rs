//! Rate of change, as a ratio in per cent.
//!
//! - Formula: `100 * x[t] / x[t-n]`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ROCR100: 0 where the earlier value is 0.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `ROCR100`.

use super::{About, Definition, Output, Period, Unit, window::Window};

parameters! {
    /// How many per cent of its earlier self the value is.
    pub struct Rocr100 {
        /// Rows to look back.
        pub period: Period<1> = "10",
    }
}

impl Definition for Rocr100 {
    const ABOUT: About = About {
        title: "Rate of change, as a ratio in per cent",
        formula: "100 * x[t] / x[t-n]",
        convention: "TA-Lib ROCR100: 0 where the earlier value is 0",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib ROCR100",
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
        [earlier
            .map_or(f64::NAN, |earlier| if earlier == 0.0 { 0.0 } else { value / earlier * 100.0 })]
    }
}

#[cfg(test)]
mod tests {
    use super::Rocr100;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Rocr100 { period: Period::of(2) },
            &[4.0, 0.0, 6.0, 4.0],
            &[NULL, NULL, 150.0, 0.0],
        );
    }
}
