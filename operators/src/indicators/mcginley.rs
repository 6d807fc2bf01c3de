//! McGinley's dynamic.
//!
//! - Formula: `m[t] = m[t-1] + (x - m[t-1]) / max(0.6 * n * (x / m[t-1])^4, 1)`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: starts from the first value; it never goes beyond the value, and
//!   after 0 it begins anew.
//! - Warm-up: 1 row.
//! - Cost: O(1) a row.
//! - Source: John McGinley (1997); as Stock.Indicators has it.

use super::{About, Definition, Output, Period, Unit};

/// How much of the period counts, as McGinley advises.
const SHARE: f64 = 0.6;

parameters! {
    /// An average that follows a falling value quicker than a rising one.
    pub struct Mcginley {
        /// Rows of a plain average that is as slow.
        pub period: Period<1>,
    }
}

impl Definition for Mcginley {
    const ABOUT: About = About {
        title: "McGinley's dynamic",
        formula: "m[t] = m[t-1] + (x - m[t-1]) / max(0.6 * n * (x / m[t-1])^4, 1)",
        convention: "Stock.Indicators: starts from the first value; it never goes beyond the \
                     value, and after 0 it begins anew",
        warm_up: "1 row",
        cost: "O(1)",
        source: "John McGinley (1997); as Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Option<f64>;

    fn outputs(&self) -> Vec<Output> {
        Output::only(1, Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [14, 1, 50].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Option<f64> {
        None
    }

    #[inline(always)]
    fn step(&self, state: &mut Option<f64>, value: f64) -> [f64; 1] {
        let Some(last) = *state else {
            *state = Some(value);
            return [f64::NAN];
        };
        let ratio = value / last;
        let slowness = SHARE * self.period.get() as f64 * (ratio * ratio) * (ratio * ratio);
        let next = if last == 0.0 { value } else { last + (value - last) / slowness.max(1.0) };
        *state = Some(next);
        [next]
    }
}

#[cfg(test)]
mod tests {
    use super::Mcginley;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let mcginley = Mcginley { period: Period::of(10) };
        // Up by the sixth part of a sixteenth, then all the way down, and up from nothing.
        let expected = [NULL, 1.0 + 1.0 / 96.0, 0.0, 5.0];
        expect_series(&mcginley, &[1.0, 2.0, 0.0, 5.0], &expected);
    }
}
