//! Average deviation.
//!
//! - Formula: `mean(|x - mean(x)|) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib AVGDEV: a flat window gives exactly 0.
//! - Warm-up: n - 1 rows.
//! - Cost: O(period): the mean deviation has no running form.
//! - Source: TA-Lib `AVGDEV`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    window::{Mean, Window, distances},
};

parameters! {
    /// How far the last values are from their mean, on average.
    pub struct Avgdev {
        /// Rows in the window.
        pub period: Period<2> = "14",
    }
}

/// The last values and their mean.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    window: Window,
    mean: Mean,
}

impl State {
    /// Takes one value; the mean of the last `period` and they in no order, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<(f64, &[f64])> {
        self.window.push(value, period);
        Some((self.mean.push(value, period)?, self.window.all()))
    }
}

impl Definition for Avgdev {
    const ABOUT: About = About {
        title: "Average deviation",
        formula: "mean(|x - mean(x)|) over n rows",
        convention: "TA-Lib AVGDEV: a flat window gives exactly 0",
        warm_up: "n - 1 rows",
        cost: "O(period): the mean deviation has no running form",
        source: "TA-Lib AVGDEV",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The deviation.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        let Some((mean, values)) = state.push(value, period) else { return [f64::NAN] };
        [distances(values, mean) / period as f64]
    }
}

#[cfg(test)]
mod tests {
    use super::Avgdev;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let avgdev = Avgdev { period: Period::of(3) };
        let values = series(&avgdev, &[1.0, 2.0, 6.0, 6.0, 6.0]);
        assert_eq!(values[2], Some(2.0));
        assert_eq!(values[4], Some(0.0));
    }
}
