//! Slow stochastic oscillator.
//!
//! - Formula: `raw = 100 * (close - lowest low) / (highest high - lowest low) over fastk rows; k =
//!   ma(raw, slowk); d = ma(k, slowd)`.
//! - Parameters: `fastk`, `slowk`, `slowk_ma`, `slowd`, `slowd_ma`.
//! - Convention: TA-Lib STOCH: raw is 0 where the range is 0; both outputs start together.
//! - Warm-up: fastk - 1 rows and those of both averages, all outputs.
//! - Cost: O(1), averages as their own a row.
//! - Source: TA-Lib `STOCH`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, MaType, Output, Period, Smoother, Unit,
    average::MovingAverage, extreme::Channel,
};

parameters! {
    /// Where the close stands in the range of the last bars, smoothed: 0 at the bottom, 100 at the
    /// top.
    pub struct Stoch {
        /// Rows in the range.
        pub fastk: Period<1> = "5",
        /// Rows in the average that gives `k`.
        pub slowk: Period<1> = "3",
        /// Kind of that average.
        pub slowk_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
        /// Rows in the average of `k`.
        pub slowd: Period<1> = "3",
        /// Kind of that average.
        pub slowd_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

/// The range and the two averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    channel: Channel,
    k: MovingAverage,
    d: MovingAverage,
}

impl Definition for Stoch {
    const ABOUT: About = About {
        title: "Slow stochastic oscillator",
        formula: "raw = 100 * (close - lowest low) / (highest high - lowest low) over fastk rows; \
                  k = ma(raw, slowk); d = ma(k, slowd)",
        convention: "TA-Lib STOCH: raw is 0 where the range is 0; both outputs start together",
        warm_up: "fastk - 1 rows and those of both averages, all outputs",
        cost: "O(1), averages as their own",
        source: "TA-Lib STOCH",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fastk.get() - 1
            + self.slowk_ma.get().warm_up(self.slowk.get())
            + self.slowd_ma.get().warm_up(self.slowd.get());
        vec![
            Output {
                name: "k",
                warm_up,
                unit: Unit::Is("0 to 100"),
                doc: "Smoothed place in the range, from 0 to 100.",
            },
            Output { name: "d", warm_up, unit: Unit::Is("0 to 100"), doc: "Average of `k`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [
            (5, 3, 3, MaType::Sma),
            (1, 1, 1, MaType::Ema),
            (14, 3, 5, MaType::Rma),
            (3, 50, 2, MaType::Wma),
        ]
        .map(|(fastk, slowk, slowd, ma)| Self {
            fastk: Period::of(fastk),
            slowk: Period::of(slowk),
            slowk_ma: Smoother::of(ma),
            slowd: Period::of(slowd),
            slowd_ma: Smoother::of(ma),
        })
        .into()
    }

    fn fresh(&self) -> State {
        State::new([self.slowk_ma.get(), self.slowd_ma.get()], [self.slowk.get(), self.slowd.get()])
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        let periods = [self.fastk.get(), self.slowk.get(), self.slowd.get()];
        state.push(&bar, periods).unwrap_or([f64::NAN; 2])
    }
}

impl State {
    /// Averages that have seen nothing.
    pub(super) fn new(kinds: [MaType; 2], periods: [usize; 2]) -> Self {
        let k = MovingAverage::new(kinds[0], periods[0]);
        let d = MovingAverage::new(kinds[1], periods[1]);
        Self { channel: Channel::default(), k, d }
    }

    /// Takes one bar and the periods of range, `k` and `d`; both averages, once there are both.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: &HighLowClose, periods: [usize; 3]) -> Option<[f64; 2]> {
        let raw = self.channel.percent(bar, periods[0])?;
        let k = self.k.push(raw, periods[1])?;
        let d = self.d.push(k, periods[2])?;
        Some([k, d])
    }
}

#[cfg(test)]
mod tests {
    use super::Stoch;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let (two, sma) = (Period::of(2), Smoother::of(MaType::Sma));
        let stoch =
            Stoch { fastk: Period::of(1), slowk: two, slowk_ma: sma, slowd: two, slowd_ma: sma };
        // Raw: 50, 0, 75, 0 (no range).
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 3.0, 3.0, 0.0],
            [0.0, 9.0, 5.0, 8.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
        ];
        expect_bars(&stoch, &rows, &[&[NULL, NULL, 37.5, 37.5], &[NULL, NULL, 31.25, 37.5]]);
    }
}
