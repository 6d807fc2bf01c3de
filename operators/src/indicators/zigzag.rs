//! Zigzag.
//!
//! - Formula: `a high is final once the price is `percent` per cent below it, a low once it is as
//!   much above`.
//! - Parameters: `percent`.
//! - Convention: by closes; given only when it is final, so nothing repaints; before the first turn
//!   `point` is the first price; a price that is not above 0 turns nothing.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: Arthur A. Merrill, Filtered Waves (1977).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Percent, Unit};

parameters! {
    /// The turning points of a price without its smaller moves.
    pub struct Zigzag {
        /// How far the price must turn back, in per cent of the extreme; 5 is usual.
        pub percent: Percent,
    }
}

/// The extreme since the last turn, which way it goes, and the last turning point.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    started: bool,
    highest: f64,
    lowest: f64,
    /// 1 up, -1 down, 0 before the first turn.
    direction: f64,
    point: f64,
}

impl Definition for Zigzag {
    const ABOUT: About = About {
        title: "Zigzag",
        formula: "a high is final once the price is `percent` per cent below it, a low once \
                      it is as much above",
        convention: "by closes; given only when it is final, so nothing repaints; before the \
                      first turn `point` is the first price; a price that is not above 0 turns \
                      nothing",
        warm_up: "none",
        cost: "O(1)",
        source: "Arthur A. Merrill, Filtered Waves (1977)",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let output = |name, unit, doc| Output { name, warm_up: 0, unit, doc };
        let side = Unit::Is("-1 to 1");
        vec![
            output("point", Unit::Input, "Price of the last turning point that is final."),
            output("direction", side, "1 up, -1 down, 0 before the first turn."),
            output(
                "turn",
                side,
                "1 or -1 in the row in which the direction changes to it, else 0.",
            ),
        ]
    }

    fn examples() -> Vec<Self> {
        [5.0, 0.0, 1.0, 50.0].map(|percent| Self { percent: Percent::of(percent) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 3] {
        if !state.started {
            *state = State { started: true, highest: value, lowest: value, ..State::default() };
            state.point = value;
        }
        (state.highest, state.lowest) = (state.highest.max(value), state.lowest.min(value));
        let share = self.percent.get() / 100.0;
        let falls = value > 0.0 && value < state.highest && value <= state.highest * (1.0 - share);
        let rises = state.lowest > 0.0 && value > state.lowest;
        let rises = rises && value >= state.lowest * (1.0 + share);
        let turn = if falls && state.direction >= 0.0 {
            -1.0
        } else if rises && state.direction <= 0.0 {
            1.0
        } else {
            return [state.point, state.direction, 0.0];
        };
        state.point = if turn < 0.0 { state.highest } else { state.lowest };
        (state.highest, state.lowest, state.direction) = (value, value, turn);
        [state.point, turn, turn]
    }
}

#[cfg(test)]
mod tests {
    use super::Zigzag;
    use crate::indicators::{Percent, testing::expect};

    #[test]
    fn by_hand() {
        let zigzag = Zigzag { percent: Percent::of(10.0) };
        let prices = [100.0, 105.0, 111.0, 120.0, 109.0, 108.0, 90.0, 98.0, 99.5];
        let expected: [&[f64]; 3] = [
            &[100.0, 100.0, 100.0, 100.0, 100.0, 120.0, 120.0, 120.0, 90.0],
            &[0.0, 0.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0],
            &[0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0],
        ];
        expect(&zigzag, &[&prices], &expected);
    }
}
