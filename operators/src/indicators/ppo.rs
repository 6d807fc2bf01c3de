//! Percentage price oscillator.
//!
//! - Formula: `100 * (ma(fast) - ma(slow)) / ma(slow)`.
//! - Parameters: `fast`, `slow`, `ma`.
//! - Convention: TA-Lib PPO: each average starts with the first row; 0 where the slow one is 0.
//! - Warm-up: that of the slower average.
//! - Cost: O(1), `ma` as its own a row.
//! - Source: TA-Lib `PPO`.

use super::{About, Definition, MaType, Output, Period, Smoother, Unit, apo::State};

parameters! {
    /// How far a fast average runs ahead of a slow one, in per cent of the slow one.
    pub struct Ppo {
        /// Rows of the fast average. If it is the longer one, the two change places.
        pub fast: Period<2> = "12",
        /// Rows of the slow average.
        pub slow: Period<2> = "26",
        /// Kind of both averages.
        pub ma: Smoother<{ MaType::Ema as u8 }> = "ema",
    }
}

impl Definition for Ppo {
    const ABOUT: About = About {
        title: "Percentage price oscillator",
        formula: "100 * (ma(fast) - ma(slow)) / ma(slow)",
        convention: "TA-Lib PPO: each average starts with the first row; 0 where the slow one is 0",
        warm_up: "that of the slower average",
        cost: "O(1), `ma` as its own",
        source: "TA-Lib PPO",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            State::warm_up(self.ma.get(), self.fast, self.slow),
            Unit::Is("percent"),
            "Per cent.",
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
        [state.push(value).map_or(f64::NAN, Self::percent)]
    }
}

impl Ppo {
    /// How far the first of two averages is ahead of the second; 0 where that is 0.
    #[inline(always)]
    pub(super) fn percent((fast, slow): (f64, f64)) -> f64 {
        if slow == 0.0 { 0.0 } else { 100.0 * ((fast - slow) / slow) }
    }
}

#[cfg(test)]
mod tests {
    use super::Ppo;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let ma = Smoother::of(MaType::Sma);
        let ppo = Ppo { fast: Period::of(2), slow: Period::of(3), ma };
        expect_series(&ppo, &[1.0, 3.0, 8.0, -11.0], &[NULL, NULL, 37.5, 0.0]);
    }
}
