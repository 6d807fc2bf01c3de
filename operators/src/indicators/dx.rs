//! Directional movement index.
//!
//! - Formula: `100 * |plus_di - minus_di| / (plus_di + minus_di)`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib DX: sums start from n - 1 bars; where nothing moves it stays as it was, at
//!   first 0.
//! - Warm-up: n rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `DX`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, Unstable,
    movement::{Directions, strength},
};

parameters! {
    /// How one-sided the movement of the last bars was, whichever way it went.
    pub struct Dx {
        /// Rows of Wilder's sums.
        pub period: Period<2> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The sums, and the last value.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    directions: Directions,
    strength: f64,
}

impl Definition for Dx {
    const ABOUT: About = About {
        title: "Directional movement index",
        formula: "100 * |plus_di - minus_di| / (plus_di + minus_di)",
        convention: "TA-Lib DX: sums start from n - 1 bars; where nothing moves it stays as it \
                     was, at first 0",
        warm_up: "n rows and unstable",
        cost: "O(1)",
        source: "TA-Lib DX; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() + self.unstable.get(),
            Unit::Is("0 to 100"),
            "From 0 to 100.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (2, 5), (5, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        let Some(sides) = state.directions.push(&bar, self.period.get()) else { return [f64::NAN] };
        state.strength = strength(sides).unwrap_or(state.strength);
        [state.strength]
    }
}

#[cfg(test)]
mod tests {
    use super::Dx;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let dx = Dx { period: Period::of(2), unstable: Unstable::of(0) };
        // Up 2, down 1, up 3. Sums (plus, minus): (2, 0), (1, 1), (3.5, 0.5).
        let rows = [[3.0, 1.0], [5.0, 3.0], [5.0, 2.0], [8.0, 4.0]];
        let rows = rows.map(|[high, low]| [0.0, high, low, low, 0.0]);
        expect_bars(&dx, &rows, &[&[NULL, NULL, 0.0, 75.0]]);
    }
}
