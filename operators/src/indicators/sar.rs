//! Parabolic stop and reverse.
//!
//! - Formula: `s[t+1] = s[t] + a * (extreme - s[t])`; a grows by `acceleration` with each new
//!   extreme.
//! - Parameters: `acceleration`, `maximum`.
//! - Convention: TA-Lib SAR: the first side is short if the second bar moved down further than up;
//!   the stop never enters the last two bars.
//! - Warm-up: 1 row.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `SAR`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use super::{
    About, Definition, Factor, HighLow, Output, Unit,
    sarext::{Pace, Rules, State},
};

parameters! {
    /// A stop that follows a trend ever faster, and changes sides when it is touched.
    pub struct Sar {
        /// The factor at the start, and its growth with each new extreme.
        pub acceleration: Factor = "0.02",
        /// The largest factor.
        pub maximum: Factor = "0.2",
    }
}

impl Definition for Sar {
    const ABOUT: About = About {
        title: "Parabolic stop and reverse",
        formula: "s[t+1] = s[t] + a * (extreme - s[t]); a grows by `acceleration` with each new \
                  extreme",
        convention: "TA-Lib SAR: the first side is short if the second bar moved down further than \
                     up; the stop never enters the last two bars",
        warm_up: "1 row",
        cost: "O(1)",
        source: "TA-Lib SAR; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(1, Unit::Input, "A price.")
    }

    fn examples() -> Vec<Self> {
        [(0.02, 0.2), (0.5, 0.1), (0.0, 0.0), (0.1, 2.0)]
            .map(|(acceleration, maximum)| Self {
                acceleration: Factor::of(acceleration),
                maximum: Factor::of(maximum),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let pace = Pace {
            start: self.acceleration.get(),
            step: self.acceleration.get(),
            most: self.maximum.get(),
        };
        let stop = state.push(bar, &Rules { long: pace, short: pace, level: 0.0, offset: 0.0 });
        [stop.map_or(f64::NAN, |(stop, _)| stop)]
    }
}

#[cfg(test)]
mod tests {
    use super::Sar;
    use crate::indicators::{
        Factor,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let sar = Sar { acceleration: Factor::of(0.5), maximum: Factor::of(0.5) };
        let rows = [
            [0.0, 4.0, 2.0, 0.0, 0.0],
            [0.0, 6.0, 4.0, 0.0, 0.0],
            [0.0, 8.0, 6.0, 0.0, 0.0],
            [0.0, 8.0, 3.0, 0.0, 0.0],
        ];
        // Long from 2, half way to 6 but not above the low of 4; half way to 8, not above 4;
        // touched by 3.
        expect_bars(&sar, &rows, &[&[NULL, 2.0, 4.0, 8.0]]);
    }
}
