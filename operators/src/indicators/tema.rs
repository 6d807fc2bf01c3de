//! Triple exponential moving average.
//!
//! - Formula: `3 * e1 - 3 * e2 + e3, each the EMA of the one before, e1 of x`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib TEMA: each average starts from the mean of its first n values.
//! - Warm-up: 3 * (n - 1) rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `TEMA`.

use super::{
    About, Definition, Output, Period, Unit,
    smooth::{Smoothed, cascade},
};

parameters! {
    /// An exponential moving average with less lag than `dema`: it follows a straight line
    /// exactly.
    pub struct Tema {
        /// Rows of each exponential average.
        pub period: Period<1> = "30",
    }
}

impl Definition for Tema {
    const ABOUT: About = About {
        title: "Triple exponential moving average",
        formula: "3 * e1 - 3 * e2 + e3, each the EMA of the one before, e1 of x",
        convention: "TA-Lib TEMA: each average starts from the mean of its first n values",
        warm_up: "3 * (n - 1) rows",
        cost: "O(1)",
        source: "TA-Lib TEMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = [Smoothed; 3];

    fn outputs(&self) -> Vec<Output> {
        Output::only(3 * (self.period.get() - 1), Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 9, 50].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> [Smoothed; 3] {
        Default::default()
    }

    #[inline(always)]
    fn step(&self, averages: &mut [Smoothed; 3], value: f64) -> [f64; 1] {
        let levels = cascade(averages, value, self.period.get());
        [levels.map_or(f64::NAN, |[e1, e2, e3]| 3.0 * e1 - 3.0 * e2 + e3)]
    }
}

#[cfg(test)]
mod tests {
    use super::Tema;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // It follows a line.
        let tema = Tema { period: Period::of(2) };
        expect_series(&tema, &[1.0, 2.0, 3.0, 4.0, 5.0], &[NULL, NULL, NULL, 4.0, 5.0]);
    }
}
