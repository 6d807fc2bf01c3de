//! Percentage volume oscillator.
//!
//! - Formula: `100 * (ma(fast) - ma(slow)) / ma(slow), of the volume`.
//! - Parameters: `fast`, `slow`, `ma`.
//! - Convention: TA-Lib PVO: as PPO.
//! - Warm-up: that of the slower average.
//! - Cost: O(1), `ma` as its own a row.
//! - Source: TA-Lib `PVO`.

use super::{
    About, Definition, MaType, Output, Period, Smoother, Unit, Volume, apo::State, ppo::Ppo,
};

parameters! {
    /// How far a fast average of the volume runs ahead of a slow one, in per cent of the slow one.
    pub struct Pvo {
        /// Rows of the fast average. If it is the longer one, the two change places.
        pub fast: Period<2> = "12",
        /// Rows of the slow average.
        pub slow: Period<2> = "26",
        /// Kind of both averages.
        pub ma: Smoother<{ MaType::Ema as u8 }> = "ema",
    }
}

impl Definition for Pvo {
    const ABOUT: About = About {
        title: "Percentage volume oscillator",
        formula: "100 * (ma(fast) - ma(slow)) / ma(slow), of the volume",
        convention: "TA-Lib PVO: as PPO",
        warm_up: "that of the slower average",
        cost: "O(1), `ma` as its own",
        source: "TA-Lib PVO",
    };
    type Row = Volume;
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
    fn step(&self, state: &mut State, bar: Volume) -> [f64; 1] {
        [state.push(bar.volume).map_or(f64::NAN, Ppo::percent)]
    }
}

#[cfg(test)]
mod tests {
    use super::Pvo;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let ma = Smoother::of(MaType::Sma);
        let pvo = Pvo { fast: Period::of(2), slow: Period::of(3), ma };
        let rows = [1.0, 3.0, 8.0].map(|volume| [0.0, 0.0, 0.0, 0.0, volume]);
        expect_bars(&pvo, &rows, &[&[NULL, NULL, 37.5]]);
    }
}
