//! Z-score.
//!
//! - Formula: `(x - mean(x)) / stddev(x) over n rows`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: of the population (ddof 0); 0 in a flat window.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: the plain definition; as Stock.Indicators has it.

use super::{About, Definition, Output, Period, Unit, state::AT_ONCE, window::Moments};

parameters! {
    /// How many standard deviations the value is above its mean.
    pub struct Zscore {
        /// Rows in the window.
        pub period: Period<2>,
    }
}

impl Definition for Zscore {
    const ABOUT: About = About {
        title: "Z-score",
        formula: "(x - mean(x)) / stddev(x) over n rows",
        convention: "Stock.Indicators: of the population (ddof 0); 0 in a flat window",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "the plain definition; as Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Moments;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("number"), "Standard deviations.")
    }

    fn examples() -> Vec<Self> {
        [20, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Moments {
        Moments::default()
    }

    #[inline(always)]
    fn step(&self, moments: &mut Moments, value: f64) -> [f64; 1] {
        let moments = moments.push(value, self.period.get());
        [moments.map_or(f64::NAN, |(mean, deviation)| score(value, mean, deviation))]
    }

    #[inline(always)]
    fn steps(&self, moments: &mut Moments, [values]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        let mut means = [0.0; AT_ONCE];
        let means = &mut means[..values.len()];
        moments.run(values, self.period.get(), means, out);
        for (out, (value, mean)) in out.iter_mut().zip(values.iter().zip(means)) {
            *out = score(*value, *mean, out.sqrt());
        }
    }
}

/// 0 where nothing moves.
#[inline(always)]
fn score(value: f64, mean: f64, deviation: f64) -> f64 {
    if deviation == 0.0 { 0.0 } else { (value - mean) / deviation }
}

#[cfg(test)]
mod tests {
    use super::Zscore;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let zscore = Zscore { period: Period::of(3) };
        let expected = [NULL, NULL, 1.5_f64.sqrt(), 0.0, 0.0];
        expect_series(
            &zscore,
            &[1.0, 2.0, 3.0, 2.5, 2.75],
            &expected[..3].iter().copied().chain([0.0, 0.0]).collect::<Vec<_>>(),
        );
    }
}
