//! Average directional index.
//!
//! - Formula: Wilder's average of `100 * |plus - minus| / (plus + minus)`, the smoothed directional
//!   movements.
//! - Parameters: `period` n.
//! - Warm-up: 2n - 1 rows: n bars for the first movement, n movements for the first average.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ADX`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, smooth::Smoothed, trange::true_range,
};

parameters! {
    /// How strong the trend is, whichever way it goes: below 20 none, above 40 strong.
    pub struct Adx {
        /// Rows of Wilder's averages.
        pub period: Period<2>,
    }
}

/// The last bar, the decaying sums of movement and range, and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<(f64, f64, f64)>,
    /// Bars in the sums, counted up to the period.
    summed: usize,
    plus: f64,
    minus: f64,
    range: f64,
    average: Smoothed,
}

impl Definition for Adx {
    const ABOUT: About = About {
        title: "Average directional index",
        formula: "Wilder's average of 100 * |plus - minus| / (plus + minus)",
        convention: "TA-Lib ADX: sums start from n - 1 bars; where nothing moves the average stays",
        cost: "O(1)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(2 * self.period.get() - 1, "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [2, 5, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        [self.average(state, &bar).unwrap_or(f64::NAN)]
    }
}

impl Adx {
    fn average(&self, state: &mut State, bar: &HighLowClose) -> Option<f64> {
        let period = self.period.get();
        let (high, low, close) = state.last.replace((bar.high, bar.low, bar.close))?;
        let (up, down) = (bar.high - high, low - bar.low);
        state.summed = (state.summed + 1).min(period);
        if state.summed == period {
            let keep = |sum: f64| sum - sum / period as f64;
            state.plus = keep(state.plus);
            state.minus = keep(state.minus);
            state.range = keep(state.range);
        }
        state.plus += if up > down && up > 0.0 { up } else { 0.0 };
        state.minus += if down > up && down > 0.0 { down } else { 0.0 };
        state.range += true_range(bar, close);
        if state.summed < period {
            return None;
        }
        match state.strength() {
            Some(strength) => state.average.wilder(strength, period),
            None => state.average.level(period).or_else(|| state.average.wilder(0.0, period)),
        }
    }
}

impl State {
    /// How one-sided the movement is, from 0 to 100; `None` if nothing moves.
    fn strength(&self) -> Option<f64> {
        let plus = 100.0 * (self.plus / self.range);
        let minus = 100.0 * (self.minus / self.range);
        let strength = 100.0 * ((minus - plus).abs() / (minus + plus));
        strength.is_finite().then_some(strength)
    }
}

#[cfg(test)]
mod tests {
    use super::Adx;
    use crate::indicators::{
        Period,
        testing::{bars, series_of_bars},
    };

    #[test]
    fn by_hand() {
        let adx = Adx { period: Period::of(2) };
        // Up 2, down 1, up 3, none. Sums (plus, minus): (2, 0), (1, 1), (3.5, 0.5), (1.75, 0.25).
        let bars = bars(&[
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 5.0, 2.0, 4.0, 0.0],
            [0.0, 8.0, 4.0, 6.0, 0.0],
            [0.0, 8.0, 4.0, 6.0, 0.0],
        ]);
        // Strengths 0, 75, 75: their mean, then half way to the next.
        let values = series_of_bars(&adx, &bars);
        assert_eq!(values[..3], [None; 3]);
        for (found, expected) in values[3..].iter().zip([37.5, 56.25]) {
            assert!((found.expect("warm") - expected).abs() < 1e-12, "{found:?} {expected}");
        }
    }
}
