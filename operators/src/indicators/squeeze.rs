//! Squeeze.
//!
//! - Formula: `on = 1 where d * stddev(close) < k * sma(true range), else 0; momentum =
//!   linearreg(close - ((highest high + lowest low) / 2 + sma(close)) / 2), all over n rows`.
//! - Parameters: `period` n, `deviations` d, `multiplier` k.
//! - Convention: the Keltner channels have a plain mean of the true range around the mean that the
//!   Bollinger bands have, so their widths decide.
//! - Warm-up: n rows of `on`, 2n - 2 of the momentum.
//! - Cost: O(1) a row.
//! - Source: John F. Carter, Mastering the Trade (2005); the momentum as in LazyBear's script.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Deviations, Factor, HighLowClose, Line, Output, Period, Unit,
    extreme::Channel,
    trange::true_range,
    window::{Mean, Moments},
};

parameters! {
    /// Whether the Bollinger bands lie within the Keltner channels: a calm that comes before a
    /// move, and where the price leans meanwhile.
    pub struct Squeeze {
        /// Rows in the window; 20 is usual.
        pub period: Period<2>,
        /// Standard deviations from the mean to a Bollinger band; 2 is usual.
        pub deviations: Deviations,
        /// Mean true ranges from the mean to a Keltner channel; 1.5 is usual.
        pub multiplier: Factor,
    }
}

/// The two widths, the extremes and the line.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last_close: Option<f64>,
    moments: Moments,
    ranges: Mean,
    channel: Channel,
    line: Line,
}

impl Definition for Squeeze {
    const ABOUT: About = About {
        title: "Squeeze",
        formula: "on = 1 where d * stddev(close) < k * sma(true range), else 0; momentum = \
                  linearreg(close - ((highest high + lowest low) / 2 + sma(close)) / 2), all over \
                  n rows",
        convention: "the Keltner channels have a plain mean of the true range around the mean \
                     that the Bollinger bands have, so their widths decide",
        warm_up: "n rows of `on`, 2n - 2 of the momentum",
        cost: "O(1)",
        source: "John F. Carter, Mastering the Trade (2005); the momentum as in LazyBear's script",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let period = self.period.get();
        vec![
            Output { name: "on", warm_up: period, unit: Unit::Is("0 or 1"), doc: "1 or 0." },
            Output {
                name: "momentum",
                warm_up: 2 * period - 2,
                unit: Unit::Input,
                doc: "A price difference.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(20, 2.0, 1.5), (2, 0.0, 1.0), (5, 1.0, 0.0)]
            .map(|(rows, deviations, multiplier)| Self {
                period: Period::of(rows),
                deviations: Deviations::of(deviations),
                multiplier: Factor::of(multiplier),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        let period = self.period.get();
        let moments = state.moments.push(bar.close, period);
        let extremes = state.channel.push(bar.range(), period);
        let last_close = state.last_close.replace(bar.close);
        let range = last_close.and_then(|close| state.ranges.push(true_range(&bar, close), period));
        let on = range.zip(moments).map_or(f64::NAN, |(range, (_, deviation))| {
            let (bands, channels) = (self.deviations.get(), self.multiplier.get());
            if bands * deviation < channels * range { 1.0 } else { 0.0 }
        });
        let lean = extremes.zip(moments).and_then(|(extremes, (mean, _))| {
            state.line.push(bar.close - (extremes.middle() + mean) / 2.0, period)
        });
        [on, lean.map_or(f64::NAN, |fit| fit.end)]
    }
}

#[cfg(test)]
mod tests {
    use super::Squeeze;
    use crate::indicators::{
        Deviations, Factor, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let (deviations, multiplier) = (Deviations::of(2.0), Factor::of(1.5));
        let squeeze = Squeeze { period: Period::of(2), deviations, multiplier };
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 2.0, 3.0, 0.0],
            [0.0, 5.0, 3.0, 5.0, 0.0],
            [0.0, 15.0, 15.0, 15.0, 0.0],
        ];
        // Deviations 0, 1, 5 against ranges of 3, 6: bands 2, 10, channels 4.5, 9. The close less
        // the mean of 4 and 3, of 4 and 4, of 9 and 10.
        let expected: [&[f64]; 2] = [&[NULL, NULL, 1.0, 0.0], &[NULL, NULL, 1.0, 5.5]];
        expect_bars(&squeeze, &rows, &expected);
    }
}
