//! Cross.
//!
//! - Formula: `1 where a[t] > b[t] and a[t-1] <= b[t-1], or a[t] < b[t] and a[t-1] >= b[t-1], else
//!   0`.
//! - Parameters: none.
//! - Convention: Tulip Indicators crossany.
//! - Warm-up: 1 row.
//! - Cost: O(1) a row.
//! - Source: Tulip Indicators crossany.

use super::{About, Definition, Output, Pair, Unit};

parameters! {
    /// Marks the rows in which the first series passes the second, whichever way.
    pub struct Crossany {}
}

impl Definition for Crossany {
    const ABOUT: About = About {
        title: "Cross",
        formula: "1 where a[t] > b[t] and a[t-1] <= b[t-1], or a[t] < b[t] and a[t-1] >= b[t-1], \
                  else 0",
        convention: "Tulip Indicators crossany",
        warm_up: "1 row",
        cost: "O(1)",
        source: "Tulip Indicators crossany",
    };
    type Row = Pair;
    type Values = [f64; 1];
    type State = Option<f64>;

    fn outputs(&self) -> Vec<Output> {
        Output::only(1, Unit::Is("0 or 1"), "1 or 0.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    /// The last difference.
    fn fresh(&self) -> Option<f64> {
        None
    }

    #[inline(always)]
    fn step(&self, last: &mut Option<f64>, row: Pair) -> [f64; 1] {
        let difference = row.first - row.second;
        let Some(last) = last.replace(difference) else { return [f64::NAN] };
        let up = difference > 0.0 && last <= 0.0;
        let down = difference < 0.0 && last >= 0.0;
        [if up || down { 1.0 } else { 0.0 }]
    }
}

#[cfg(test)]
mod tests {
    use super::Crossany;
    use crate::indicators::testing::{NULL, expect};

    #[test]
    fn by_hand() {
        let (a, b) = ([1.0, 2.0, 3.0, 1.0, 2.0], [2.0, 2.0, 2.0, 2.0, 2.0]);
        expect(&Crossany {}, &[&a, &b], &[&[NULL, 0.0, 1.0, 1.0, 0.0]]);
    }
}
