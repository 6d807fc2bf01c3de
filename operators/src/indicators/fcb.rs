//! Fractal chaos bands.
//!
//! - Formula: `upper = the last high above those of the n bars before it and after it, lower = the
//!   last low below them`.
//! - Parameters: `span` n.
//! - Convention: Stock.Indicators, which has no bands before the first fractal; here they are the
//!   extremes of all bars until then. Given when the n bars after it are there, so nothing
//!   repaints.
//! - Warm-up: 2n rows, both outputs.
//! - Cost: O(n) a row.
//! - Source: Edward Kwan, Fractal Chaos Bands; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period, Unit,
    extreme::{larger, smaller},
    fractal::{self, Fractal},
};

parameters! {
    /// A channel between the last highs and lows that stood out: the price breaks it in a trend.
    pub struct Fcb {
        /// Bars on either side of one that stands out; 2 is usual.
        pub span: Period<1>,
    }
}

/// The last bars and the bands.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    bars: fractal::State,
    upper: Band,
    lower: Band,
}

/// A band, and whether it comes from a fractal.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Band {
    level: Option<f64>,
    is_fractal: bool,
}

impl Band {
    /// The level after a bar with this price, where a fractal may have become known.
    #[inline(always)]
    fn step(&mut self, price: f64, fractal: Option<f64>, outer: fn(f64, f64) -> f64) -> f64 {
        let level = self.level.unwrap_or(price);
        let until = if self.is_fractal { level } else { outer(price, level) };
        self.is_fractal |= fractal.is_some();
        *self.level.insert(fractal.unwrap_or(until))
    }
}

impl Definition for Fcb {
    const ABOUT: About = About {
        title: "Fractal chaos bands",
        formula: "upper = the last high above those of the n bars before it and after it, lower = \
                  the last low below them",
        convention: "Stock.Indicators, which has no bands before the first fractal; here they are \
                     the extremes of all bars until then. Given when the n bars after it are \
                     there, so nothing repaints",
        warm_up: "2n rows, both outputs",
        cost: "O(n)",
        source: "Edward Kwan, Fractal Chaos Bands; as Stock.Indicators has it",
    };
    type Row = HighLow;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = 2 * self.span.get();
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "A price." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "A price." },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 1, 20].map(|rows| Self { span: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 2] {
        let found = Fractal { left: self.span, right: self.span }.found(&mut state.bars, bar);
        let [high, low] = found.unwrap_or([None; 2]);
        let upper = state.upper.step(bar.high, high, larger);
        let lower = state.lower.step(bar.low, low, smaller);
        if found.is_some() { [upper, lower] } else { [f64::NAN; 2] }
    }
}

#[cfg(test)]
mod tests {
    use super::Fcb;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [2.0, 3.0, 4.0, 1.0, 5.0, 6.0, 3.0].map(|p| [0.0, p, p, 0.0, 0.0]);
        // 4 is known to stand out with the bar after it, and so are the low of 1 and the high of 6.
        let expected: [&[f64]; 2] =
            [&[NULL, NULL, 4.0, 4.0, 4.0, 4.0, 6.0], &[NULL, NULL, 2.0, 1.0, 1.0, 1.0, 1.0]];
        expect_bars(&Fcb { span: Period::of(1) }, &rows, &expected);
    }
}
