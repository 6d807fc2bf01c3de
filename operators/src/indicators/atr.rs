//! Average true range.
//!
//! - Formula: `Wilder's average of max(high, last close) - min(low, last close)`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib ATR: the first bar is left out, the average starts from a plain mean.
//! - Warm-up: n rows and `unstable`: the first bar has no true range, the next n are averaged.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ATR`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Row, Unit, Unstable, smooth::Grouped,
    trange::true_range,
};

parameters! {
    /// How far the price moves in a bar, gaps included: the usual measure for stops and sizes.
    pub struct Atr {
        /// Rows of Wilder's average.
        pub period: Period<1> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The last close and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last_close: Option<f64>,
    average: Grouped,
}

impl Definition for Atr {
    const ABOUT: About = About {
        title: "Average true range",
        formula: "Wilder's average of max(high, last close) - min(low, last close)",
        convention: "TA-Lib ATR: the first bar is left out, the average starts from a plain mean",
        warm_up: "n rows and unstable: the first bar has no true range, the next n are averaged",
        cost: "O(1)",
        source: "TA-Lib ATR; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() + self.unstable.get(), Unit::Input, "A price difference.")
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (1, 5), (2, 0), (100, 30)]
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
        [Self::push(state, &bar, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, bars: &[&[f64]; 3], [out]: &mut [&mut [f64]; 1]) {
        Self::run(state, bars, self.period.get(), out, |range, _| range);
    }
}

impl Atr {
    /// Takes one bar; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(state: &mut State, bar: &HighLowClose, period: usize) -> Option<f64> {
        let last_close = state.last_close.replace(bar.close)?;
        state.average.push(true_range(bar, last_close), period, 1.0 / period as f64)
    }

    /// [`Self::push`] of many bars: what is made of the average and the close, NaN where there is
    /// none.
    #[inline(always)]
    pub(super) fn run(
        state: &mut State,
        bars: &[&[f64]; 3],
        period: usize,
        out: &mut [f64],
        of: impl Fn(f64, f64) -> f64,
    ) {
        let single = |state: &mut State, row: usize, out: &mut [f64]| {
            let bar = HighLowClose::at(bars, row);
            let range = Self::push(state, &bar, period);
            out[row] = range.map_or(f64::NAN, |range| of(range, bar.close));
        };
        let mut row = 0;
        while row < out.len() && !state.average.is_between(period) {
            single(state, row, out);
            row += 1;
        }
        let Some(mut last_close) = state.last_close else { return };
        let (mut average, share) = (state.average, 1.0 / period as f64);
        let [highs, lows, closes] = bars.map(|column| column[row..].as_chunks::<4>().0);
        let fours = highs.iter().zip(lows).zip(closes);
        for (out, ((high, low), close)) in out[row..].as_chunks_mut::<4>().0.iter_mut().zip(fours) {
            let range = |lane: usize, last_close: f64| {
                true_range(
                    &HighLowClose { high: high[lane], low: low[lane], close: 0.0 },
                    last_close,
                )
            };
            let ranges =
                [range(0, last_close), range(1, close[0]), range(2, close[1]), range(3, close[2])];
            let averages = average.push_four(ranges, share);
            *out = std::array::from_fn(|lane| of(averages[lane], close[lane]));
            last_close = close[3];
        }
        (state.average, state.last_close) = (average, Some(last_close));
        for row in out.len() - (out.len() - row) % 4..out.len() {
            single(state, row, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Atr;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let atr = Atr { period: Period::of(2), unstable: Unstable::of(0) };
        // Ranges: none, 2, 5, 1.
        let rows = [
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 6.0, 5.0, 6.0, 0.0],
            [0.0, 5.0, 1.0, 2.0, 0.0],
            [0.0, 3.0, 2.0, 2.0, 0.0],
        ];
        expect_bars(&atr, &rows, &[&[NULL, NULL, 3.5, 2.25]]);
    }
}
