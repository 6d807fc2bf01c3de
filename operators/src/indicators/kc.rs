//! Keltner channels.
//!
//! - Formula: `middle = ema(typical); upper = middle + k * atr; lower = middle - k * atr, typical =
//!   (high + low + close) / 3`.
//! - Parameters: `period`, `atr_period`, `deviations`.
//! - Convention: TA-Lib KC: average and range start so late that their first values come together.
//! - Warm-up: max(period - 1, atr_period) rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `KC`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Deviations, HighLowClose, MaType, Output, Period, Unit,
    atr::{self, Atr},
    average::MovingAverage,
};

parameters! {
    /// A band around an average of the price, as wide as bars have ranged lately.
    pub struct Kc {
        /// Rows of the average.
        pub period: Period<2> = "20",
        /// Rows of the average true range.
        pub atr_period: Period<1> = "10",
        /// Average true ranges from the average to a band.
        pub deviations: Deviations = "2.0",
    }
}

/// The average and the range, and the rows that either leaves out at the start.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    average: MovingAverage,
    range: atr::State,
    late: usize,
}

impl Definition for Kc {
    const ABOUT: About = About {
        title: "Keltner channels",
        formula: "middle = ema(typical); upper = middle + k * atr; lower = middle - k * atr, \
                  typical = (high + low + close) / 3",
        convention: "TA-Lib KC: average and range start so late that their first values come \
                     together",
        warm_up: "max(period - 1, atr_period) rows, all outputs",
        cost: "O(1)",
        source: "TA-Lib KC",
    };
    type Row = HighLowClose;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.warm_up();
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "The upper band." },
            Output { name: "middle", warm_up, unit: Unit::Input, doc: "The average." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "The lower band." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(20, 10, 2.0), (2, 1, 1.0), (5, 30, 0.0)]
            .map(|(rows, range, deviations)| Self {
                period: Period::of(rows),
                atr_period: Period::of(range),
                deviations: Deviations::of(deviations),
            })
            .into()
    }

    fn fresh(&self) -> State {
        let warm_up = self.warm_up();
        State {
            average: MovingAverage::late(MaType::Ema, self.period.get(), warm_up),
            range: atr::State::default(),
            late: warm_up - self.atr_period.get(),
        }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 3] {
        self.bands(state, &bar).unwrap_or([f64::NAN; 3])
    }
}

impl Kc {
    fn warm_up(&self) -> usize {
        (self.period.get() - 1).max(self.atr_period.get())
    }

    #[inline(always)]
    fn bands(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 3]> {
        let middle = state.average.push(bar.typical(), self.period.get());
        if state.late > 0 {
            state.late -= 1;
            return None;
        }
        let range = Atr::push(&mut state.range, bar, self.atr_period.get());
        let width = self.deviations.get() * range?;
        let middle = middle?;
        Some([middle + width, middle, middle - width])
    }
}

#[cfg(test)]
mod tests {
    use super::Kc;
    use crate::indicators::{
        Deviations, Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let kc = Kc {
            period: Period::of(2),
            atr_period: Period::of(1),
            deviations: Deviations::of(2.0),
        };
        let rows =
            [[0.0, 4.0, 2.0, 3.0, 0.0], [0.0, 7.0, 5.0, 6.0, 0.0], [0.0, 6.0, 6.0, 6.0, 0.0]];
        // Typical 3, 6, 6: average 4.5, 5.5. True ranges 4, 0.
        let expected: [&[f64]; 3] = [&[NULL, 12.5, 5.5], &[NULL, 4.5, 5.5], &[NULL, -3.5, 5.5]];
        expect_bars(&kc, &rows, &expected);
    }
}
