//! Hilbert transform: instantaneous trendline.
//!
//! - Formula: `(4 * m[t] + 3 * m[t-1] + 2 * m[t-2] + m[t-3]) / 10, m the mean of one dominant
//!   cycle`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HT_TRENDLINE.
//! - Warm-up: 63 rows and `unstable`.
//! - Cost: O(cycle), at most 50 rows a row.
//! - Source: TA-Lib `HT_TRENDLINE`; John F. Ehlers, Rocket Science for Traders (2001).

use super::{About, Definition, Output, Unit, Unstable, hilbert::Cycle};

parameters! {
    /// The price without its dominant cycle.
    pub struct HtTrendline {
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for HtTrendline {
    const ABOUT: About = About {
        title: "Hilbert transform: instantaneous trendline",
        formula: "(4 * m[t] + 3 * m[t-1] + 2 * m[t-2] + m[t-3]) / 10, m the mean of one dominant \
                  cycle",
        convention: "TA-Lib HT_TRENDLINE",
        warm_up: "63 rows and unstable",
        cost: "O(cycle), at most 50 rows",
        source: "TA-Lib HT_TRENDLINE; John F. Ehlers, Rocket Science for Traders (2001)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Cycle;

    fn outputs(&self) -> Vec<Output> {
        Output::only(Cycle::WARM_UP + self.unstable.get(), Unit::Input, "A price.")
    }

    fn examples() -> Vec<Self> {
        [0, 37].map(|unstable| Self { unstable: Unstable::of(unstable) }).into()
    }

    fn fresh(&self) -> Cycle {
        Cycle::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, cycle: &mut Cycle, value: f64) -> [f64; 1] {
        if cycle.push(value).is_none() {
            return [f64::NAN];
        }
        let trend = cycle.trend();
        [if cycle.is_warm() { trend } else { f64::NAN }]
    }
}

#[cfg(test)]
mod tests {
    use super::HtTrendline;
    use crate::indicators::{Unstable, testing::series};

    #[test]
    fn by_hand() {
        // Where nothing moves there is no cycle.
        let found = series(&HtTrendline { unstable: Unstable::of(7) }, &[5.0; 80]);
        assert_eq!(found.iter().position(Option::is_some), Some(70));
        assert!(found[70..].iter().all(|value| value.is_some_and(|v| (v - 5.0).abs() < 1e-12)));
    }
}
