//! Wilder's moving average.
//!
//! - Formula: `r[t] = r[t-1] + (x[t] - r[t-1]) / n`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib RMA: starts from the mean of the first n rows.
//! - Warm-up: n - 1 rows and `unstable`; the first value is the mean of the first n rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `RMA`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use super::{About, Definition, Output, Period, Unit, Unstable, smooth::Smoothed};

parameters! {
    /// A mean that forgets an n-th of itself a row: slower than `ema` of the same period.
    pub struct Rma {
        /// Rows that the weights are spread over: the newest weighs `1 / period`.
        pub period: Period<1> = "30",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for Rma {
    const ABOUT: About = About {
        title: "Wilder's moving average",
        formula: "r[t] = r[t-1] + (x[t] - r[t-1]) / n",
        convention: "TA-Lib RMA: starts from the mean of the first n rows",
        warm_up: "n - 1 rows and unstable; the first value is the mean of the first n rows",
        cost: "O(1)",
        source: "TA-Lib RMA; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Smoothed;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1 + self.unstable.get(), Unit::Input, "The weighted mean.")
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (1, 5), (2, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> Smoothed {
        Smoothed::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, average: &mut Smoothed, value: f64) -> [f64; 1] {
        [average.wilder(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Rma;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let rma = Rma { period: Period::of(2), unstable: Unstable::of(1) };
        expect_series(&rma, &[3.0, 5.0, 10.0, 8.0], &[NULL, NULL, 7.0, 7.5]);
    }
}
