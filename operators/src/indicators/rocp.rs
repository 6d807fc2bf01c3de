//! Rate of change, as a share.
//!
//! - Formula: `(x[t] - x[t-n]) / x[t-n]`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ROCP: 0 where the earlier value is 0.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `ROCP`.

use super::{About, Definition, Output, Period, Unit, window::Window};

parameters! {
    /// By what share of itself the value changed over the last rows.
    pub struct Rocp {
        /// Rows to look back.
        pub period: Period<1> = "10",
    }
}

impl Definition for Rocp {
    const ABOUT: About = About {
        title: "Rate of change, as a share",
        formula: "(x[t] - x[t-n]) / x[t-n]",
        convention: "TA-Lib ROCP: 0 where the earlier value is 0",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib ROCP",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Window;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("number"), "A share.")
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
        [earlier.map_or(
            f64::NAN,
            |earlier| if earlier == 0.0 { 0.0 } else { (value - earlier) / earlier },
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::Rocp;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Rocp { period: Period::of(2) },
            &[4.0, 0.0, 6.0, 4.0],
            &[NULL, NULL, 0.5, 0.0],
        );
    }
}
