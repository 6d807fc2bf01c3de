//! Bollinger bands.
//!
//! - Formula: `middle = sma(n)`, `upper = middle + up * stddev(n)`, `lower = middle - down *
//!   stddev(n)`.
//! - Parameters: `period` n, `up`, `down`.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `BBANDS` with simple averages.

use super::{About, Definition, Deviations, Output, Period, window::Moments};

parameters! {
    /// A band around the mean, as wide as the values have been spread lately.
    pub struct Bbands {
        /// Rows in the window.
        pub period: Period<2>,
        /// Standard deviations from the mean to the upper band.
        pub up: Deviations,
        /// Standard deviations from the mean to the lower band.
        pub down: Deviations,
    }
}

impl Definition for Bbands {
    const ABOUT: About = About {
        title: "Bollinger bands",
        formula: "middle = sma(n); upper = middle + up * stddev(n); \
                  lower = middle - down * stddev(n)",
        convention: "TA-Lib BBANDS with simple averages: deviation of the population (ddof 0)",
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = Moments;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "upper", warm_up, doc: "The upper band." },
            Output { name: "middle", warm_up, doc: "The mean of the window." },
            Output { name: "lower", warm_up, doc: "The lower band." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(2, 1.0, 1.0), (5, 1.5, 2.5), (20, 2.0, 2.0), (200, 0.0, 3.0)]
            .map(|(rows, up, down)| Self {
                period: Period::of(rows),
                up: Deviations::of(up),
                down: Deviations::of(down),
            })
            .into()
    }

    fn fresh(&self) -> Moments {
        Moments::default()
    }

    fn step(&self, moments: &mut Moments, value: f64) -> [f64; 3] {
        let moments = moments.push(value, self.period.get());
        moments.map_or([f64::NAN; 3], |(mean, deviation)| {
            [mean + self.up.get() * deviation, mean, mean - self.down.get() * deviation]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Bbands;
    use crate::indicators::{Deviations, Period, testing::outputs};

    #[test]
    fn by_hand() {
        let (up, down) = (Deviations::of(2.0), Deviations::of(1.0));
        let bands = outputs(&Bbands { period: Period::of(2), up, down }, &[&[1.0, 3.0, 3.0]]);
        assert_eq!(bands[0], [None, Some(4.0), Some(3.0)]);
        assert_eq!(bands[1], [None, Some(2.0), Some(3.0)]);
        assert_eq!(bands[2], [None, Some(1.0), Some(3.0)]);
    }
}
