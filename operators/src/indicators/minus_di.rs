//! Minus directional indicator.
//!
//! - Formula: `100 * minus_dm / Wilder's sum of true ranges`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib MINUS_DI: sums start from n - 1 bars; 0 where the range is 0; with a period
//!   of 1 a share, not per cent.
//! - Warm-up: n rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MINUS_DI`; J. Welles Wilder, New Concepts in Technical Trading Systems
//!   (1978).

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, Unstable, movement::Directions,
};

parameters! {
    /// How much of the range of the last bars went downwards.
    pub struct MinusDi {
        /// Rows of Wilder's sums.
        pub period: Period<1> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for MinusDi {
    const ABOUT: About = About {
        title: "Minus directional indicator",
        formula: "100 * minus_dm / Wilder's sum of true ranges",
        convention: "TA-Lib MINUS_DI: sums start from n - 1 bars; 0 where the range is 0; with a \
                     period of 1 a share, not per cent",
        warm_up: "n rows and unstable",
        cost: "O(1)",
        source: "TA-Lib MINUS_DI; J. Welles Wilder, New Concepts in Technical Trading Systems \
                 (1978)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = Directions;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() + self.unstable.get(),
            Unit::Is("0 to 100"),
            "From 0 to 100, with a period of 1 from 0 to 1.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (1, 5), (2, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> Directions {
        Directions::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, directions: &mut Directions, bar: HighLowClose) -> [f64; 1] {
        let period = self.period.get();
        let found = directions.push(&bar, period);
        let unit = if period == 1 { 0.01 } else { 1.0 };
        [found.map_or(f64::NAN, |(_, minus)| unit * minus)]
    }
}

#[cfg(test)]
mod tests {
    use super::MinusDi;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let di = |rows| MinusDi { period: Period::of(rows), unstable: Unstable::of(0) };
        // Up 2, down 1, down 1; ranges 3, 3, 0.
        let rows = [
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 5.0, 2.0, 1.0, 0.0],
            [0.0, 1.0, 1.0, 1.0, 0.0],
        ];
        expect_bars(&di(1), &rows, &[&[NULL, 0.0, 1.0 / 3.0, 0.0]]);
    }
}
