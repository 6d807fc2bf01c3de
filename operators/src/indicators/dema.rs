//! Double exponential moving average.
//!
//! - Formula: `2 * e1 - e2, where e2 is the EMA of e1, itself the EMA of x`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib DEMA: each average starts from the mean of its first n values.
//! - Warm-up: 2 * (n - 1) rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `DEMA`.

use super::{
    About, Definition, Output, Period, Unit,
    smooth::{Smoothed, cascade},
};

parameters! {
    /// An exponential moving average with less lag than `ema`: it follows a straight line exactly.
    pub struct Dema {
        /// Rows of each exponential average.
        pub period: Period<1> = "30",
    }
}

impl Definition for Dema {
    const ABOUT: About = About {
        title: "Double exponential moving average",
        formula: "2 * e1 - e2, where e2 is the EMA of e1, itself the EMA of x",
        convention: "TA-Lib DEMA: each average starts from the mean of its first n values",
        warm_up: "2 * (n - 1) rows",
        cost: "O(1)",
        source: "TA-Lib DEMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = [Smoothed; 2];

    fn outputs(&self) -> Vec<Output> {
        Output::only(2 * (self.period.get() - 1), Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 9, 50].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> [Smoothed; 2] {
        Default::default()
    }

    #[inline(always)]
    fn step(&self, averages: &mut [Smoothed; 2], value: f64) -> [f64; 1] {
        [Self::push(averages, value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

impl Dema {
    /// Takes one value; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(averages: &mut [Smoothed; 2], value: f64, period: usize) -> Option<f64> {
        cascade(averages, value, period).map(|[e1, e2]| 2.0 * e1 - e2)
    }
}

#[cfg(test)]
mod tests {
    use super::Dema;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // It follows a line.
        let dema = Dema { period: Period::of(2) };
        expect_series(&dema, &[1.0, 2.0, 3.0, 4.0], &[NULL, NULL, 3.0, 4.0]);
    }
}
