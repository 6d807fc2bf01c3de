//! Lowest value.
//!
//! - Formula: `min(x[t-n+1..=t])`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MIN.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row amortised, at most n values held.
//! - Source: TA-Lib `MIN`.

use super::{About, Definition, Output, Period, Unit, extreme::Lowest};

parameters! {
    /// The lowest of the last values.
    pub struct Min {
        /// Rows in the window.
        pub period: Period<2> = "30",
    }
}

impl Definition for Min {
    const ABOUT: About = About {
        title: "Lowest value",
        formula: "min(x[t-n+1..=t])",
        convention: "TA-Lib MIN",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib MIN",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Lowest;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The lowest of the window.")
    }

    fn examples() -> Vec<Self> {
        [2, 20, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Lowest {
        Lowest::default()
    }

    #[inline(always)]
    fn step(&self, lowest: &mut Lowest, value: f64) -> [f64; 1] {
        [lowest.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Min;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let min = Min { period: Period::of(2) };
        assert_eq!(series(&min, &[5.0, 1.0, 2.0, 3.0]), [None, Some(1.0), Some(1.0), Some(2.0)]);
    }
}
