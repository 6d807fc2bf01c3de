//! Spread of two.
//!
//! - Formula: `a - ratio * b`.
//! - Parameters: `ratio`.
//! - Convention: the same units as the first.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: the plain definition.

use super::{About, Definition, Factor, Output, Pair, Unit};

parameters! {
    /// What a unit of one costs more than some units of the other: a pair, a basis, or one market
    /// on two venues.
    pub struct PairSpread {
        /// Units of the second against one of the first.
        pub ratio: Factor,
    }
}

impl Definition for PairSpread {
    const ABOUT: About = About {
        title: "Spread of two",
        formula: "a - ratio * b",
        convention: "the same units as the first",
        warm_up: "none",
        cost: "O(1)",
        source: "the plain definition",
    };
    type Row = Pair;
    type Values = [f64; 1];
    type State = ();

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Input, "The difference.")
    }

    fn examples() -> Vec<Self> {
        [1.0, 0.0, 2.5].map(|ratio| Self { ratio: Factor::of(ratio) }).into()
    }

    fn fresh(&self) -> Self::State {}

    #[inline(always)]
    fn step(&self, (): &mut (), row: Pair) -> [f64; 1] {
        [row.first - self.ratio.get() * row.second]
    }
}

#[cfg(test)]
mod tests {
    use super::PairSpread;
    use crate::indicators::{Factor, testing::expect};

    #[test]
    fn by_hand() {
        let spread = PairSpread { ratio: Factor::of(2.0) };
        expect(&spread, &[&[5.0, 1.0], &[2.0, 3.0]], &[&[1.0, -5.0]]);
    }
}
