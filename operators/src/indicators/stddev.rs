//! Standard deviation.
//!
//! - Formula: `k * sqrt(mean(x^2) - mean(x)^2) over n rows`.
//! - Parameters: `period` n, `deviations` k.
//! - Convention: TA-Lib STDDEV: of the population (ddof 0); the sums do not drift, and a flat
//!   window gives exactly 0.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `STDDEV`.

use super::{About, Definition, Deviations, Output, Period, Unit, window::Moments};

parameters! {
    /// How widely the last values are spread around their mean.
    pub struct Stddev {
        /// Rows in the window.
        pub period: Period<2> = "5",
        /// Factor on the result.
        pub deviations: Deviations = "1.0",
    }
}

impl Definition for Stddev {
    const ABOUT: About = About {
        title: "Standard deviation",
        formula: "k * sqrt(mean(x^2) - mean(x)^2) over n rows",
        convention: "TA-Lib STDDEV: of the population (ddof 0); the sums do not drift, and a flat \
                     window gives exactly 0",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib STDDEV",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Moments;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The deviation, times the factor.")
    }

    fn examples() -> Vec<Self> {
        [(2, 1.0), (5, 2.5), (20, 1.0), (200, 0.0)]
            .map(|(rows, deviations)| Self {
                period: Period::of(rows),
                deviations: Deviations::of(deviations),
            })
            .into()
    }

    fn fresh(&self) -> Moments {
        Moments::default()
    }

    #[inline(always)]
    fn step(&self, moments: &mut Moments, value: f64) -> [f64; 1] {
        let moments = moments.push(value, self.period.get());
        [moments.map_or(f64::NAN, |(_, deviation)| deviation * self.deviations.get())]
    }
}

#[cfg(test)]
mod tests {
    use super::Stddev;
    use crate::indicators::{Deviations, Period, testing::series};

    #[test]
    fn by_hand() {
        let stddev = Stddev { period: Period::of(2), deviations: Deviations::of(2.0) };
        let values = series(&stddev, &[1.0, 2.0, 6.0, 6.0]);
        assert_eq!(values, [None, Some(1.0), Some(4.0), Some(0.0)]);
    }
}
