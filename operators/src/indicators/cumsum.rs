//! Running sum.
//!
//! - Formula: `x[0] + ... + x[t]`.
//! - Parameters: none.
//! - Convention: TA-Lib CUMSUM: from the first row on; what rounding loses is kept.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `CUMSUM`.

use super::{About, Definition, Output, Unit, window::Sum};

parameters! {
    /// The sum of all values so far.
    pub struct Cumsum {}
}

impl Definition for Cumsum {
    const ABOUT: About = About {
        title: "Running sum",
        formula: "x[0] + ... + x[t]",
        convention: "TA-Lib CUMSUM: from the first row on; what rounding loses is kept",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib CUMSUM",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Sum;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Input, "The sum so far.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> Sum {
        Sum::default()
    }

    #[inline(always)]
    fn step(&self, sum: &mut Sum, value: f64) -> [f64; 1] {
        sum.add(value);
        [sum.value()]
    }
}

#[cfg(test)]
mod tests {
    use super::Cumsum;
    use crate::indicators::testing::series;

    #[test]
    fn by_hand() {
        assert_eq!(series(&Cumsum {}, &[5.0, 1.0, -2.0]), [Some(5.0), Some(6.0), Some(4.0)]);
    }
}
