//! Gator oscillator.
//!
//! - Formula: `upper = |jaw - teeth|, lower = -|teeth - lips|, of the alligator`.
//! - Parameters: `jaw`, `jaw_offset`, `teeth`, `teeth_offset`, `lips`, `lips_offset`.
//! - Convention: Stock.Indicators: the alligator as its own.
//! - Warm-up: that of the slower line of the two, each output its own.
//! - Cost: O(1) a row.
//! - Source: Bill Williams, Trading Chaos (1995); as Stock.Indicators has it.

use super::{
    About, Definition, HighLow, Output, Period, Unit,
    alligator::{Alligator, State},
};

parameters! {
    /// How far the lines of the alligator stand apart: little while it sleeps, more and more while
    /// it eats.
    pub struct Gator {
        /// Rows of the slowest average; 13 is usual.
        pub jaw: Period<1>,
        /// How many rows later it is drawn; 8 is usual.
        pub jaw_offset: Period<1>,
        /// Rows of the middle average; 8 is usual.
        pub teeth: Period<1>,
        /// How many rows later it is drawn; 5 is usual.
        pub teeth_offset: Period<1>,
        /// Rows of the fastest average; 5 is usual.
        pub lips: Period<1>,
        /// How many rows later it is drawn; 3 is usual.
        pub lips_offset: Period<1>,
    }
}

impl Definition for Gator {
    const ABOUT: About = About {
        title: "Gator oscillator",
        formula: "upper = |jaw - teeth|, lower = -|teeth - lips|, of the alligator",
        convention: "Stock.Indicators: the alligator as its own",
        warm_up: "that of the slower line of the two, each output its own",
        cost: "O(1)",
        source: "Bill Williams, Trading Chaos (1995); as Stock.Indicators has it",
    };
    type Row = HighLow;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let lines = self.alligator().outputs();
        let [jaw, teeth, lips] = [0, 1, 2].map(|line: usize| lines[line].warm_up);
        vec![
            Output { name: "upper", warm_up: jaw.max(teeth), unit: Unit::Input, doc: "From 0 up." },
            Output {
                name: "lower",
                warm_up: teeth.max(lips),
                unit: Unit::Input,
                doc: "From 0 down.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [[13, 8, 8, 5, 5, 3], [1, 1, 2, 3, 50, 4], [3, 20, 3, 1, 2, 2]]
            .map(|rows| {
                let [jaw, jaw_offset, teeth, teeth_offset, lips, lips_offset] =
                    rows.map(Period::of);
                Self { jaw, jaw_offset, teeth, teeth_offset, lips, lips_offset }
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 2] {
        let [jaw, teeth, lips] = self.alligator().step(state, bar);
        [(jaw - teeth).abs(), -(teeth - lips).abs()]
    }
}

impl Gator {
    #[inline(always)]
    fn alligator(&self) -> Alligator {
        let Self { jaw, jaw_offset, teeth, teeth_offset, lips, lips_offset } = *self;
        Alligator { jaw, jaw_offset, teeth, teeth_offset, lips, lips_offset }
    }
}

#[cfg(test)]
mod tests {
    use super::Gator;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let [jaw, teeth, lips, one, two] = [2, 2, 1, 1, 2].map(Period::of);
        let gator =
            Gator { jaw, jaw_offset: two, teeth, teeth_offset: one, lips, lips_offset: one };
        let rows = [2.0, 4.0, 9.0, 9.0].map(|price| [0.0, price + 1.0, price - 1.0, 0.0, 0.0]);
        // Jaw 3; teeth 3, 6; lips 2, 4, 9.
        let expected: [&[f64]; 2] = [&[NULL, NULL, NULL, 3.0], &[NULL, NULL, -1.0, -3.0]];
        expect_bars(&gator, &rows, &expected);
    }
}
