//! Normalised average true range.
//!
//! - Formula: `100 * atr / close`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib NATR: 0 where the close is 0; with a period of 1 the true range itself.
//! - Warm-up: n rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `NATR`.

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, Unstable,
    atr::{self, Atr},
};

parameters! {
    /// How far the price moves in a bar, in per cent of the price.
    pub struct Natr {
        /// Rows of Wilder's average.
        pub period: Period<1> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for Natr {
    const ABOUT: About = About {
        title: "Normalised average true range",
        formula: "100 * atr / close",
        convention: "TA-Lib NATR: 0 where the close is 0; with a period of 1 the true range itself",
        warm_up: "n rows and unstable",
        cost: "O(1)",
        source: "TA-Lib NATR",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = atr::State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() + self.unstable.get(),
            Unit::Is("percent"),
            "Per cent, with a period of 1 a price difference.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (1, 5), (2, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> atr::State {
        atr::State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut atr::State, bar: HighLowClose) -> [f64; 1] {
        let Some(range) = Atr::push(state, &bar, self.period.get()) else { return [f64::NAN] };
        [if self.period.get() == 1 { range } else { share(range, bar.close) }]
    }

    #[inline(always)]
    fn steps(&self, state: &mut atr::State, bars: &[&[f64]; 3], [out]: &mut [&mut [f64]; 1]) {
        let period = self.period.get();
        match period {
            1 => Atr::run(state, bars, period, out, |range, _| range),
            _ => Atr::run(state, bars, period, out, share),
        }
    }
}

/// The range in per cent of the close.
#[inline(always)]
fn share(range: f64, close: f64) -> f64 {
    let share = 100.0 * (range / close);
    if close == 0.0 { 0.0 } else { share }
}

#[cfg(test)]
mod tests {
    use super::Natr;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let natr = |rows| Natr { period: Period::of(rows), unstable: Unstable::of(0) };
        // Ranges 2, 5.
        let rows = [[0.0, 5.0, 3.0, 4.0, 0.0], [0.0, 6.0, 5.0, 5.0, 0.0], [0.0; 5]];
        expect_bars(&natr(1), &rows, &[&[NULL, 2.0, 5.0]]);
        expect_bars(&natr(2), &rows, &[&[NULL, NULL, 0.0]]);
        expect_bars(&natr(2), &[rows[0], rows[0], rows[1]], &[&[NULL, NULL, 40.0]]);
    }
}
