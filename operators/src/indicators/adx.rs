//! Average directional index.
//!
//! - Formula: `Wilder's average of 100 * |plus - minus| / (plus + minus)`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib ADX: sums start from n - 1 bars; where nothing moves the average stays.
//! - Warm-up: 2n - 1 rows and `unstable`: n bars for the first movement, n movements for the first
//!   average.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ADX`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, Unstable,
    movement::{Directions, strength},
    smooth::Smoothed,
};

parameters! {
    /// How strong the trend is, whichever way it goes: below 20 none, above 40 strong.
    pub struct Adx {
        /// Rows of Wilder's averages.
        pub period: Period<2> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The sums of movement and range, and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    directions: Directions,
    average: Smoothed,
}

impl Definition for Adx {
    const ABOUT: About = About {
        title: "Average directional index",
        formula: "Wilder's average of 100 * |plus - minus| / (plus + minus)",
        convention: "TA-Lib ADX: sums start from n - 1 bars; where nothing moves the average stays",
        warm_up: "2n - 1 rows and unstable: n bars for the first movement, n movements for the \
                  first average",
        cost: "O(1)",
        source: "TA-Lib ADX; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            2 * self.period.get() - 1 + self.unstable.get(),
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
        [state.push(&bar, self.period.get()).unwrap_or(f64::NAN)]
    }
}

impl State {
    /// Takes one bar; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: &HighLowClose, period: usize) -> Option<f64> {
        match strength(self.directions.push(bar, period)?) {
            Some(strength) => self.average.wilder(strength, period),
            None => self.average.level(period).or_else(|| self.average.wilder(0.0, period)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Adx;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let adx = Adx { period: Period::of(2), unstable: Unstable::of(0) };
        // Up 2, down 1, up 3, none. Sums (plus, minus): (2, 0), (1, 1), (3.5, 0.5), (1.75, 0.25).
        let rows = [
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 5.0, 2.0, 4.0, 0.0],
            [0.0, 8.0, 4.0, 6.0, 0.0],
            [0.0, 8.0, 4.0, 6.0, 0.0],
        ];
        // Strengths 0, 75, 75: their mean, then half way to the next.
        expect_bars(&adx, &rows, &[&[NULL, NULL, NULL, 37.5, 56.25]]);
    }
}
