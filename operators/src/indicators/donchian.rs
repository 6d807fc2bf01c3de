//! Donchian channels.
//!
//! - Formula: `upper = highest high; lower = lowest low; middle = (upper + lower) / 2, over n
//!   rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib DONCHIAN.
//! - Warm-up: n - 1 rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `DONCHIAN`.

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::Channel};

parameters! {
    /// The range of the last bars: breaking out of it is the oldest signal of a trend.
    pub struct Donchian {
        /// Rows in the range.
        pub period: Period<2> = "20",
    }
}

impl Definition for Donchian {
    const ABOUT: About = About {
        title: "Donchian channels",
        formula: "upper = highest high; lower = lowest low; middle = (upper + lower) / 2, over n \
                  rows",
        convention: "TA-Lib DONCHIAN",
        warm_up: "n - 1 rows, all outputs",
        cost: "O(1)",
        source: "TA-Lib DONCHIAN",
    };
    type Row = HighLow;
    type Values = [f64; 3];
    type State = Channel;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "Highest high." },
            Output { name: "middle", warm_up, unit: Unit::Input, doc: "Half way between." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "Lowest low." },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Channel {
        Channel::default()
    }

    #[inline(always)]
    fn step(&self, channel: &mut Channel, bar: HighLow) -> [f64; 3] {
        let range = channel.push(bar, self.period.get());
        range.map_or([f64::NAN; 3], |range| [range.highest, range.middle(), range.lowest])
    }
}

#[cfg(test)]
mod tests {
    use super::Donchian;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 5.0, 3.0, 0.0, 0.0], [0.0, 4.0, 2.0, 0.0, 0.0], [0.0, 6.0, 4.0, 0.0, 0.0]];
        let expected: [&[f64]; 3] = [&[NULL, 5.0, 6.0], &[NULL, 3.5, 4.0], &[NULL, 2.0, 2.0]];
        expect_bars(&Donchian { period: Period::of(2) }, &rows, &expected);
    }
}
