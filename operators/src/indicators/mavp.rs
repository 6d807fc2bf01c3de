//! Moving average with variable period.
//!
//! - Formula: `ma of the last p rows, p the second column in whole rows, kept between the bounds`.
//! - Parameters: `min`, `max`, `ma`.
//! - Convention: TA-Lib MAVP: fractions of a period are cut off; every average starts so late that
//!   all have their first value together.
//! - Warm-up: that of the longest period.
//! - Cost: O(max) a row: the last values of `sma` are added up, other kinds have an average for
//!   each period.
//! - Source: TA-Lib `MAVP`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, MaType, Output, Pair, Period, Smoother, Unit,
    average::MovingAverage,
    window::{Window, sum_of},
};

parameters! {
    /// A moving average whose period comes with each row, as from a measure of the cycle.
    pub struct Mavp {
        /// The shortest period. If it is the longer one, the two change places.
        pub min: Period<1> = "2",
        /// The longest period.
        pub max: Period<2> = "30",
        /// Kind of the average.
        pub ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

/// For plain means the last values, for other kinds an average of each period.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    window: Window,
    seen: usize,
    averages: Vec<MovingAverage>,
}

impl Definition for Mavp {
    const ABOUT: About = About {
        title: "Moving average with variable period",
        formula: "ma of the last p rows, p the second column in whole rows, kept between the \
                  bounds",
        convention: "TA-Lib MAVP: fractions of a period are cut off; every average starts so late \
                     that all have their first value together",
        warm_up: "that of the longest period",
        cost: "O(max): the last values of `sma` are added up, other kinds have an average for each \
               period",
        source: "TA-Lib MAVP",
    };
    type Row = Pair;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.ma.get().warm_up(self.bounds().1), Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [(2, 30, MaType::Sma), (1, 9, MaType::Ema), (5, 4, MaType::Kama)]
            .map(|(min, max, ma)| Self {
                min: Period::of(min),
                max: Period::of(max),
                ma: Smoother::of(ma),
            })
            .into()
    }

    fn fresh(&self) -> State {
        let (least, most) = self.bounds();
        let (kind, warm_up) = (self.ma.get(), self.ma.get().warm_up(most));
        let late = |rows| MovingAverage::late(kind, rows, warm_up);
        let others = kind != MaType::Sma;
        let averages = if others { (least..=most).map(late).collect() } else { Vec::new() };
        State { averages, ..State::default() }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, row: Pair) -> [f64; 1] {
        let (least, most) = self.bounds();
        // A cast keeps whole numbers whole and takes anything below 0 for 0.
        let wanted = (row.second as usize).clamp(least, most);
        if self.ma.get() == MaType::Sma {
            state.window.push(row.first, most);
            state.seen = most.min(state.seen + 1);
            if state.seen < most {
                return [f64::NAN];
            }
            let (older, newer) = state.window.last(wanted);
            let sum = sum_of(older) + sum_of(newer);
            return [sum / wanted as f64];
        }
        let mut value = None;
        for (place, average) in state.averages.iter_mut().enumerate() {
            let found = average.push(row.first, least + place);
            if least + place == wanted {
                value = found;
            }
        }
        [value.unwrap_or(f64::NAN)]
    }
}

impl Mavp {
    /// Shortest and longest period.
    fn bounds(&self) -> (usize, usize) {
        let (min, max) = (self.min.get(), self.max.get());
        (min.min(max), min.max(max))
    }
}

#[cfg(test)]
mod tests {
    use super::Mavp;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let mavp = Mavp { min: Period::of(1), max: Period::of(3), ma: Smoother::of(MaType::Sma) };
        let values: &[f64] = &[1.0, 2.0, 6.0, 4.0, 9.0];
        expect(&mavp, &[values, &[3.0, 3.0, 2.9, 7.0, -1.0]], &[&[NULL, NULL, 4.0, 4.0, 9.0]]);
    }
}
