//! Stochastic relative strength index.
//!
//! - Formula: `k = 100 * (rsi - lowest rsi) / (highest rsi - lowest rsi) over fastk rows; d = ma(k,
//!   fastd)`.
//! - Parameters: `period`, `fastk`, `fastd`, `fastd_ma`.
//! - Convention: TA-Lib STOCHRSI: k is 0 where the range is 0; both outputs start together.
//! - Warm-up: n + fastk - 1 rows and those of the average, both outputs.
//! - Cost: O(1), the average as its own a row.
//! - Source: TA-Lib `STOCHRSI`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, MaType, Output, Period, Smoother, Unit,
    rsi::{self, Rsi},
    stochf,
};

parameters! {
    /// Where the relative strength index stands in its own range: it reaches its bounds far more
    /// often.
    pub struct Stochrsi {
        /// Rows of the index.
        pub period: Period<2> = "14",
        /// Rows in the range.
        pub fastk: Period<1> = "5",
        /// Rows in the average of `k`.
        pub fastd: Period<1> = "3",
        /// Kind of that average.
        pub fastd_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

/// The index and its place.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    rsi: rsi::State,
    place: stochf::State,
}

impl Definition for Stochrsi {
    const ABOUT: About = About {
        title: "Stochastic relative strength index",
        formula: "k = 100 * (rsi - lowest rsi) / (highest rsi - lowest rsi) over fastk rows; d = \
                  ma(k, fastd)",
        convention: "TA-Lib STOCHRSI: k is 0 where the range is 0; both outputs start together",
        warm_up: "n + fastk - 1 rows and those of the average, both outputs",
        cost: "O(1), the average as its own",
        source: "TA-Lib STOCHRSI",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() + self.fastk.get() - 1
            + self.fastd_ma.get().warm_up(self.fastd.get());
        vec![
            Output {
                name: "k",
                warm_up,
                unit: Unit::Is("0 to 100"),
                doc: "Place in the range, from 0 to 100.",
            },
            Output { name: "d", warm_up, unit: Unit::Is("0 to 100"), doc: "Average of `k`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(14, 5, 3, MaType::Sma), (2, 1, 1, MaType::Sma), (7, 14, 5, MaType::Ema)]
            .map(|(rows, fastk, fastd, ma)| Self {
                period: Period::of(rows),
                fastk: Period::of(fastk),
                fastd: Period::of(fastd),
                fastd_ma: Smoother::of(ma),
            })
            .into()
    }

    fn fresh(&self) -> State {
        let place = stochf::State::new(self.fastd_ma.get(), self.fastd.get());
        State { rsi: rsi::State::default(), place }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 2] {
        let Some(averages) = state.rsi.push(value, self.period.get()) else { return [f64::NAN; 2] };
        let rsi = Rsi::index(averages);
        let bar = HighLowClose { high: rsi, low: rsi, close: rsi };
        let found = state.place.push(&bar, self.fastk.get(), self.fastd.get());
        found.unwrap_or([f64::NAN; 2])
    }
}

#[cfg(test)]
mod tests {
    use super::Stochrsi;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let one = Period::of(1);
        let fastd_ma = Smoother::of(MaType::Sma);
        let stochrsi =
            Stochrsi { period: Period::of(2), fastk: Period::of(2), fastd: one, fastd_ma };
        // The index is 66.7, then 80.
        let expected = [NULL, NULL, NULL, 100.0];
        expect(&stochrsi, &[&[10.0, 12.0, 11.0, 12.0]], &[&expected, &expected]);
    }
}
