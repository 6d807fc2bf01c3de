//! Lowest and highest value.
//!
//! - Formula: `min(x[t-n+1..=t]), max(x[t-n+1..=t])`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MINMAX.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `MINMAX`.

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::Channel};

parameters! {
    /// The lowest and the highest of the last values.
    pub struct Minmax {
        /// Rows in the window.
        pub period: Period<2> = "30",
    }
}

impl Definition for Minmax {
    const ABOUT: About = About {
        title: "Lowest and highest value",
        formula: "min(x[t-n+1..=t]), max(x[t-n+1..=t])",
        convention: "TA-Lib MINMAX",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib MINMAX",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = Channel;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "min", warm_up, unit: Unit::Input, doc: "The lowest of the window." },
            Output { name: "max", warm_up, unit: Unit::Input, doc: "The highest of the window." },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Channel {
        Channel::default()
    }

    #[inline(always)]
    fn step(&self, channel: &mut Channel, value: f64) -> [f64; 2] {
        let range = channel.push(HighLow { high: value, low: value }, self.period.get());
        range.map_or([f64::NAN; 2], |range| [range.lowest, range.highest])
    }
}

#[cfg(test)]
mod tests {
    use super::Minmax;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let minmax = Minmax { period: Period::of(2) };
        expect(&minmax, &[&[5.0, 1.0, 2.0]], &[&[NULL, 1.0, 1.0], &[NULL, 5.0, 2.0]]);
    }
}
