//! Fast stochastic oscillator.
//!
//! - Formula: `k = 100 * (close - lowest low) / (highest high - lowest low) over fastk rows; d =
//!   ma(k, fastd)`.
//! - Parameters: `fastk`, `fastd`, `fastd_ma`.
//! - Convention: TA-Lib STOCHF: k is 0 where the range is 0; both outputs start together.
//! - Warm-up: fastk - 1 rows and those of the average, both outputs.
//! - Cost: O(1), the average as its own a row.
//! - Source: TA-Lib `STOCHF`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, MaType, Output, Period, Smoother, Unit,
    average::MovingAverage, extreme::Channel,
};

parameters! {
    /// Where the close stands in the range of the last bars: 0 at the bottom, 100 at the top.
    pub struct Stochf {
        /// Rows in the range.
        pub fastk: Period<1> = "5",
        /// Rows in the average of `k`.
        pub fastd: Period<1> = "3",
        /// Kind of that average.
        pub fastd_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

/// The range and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    channel: Channel,
    d: MovingAverage,
}

impl Definition for Stochf {
    const ABOUT: About = About {
        title: "Fast stochastic oscillator",
        formula: "k = 100 * (close - lowest low) / (highest high - lowest low) over fastk rows; d \
                  = ma(k, fastd)",
        convention: "TA-Lib STOCHF: k is 0 where the range is 0; both outputs start together",
        warm_up: "fastk - 1 rows and those of the average, both outputs",
        cost: "O(1), the average as its own",
        source: "TA-Lib STOCHF",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fastk.get() - 1 + self.fastd_ma.get().warm_up(self.fastd.get());
        vec![
            Output {
                name: "k",
                warm_up,
                unit: Unit::Is("0 to 100"),
                doc: "Place in the range, from 0 to 100.",
            },
            Output { name: "d", warm_up, unit: Unit::Is("0 to 100"), doc: "Average of `k`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(5, 3, MaType::Sma), (1, 1, MaType::Sma), (14, 1, MaType::Ema), (3, 50, MaType::Wma)]
            .map(|(fastk, fastd, ma)| Self {
                fastk: Period::of(fastk),
                fastd: Period::of(fastd),
                fastd_ma: Smoother::of(ma),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::new(self.fastd_ma.get(), self.fastd.get())
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        state.push(&bar, self.fastk.get(), self.fastd.get()).unwrap_or([f64::NAN; 2])
    }
}

impl State {
    /// An average that has seen nothing.
    pub(super) fn new(kind: MaType, period: usize) -> Self {
        Self { channel: Channel::default(), d: MovingAverage::new(kind, period) }
    }

    /// Takes one bar; `k` and `d`, once there are both.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        bar: &HighLowClose,
        fastk: usize,
        fastd: usize,
    ) -> Option<[f64; 2]> {
        let k = self.channel.percent(bar, fastk)?;
        let d = self.d.push(k, fastd)?;
        Some([k, d])
    }
}

#[cfg(test)]
mod tests {
    use super::Stochf;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let (fastd, fastd_ma) = (Period::of(2), Smoother::of(MaType::Sma));
        let stochf = Stochf { fastk: Period::of(2), fastd, fastd_ma };
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 3.0, 3.0, 0.0],
            [0.0, 7.0, 5.0, 6.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
        ];
        let k = [NULL, NULL, 75.0, 100.0, 0.0];
        expect_bars(&stochf, &rows, &[&k, &[NULL, NULL, 50.0, 87.5, 50.0]]);
    }
}
