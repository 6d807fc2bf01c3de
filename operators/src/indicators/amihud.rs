//! Amihud's illiquidity.
//!
//! - Formula: `sum(|ln(close[t] / close[t-1])| / (close[t] volume[t])) / n`.
//! - Parameters: `period` n.
//! - Convention: money traded is close times volume; a bar without volume, and a price that is not
//!   above 0, count as 0.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: Y. Amihud, Illiquidity and Stock Returns, 2002.

use serde::{Deserialize, Serialize};

use super::{
    About, CloseVolume, Definition, Output, Period, Unit, returns::log_ratio, row::bounded,
    window::Total,
};

parameters! {
    /// How far the price moves for each unit of money that is traded.
    pub struct Amihud {
        /// Rows in the window.
        pub period: Period<1>,
    }
}

/// The close before, and the sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    close: Option<f64>,
    total: Total,
}

impl Definition for Amihud {
    const ABOUT: About = About {
        title: "Amihud's illiquidity",
        formula: "sum(|ln(close[t] / close[t-1])| / (close[t] volume[t])) / n",
        convention: "money traded is close times volume; a bar without volume, and a price that is \
                     not above 0, count as 0",
        warm_up: "n rows",
        cost: "O(1)",
        source: "Y. Amihud, Illiquidity and Stock Returns, 2002",
    };
    type Row = CloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("1 / money"), "Return for each unit of money.")
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: CloseVolume) -> [f64; 1] {
        let Some(before) = state.close.replace(bar.close) else { return [f64::NAN] };
        let (size, money) = (log_ratio(bar.close, before).abs(), bar.close * bar.volume);
        let part = if money > 0.0 { bounded(size / money) } else { 0.0 };
        let sum = state.total.push(part, self.period.get());
        [sum.map_or(f64::NAN, |sum| sum / self.period.get() as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::Amihud;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[1.0, 9.0], [2.0, 8.0], [4.0, 0.0], [1.0, 4.0]]
            .map(|[close, volume]| [0.0, 0.0, 0.0, close, volume]);
        let two = std::f64::consts::LN_2;
        let expected = [NULL, NULL, two / 32.0, 2.0 * two / 4.0 / 2.0];
        expect_bars(&Amihud { period: Period::of(2) }, &rows, &[&expected]);
    }
}
