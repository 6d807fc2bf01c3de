//! Rate of change.
//!
//! - Formula: `100 * (x[t] / x[t-n] - 1)`.
//! - Parameters: `period` n.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `ROC`.

use super::{About, Definition, Output, Period, window::Window};

parameters! {
    /// How much the value changed over the last rows, in per cent.
    pub struct Roc {
        /// Rows to look back.
        pub period: Period<1>,
    }
}

impl Definition for Roc {
    const ABOUT: About = About {
        title: "Rate of change",
        formula: "100 * (x[t] / x[t-n] - 1)",
        convention: "TA-Lib ROC: 0 where the earlier value is 0",
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Window;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), "Per cent.")
    }

    fn examples() -> Vec<Self> {
        [1, 10, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Window {
        Window::default()
    }

    fn step(&self, window: &mut Window, value: f64) -> [f64; 1] {
        let earlier = window.push(value, self.period.get());
        [earlier.map_or(f64::NAN, |earlier| {
            if earlier == 0.0 { 0.0 } else { (value / earlier - 1.0) * 100.0 }
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::Roc;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let roc = Roc { period: Period::of(2) };
        assert_eq!(series(&roc, &[1.0, 0.0, 1.5, 4.0]), [None, None, Some(50.0), Some(0.0)]);
    }
}
