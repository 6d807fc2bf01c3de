//! Exponential moving average.
//!
//! - Formula: `e[t] = e[t-1] + 2 / (n + 1) * (x[t] - e[t-1])`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib EMA: starts from the mean of the first n rows.
//! - Warm-up: n - 1 rows and `unstable`; the first value is the mean of the first n rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `EMA`.

use super::{About, Definition, Output, Period, Unit, Unstable, smooth::Smoothed};

parameters! {
    /// A mean that weighs each row less than the next one, by a constant factor.
    pub struct Ema {
        /// Rows that the weights are spread over: the newest weighs `2 / (period + 1)`.
        pub period: Period<1> = "30",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for Ema {
    const ABOUT: About = About {
        title: "Exponential moving average",
        formula: "e[t] = e[t-1] + 2 / (n + 1) * (x[t] - e[t-1])",
        convention: "TA-Lib EMA: starts from the mean of the first n rows",
        warm_up: "n - 1 rows and unstable; the first value is the mean of the first n rows",
        cost: "O(1)",
        source: "TA-Lib EMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Smoothed;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1 + self.unstable.get(), Unit::Input, "The weighted mean.")
    }

    fn examples() -> Vec<Self> {
        [(12, 0), (1, 5), (2, 0), (200, 30)]
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
        [average.exponential(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Ema;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let ema = |unstable| Ema { period: Period::of(3), unstable: Unstable::of(unstable) };
        let values = [1.0, 2.0, 6.0, 4.0, 8.0];
        expect_series(&ema(0), &values, &[NULL, NULL, 3.0, 3.5, 5.75]);
        expect_series(&ema(2), &values, &[NULL, NULL, NULL, NULL, 5.75]);
    }
}
