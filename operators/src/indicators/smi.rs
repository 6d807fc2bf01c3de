//! Stochastic momentum index.
//!
//! - Formula: `smi = 100 * ema(ema(close - middle, slow), fast) / (ema(ema(highest - lowest, slow),
//!   fast) / 2) over n rows; signal = ema(smi, signal)`.
//! - Parameters: `period`, `fast`, `slow`, `signal`.
//! - Convention: TA-Lib SMI: 0 where the smoothed range is 0; both outputs start together.
//! - Warm-up: n + slow + fast + signal - 4 rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `SMI`; William Blau (1993).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, extreme::Channel, row::bounded,
    smooth::Smoothed,
};

parameters! {
    /// How far the close is from the middle of the range of the last bars, smoothed twice.
    pub struct Smi {
        /// Rows in the range.
        pub period: Period<2> = "13",
        /// Rows of the second average.
        pub fast: Period<2> = "2",
        /// Rows of the first average.
        pub slow: Period<2> = "25",
        /// Rows of the average of the index.
        pub signal: Period<2> = "9",
    }
}

/// The range and the averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    channel: Channel,
    distance: [Smoothed; 2],
    range: [Smoothed; 2],
    signal: Smoothed,
}

impl Definition for Smi {
    const ABOUT: About = About {
        title: "Stochastic momentum index",
        formula: "smi = 100 * ema(ema(close - middle, slow), fast) / (ema(ema(highest - lowest, \
                  slow), fast) / 2) over n rows; signal = ema(smi, signal)",
        convention: "TA-Lib SMI: 0 where the smoothed range is 0; both outputs start together",
        warm_up: "n + slow + fast + signal - 4 rows, both outputs",
        cost: "O(1)",
        source: "TA-Lib SMI; William Blau (1993)",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() + self.slow.get() + self.fast.get() + self.signal.get() - 4;
        vec![
            Output {
                name: "smi",
                warm_up,
                unit: Unit::Is("-100 to 100"),
                doc: "From -100 to 100.",
            },
            Output {
                name: "signal",
                warm_up,
                unit: Unit::Is("-100 to 100"),
                doc: "Exponential average of `smi`.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(13, 2, 25, 9), (2, 3, 2, 2), (5, 20, 4, 7)]
            .map(|(rows, fast, slow, signal)| Self {
                period: Period::of(rows),
                fast: Period::of(fast),
                slow: Period::of(slow),
                signal: Period::of(signal),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        self.values(state, &bar).unwrap_or([f64::NAN; 2])
    }
}

impl Smi {
    #[inline(always)]
    fn values(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 2]> {
        let range = state.channel.push(bar.range(), self.period.get())?;
        let twice = |averages: &mut [Smoothed; 2], value: f64| {
            let first = averages[0].exponential(value, self.slow.get())?;
            averages[1].exponential(first, self.fast.get())
        };
        let distance = twice(&mut state.distance, bar.close - range.middle());
        let extent = twice(&mut state.range, range.highest - range.lowest);
        let (distance, half) = (distance?, extent? / 2.0);
        let smi = if half == 0.0 { 0.0 } else { 100.0 * (distance / half) };
        let smi = bounded(smi);
        Some([smi, state.signal.exponential(smi, self.signal.get())?])
    }
}

#[cfg(test)]
mod tests {
    use super::Smi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let two = Period::of(2);
        let smi = Smi { period: two, fast: two, slow: two, signal: two };
        // The close at the top of its range, always: 100.
        let rows = [1.0, 2.0, 3.0, 4.0, 5.0].map(|price| [0.0, price, price, price, 0.0]);
        let expected = [NULL, NULL, NULL, NULL, 100.0];
        expect_bars(&smi, &rows, &[&expected, &expected]);
    }
}
