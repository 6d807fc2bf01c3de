//! Parabolic stop and reverse, extended.
//!
//! - Formula: as `sar`, with the sign of the side.
//! - Parameters: `start_value`, `offset_on_reverse`, `acceleration_init_long`,
//!   `acceleration_long`, `acceleration_max_long`, `acceleration_init_short`,
//!   `acceleration_short`, `acceleration_max_short`.
//! - Convention: TA-Lib SAREXT: as SAR.
//! - Warm-up: 1 row.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `SAREXT`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Factor, HighLow, Level, Output, Unit,
    extreme::{larger, smaller},
};

parameters! {
    /// `sar` with settings of its own for each side, negative while short.
    pub struct Sarext {
        /// The first stop: above 0 long, below 0 short, 0 as `sar`.
        pub start_value: Level = "0.0",
        /// Share of the stop that it is moved away by on a reverse.
        pub offset_on_reverse: Factor = "0.0",
        /// The factor at the start of a long side.
        pub acceleration_init_long: Factor = "0.02",
        /// Its growth with each new extreme of a long side.
        pub acceleration_long: Factor = "0.02",
        /// The largest factor of a long side.
        pub acceleration_max_long: Factor = "0.2",
        /// The factor at the start of a short side.
        pub acceleration_init_short: Factor = "0.02",
        /// Its growth with each new extreme of a short side.
        pub acceleration_short: Factor = "0.02",
        /// The largest factor of a short side.
        pub acceleration_max_short: Factor = "0.2",
    }
}

/// How fast the stop of one side moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) start: f64,
    pub(super) step: f64,
    pub(super) most: f64,
}

/// All that the stop depends on but the bars.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) long: Pace,
    pub(super) short: Pace,
    /// The first stop, see [`Sarext::start_value`].
    pub(super) level: f64,
    pub(super) offset: f64,
}

/// The last bar, the side, its extreme and factor, and the next stop.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<(f64, f64)>,
    side: Option<bool>,
    extreme: f64,
    factor: f64,
    stop: f64,
}

impl Definition for Sarext {
    const ABOUT: About = About {
        title: "Parabolic stop and reverse, extended",
        formula: "as `sar`, with the sign of the side",
        convention: "TA-Lib SAREXT: as SAR",
        warm_up: "1 row",
        cost: "O(1)",
        source: "TA-Lib SAREXT",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(1, Unit::Input, "A price, negated while short.")
    }

    fn examples() -> Vec<Self> {
        [
            [0.0, 0.0, 0.02, 0.02, 0.2, 0.02, 0.02, 0.2],
            [40_000.0, 0.01, 0.1, 0.05, 0.3, 0.02, 0.01, 0.1],
            [-40_000.0, 0.0, 0.5, 0.6, 0.4, 0.0, 0.1, 2.0],
        ]
        .map(|[level, offset, a, b, c, d, e, f]| Self {
            start_value: Level::of(level),
            offset_on_reverse: Factor::of(offset),
            acceleration_init_long: Factor::of(a),
            acceleration_long: Factor::of(b),
            acceleration_max_long: Factor::of(c),
            acceleration_init_short: Factor::of(d),
            acceleration_short: Factor::of(e),
            acceleration_max_short: Factor::of(f),
        })
        .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let rules = Rules {
            long: Pace {
                start: self.acceleration_init_long.get(),
                step: self.acceleration_long.get(),
                most: self.acceleration_max_long.get(),
            },
            short: Pace {
                start: self.acceleration_init_short.get(),
                step: self.acceleration_short.get(),
                most: self.acceleration_max_short.get(),
            },
            level: self.start_value.get(),
            offset: self.offset_on_reverse.get(),
        };
        let stop = state.push(bar, &rules);
        [stop.map_or(f64::NAN, |(stop, is_long)| if is_long { stop } else { -stop })]
    }
}

impl State {
    /// Takes one bar; the stop and whether the side is long, from the second bar on.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: HighLow, rules: &Rules) -> Option<(f64, bool)> {
        let (mut high, mut low) = self.last.replace((bar.high, bar.low))?;
        let is_long = match self.side {
            Some(is_long) => is_long,
            None => {
                let is_long = self.begin(bar, (high, low), rules);
                (high, low) = (bar.high, bar.low);
                is_long
            }
        };
        // A falling side is a rising one with the signs changed.
        let sign = if is_long { 1.0 } else { -1.0 };
        let (ahead, behind) = if is_long { (bar.high, bar.low) } else { (-bar.low, -bar.high) };
        let last_behind = if is_long { low } else { -high };
        let stop = sign * self.stop;
        if behind <= stop {
            return Some(self.reverse(bar, is_long, (high, low), rules));
        }
        let pace = if is_long { rules.long } else { rules.short };
        if ahead > sign * self.extreme {
            self.extreme = sign * ahead;
            self.factor = smaller(self.factor + pace.step, pace.most);
        }
        let next = stop + self.factor * (sign * self.extreme - stop);
        self.stop = sign * smaller(next, smaller(last_behind, behind));
        Some((sign * stop, is_long))
    }

    /// Chooses the side with the second bar.
    #[inline(always)]
    fn begin(&mut self, bar: HighLow, (high, low): (f64, f64), rules: &Rules) -> bool {
        let (up, down) = (bar.high - high, low - bar.low);
        let is_long =
            if rules.level == 0.0 { !(down > up && down > 0.0) } else { rules.level > 0.0 };
        self.extreme = if is_long { bar.high } else { bar.low };
        self.stop = match (rules.level == 0.0, is_long) {
            (false, _) => rules.level.abs(),
            (true, true) => low,
            (true, false) => high,
        };
        let pace = if is_long { rules.long } else { rules.short };
        self.factor = pace.start.min(pace.most);
        self.side = Some(is_long);
        is_long
    }

    /// Changes sides: the stop becomes the old extreme, outside the last two bars.
    #[inline(always)]
    fn reverse(
        &mut self,
        bar: HighLow,
        was_long: bool,
        (high, low): (f64, f64),
        rules: &Rules,
    ) -> (f64, bool) {
        let pace = if was_long { rules.short } else { rules.long };
        let outside = |stop: f64| match was_long {
            true => larger(stop, larger(high, bar.high)),
            false => smaller(stop, smaller(low, bar.low)),
        };
        let away = if was_long { 1.0 + rules.offset } else { 1.0 - rules.offset };
        let stop = outside(self.extreme) * away;
        self.factor = pace.start.min(pace.most);
        self.extreme = if was_long { bar.low } else { bar.high };
        self.stop = outside(stop + self.factor * (self.extreme - stop));
        self.side = Some(!was_long);
        (stop, !was_long)
    }
}

#[cfg(test)]
mod tests {
    use super::Sarext;
    use crate::indicators::{
        Factor, Level,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let [a, b, c] = [0.5, 0.0, 0.5].map(Factor::of);
        let sarext = Sarext {
            start_value: Level::of(3.0),
            offset_on_reverse: Factor::of(0.25),
            acceleration_init_long: a,
            acceleration_long: b,
            acceleration_max_long: c,
            acceleration_init_short: a,
            acceleration_short: b,
            acceleration_max_short: c,
        };
        let rows =
            [[0.0, 4.0, 2.0, 0.0, 0.0], [0.0, 6.0, 4.0, 0.0, 0.0], [0.0, 6.0, 3.0, 0.0, 0.0]];
        // Long at 3, half way to 6 but not above the low of 4; touched: short at 6, moved a
        // quarter up.
        expect_bars(&sarext, &rows, &[&[NULL, 3.0, -7.5]]);
    }
}
