//! Absolute price oscillator.
//!
//! - Formula: `ma(fast) - ma(slow)`.
//! - Parameters: `fast`, `slow`, `ma`.
//! - Convention: TA-Lib APO: each average starts with the first row.
//! - Warm-up: that of the slower average.
//! - Cost: O(1), `ma` as its own a row.
//! - Source: TA-Lib `APO`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, MaType, Output, Period, Smoother, Unit, average::MovingAverage};

parameters! {
    /// How far a fast average runs ahead of a slow one.
    pub struct Apo {
        /// Rows of the fast average. If it is the longer one, the two change places.
        pub fast: Period<2> = "12",
        /// Rows of the slow average.
        pub slow: Period<2> = "26",
        /// Kind of both averages.
        pub ma: Smoother<{ MaType::Ema as u8 }> = "ema",
    }
}

/// Two averages of one kind and their periods, the shorter one first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    averages: [MovingAverage; 2],
    periods: [usize; 2],
}

impl Definition for Apo {
    const ABOUT: About = About {
        title: "Absolute price oscillator",
        formula: "ma(fast) - ma(slow)",
        convention: "TA-Lib APO: each average starts with the first row",
        warm_up: "that of the slower average",
        cost: "O(1), `ma` as its own",
        source: "TA-Lib APO",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            State::warm_up(self.ma.get(), self.fast, self.slow),
            Unit::Input,
            "A difference.",
        )
    }

    fn examples() -> Vec<Self> {
        [(12, 26, MaType::Ema), (3, 2, MaType::Sma), (5, 5, MaType::Kama), (4, 9, MaType::T3)]
            .map(|(fast, slow, ma)| Self {
                fast: Period::of(fast),
                slow: Period::of(slow),
                ma: Smoother::of(ma),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::new(self.ma.get(), self.fast, self.slow)
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value).map_or(f64::NAN, |(fast, slow)| fast - slow)]
    }
}

impl State {
    /// Averages that have seen nothing.
    pub(super) fn new(kind: MaType, fast: Period<2>, slow: Period<2>) -> Self {
        let periods = [fast.min(slow).get(), fast.max(slow).get()];
        Self { averages: periods.map(|period| MovingAverage::new(kind, period)), periods }
    }

    /// Rows without a value at the start.
    pub(super) fn warm_up(kind: MaType, fast: Period<2>, slow: Period<2>) -> usize {
        kind.warm_up(fast.max(slow).get())
    }

    /// Takes one value; the fast and the slow average, once both have a level.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64) -> Option<(f64, f64)> {
        let fast = self.averages[0].push(value, self.periods[0]);
        let slow = self.averages[1].push(value, self.periods[1]);
        Some((fast?, slow?))
    }
}

#[cfg(test)]
mod tests {
    use super::Apo;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let ma = Smoother::of(MaType::Sma);
        let apo = Apo { fast: Period::of(3), slow: Period::of(2), ma };
        expect_series(&apo, &[1.0, 3.0, 8.0, 4.0], &[NULL, NULL, 1.5, 1.0]);
    }
}
