//! Highest value.
//!
//! - Formula: `max(x[t-n+1..=t])`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MAX.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row amortised, at most n values held.
//! - Source: TA-Lib `MAX`.

use super::{About, Definition, Output, Period, Unit, extreme::Highest};

parameters! {
    /// The highest of the last values.
    pub struct Max {
        /// Rows in the window.
        pub period: Period<2> = "30",
    }
}

impl Definition for Max {
    const ABOUT: About = About {
        title: "Highest value",
        formula: "max(x[t-n+1..=t])",
        convention: "TA-Lib MAX",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib MAX",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Highest;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The highest of the window.")
    }

    fn examples() -> Vec<Self> {
        [2, 20, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Highest {
        Highest::default()
    }

    #[inline(always)]
    fn step(&self, highest: &mut Highest, value: f64) -> [f64; 1] {
        [highest.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Max;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let max = Max { period: Period::of(2) };
        assert_eq!(series(&max, &[5.0, 1.0, 2.0, 0.0]), [None, Some(5.0), Some(2.0), Some(2.0)]);
    }
}
