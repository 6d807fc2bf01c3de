//! Aroon oscillator.
//!
//! - Formula: `aroon up - aroon down`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib AROONOSC: of equal extremes the last one counts.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `AROONOSC`.

use super::{About, Definition, HighLow, Output, Period, Unit, aroon::State};

parameters! {
    /// Which of the two came later, the highest high or the lowest low of the last bars, and by
    /// how much.
    pub struct Aroonosc {
        /// Rows to look back.
        pub period: Period<2> = "14",
    }
}

impl Definition for Aroonosc {
    const ABOUT: About = About {
        title: "Aroon oscillator",
        formula: "aroon up - aroon down",
        convention: "TA-Lib AROONOSC: of equal extremes the last one counts",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib AROONOSC",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("-100 to 100"), "From -100 to 100.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let found = state.push(bar, self.period.get());
        [found.map_or(f64::NAN, |[down, up]| up - down)]
    }
}

#[cfg(test)]
mod tests {
    use super::Aroonosc;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [1.0, 4.0, 3.0, 3.0, 2.0].map(|price| [0.0, price, price, 0.0, 0.0]);
        expect_bars(
            &Aroonosc { period: Period::of(2) },
            &rows,
            &[&[NULL, NULL, 50.0, -100.0, -50.0]],
        );
    }
}
