//! Relative volatility index.
//!
//! - Formula: `100 * up / (up + down), Wilder's averages of stddev where x rose, and where it
//!   fell`.
//! - Parameters: `period`, `stddev`, `unstable`.
//! - Convention: TA-Lib RVI: averages start from plain means; 50 where nothing moves.
//! - Warm-up: n + stddev - 2 rows and `unstable`.
//! - Cost: O(1) a row, `stddev` values held.
//! - Source: TA-Lib `RVI`; Donald Dorsey (1993).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit, Unstable, smooth::Smoothed, state::AT_ONCE,
    window::Moments,
};

parameters! {
    /// How much of the recent volatility came with rises: 100 all of it, 0 none.
    pub struct Rvi {
        /// Rows of Wilder's averages.
        pub period: Period<1> = "14",
        /// Rows of the standard deviation.
        pub stddev: Period<2> = "10",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The last value, the deviation and the two averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    moments: Moments,
    up: Smoothed,
    down: Smoothed,
}

impl Definition for Rvi {
    const ABOUT: About = About {
        title: "Relative volatility index",
        formula: "100 * up / (up + down), Wilder's averages of stddev where x rose, and where it \
                  fell",
        convention: "TA-Lib RVI: averages start from plain means; 50 where nothing moves",
        warm_up: "n + stddev - 2 rows and unstable",
        cost: "O(1)",
        source: "TA-Lib RVI; Donald Dorsey (1993)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() + self.stddev.get() - 2 + self.unstable.get(),
            Unit::Is("0 to 100"),
            "From 0 to 100.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 10, 0), (1, 2, 5), (5, 20, 0)]
            .map(|(rows, stddev, unstable)| Self {
                period: Period::of(rows),
                stddev: Period::of(stddev),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let last = state.last.replace(value).unwrap_or(value);
        let Some((_, deviation)) = state.moments.push(value, self.stddev.get()) else {
            return [f64::NAN];
        };
        let period = self.period.get();
        let up = state.up.wilder(if value > last { deviation } else { 0.0 }, period);
        let down = state.down.wilder(if value < last { deviation } else { 0.0 }, period);
        [up.zip(down).map_or(f64::NAN, |(up, down)| share(up, down))]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [values]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        let period = self.period.get();
        let mut warm = 0;
        while warm < values.len() && state.down.level(period).is_none() {
            [out[warm]] = self.step(state, values[warm]);
            warm += 1;
        }
        let (values, out) = (&values[warm..], &mut out[warm..]);
        let Some(newest) = values.last() else { return };
        let mut ups = [0.0; AT_ONCE];
        let mut downs = [0.0; AT_ONCE];
        let (ups, downs) = (&mut ups[..values.len()], &mut downs[..values.len()]);
        state.moments.run(values, self.stddev.get(), ups, downs);
        // There is a level, so there was a row before these.
        let before = state.last.replace(*newest).unwrap_or(values[0]);
        let split = |value: f64, last: f64, deviation: f64| {
            let up = if value > last { deviation } else { 0.0 };
            (up, if value < last { deviation } else { 0.0 })
        };
        (ups[0], downs[0]) = split(values[0], before, downs[0].sqrt());
        let moves = values[1..].iter().zip(values);
        for ((up, down), (value, last)) in ups[1..].iter_mut().zip(&mut downs[1..]).zip(moves) {
            (*up, *down) = split(*value, *last, down.sqrt());
        }
        let part = 1.0 / period as f64;
        // Side by side, as each row of an average waits for the one before.
        let (mut up, mut down) = (state.up, state.down);
        for (rise, fall) in ups.iter_mut().zip(&mut *downs) {
            (*rise, *fall) = (up.follow(*rise, part), down.follow(*fall, part));
        }
        (state.up, state.down) = (up, down);
        for (out, (up, down)) in out.iter_mut().zip(ups.iter().zip(downs)) {
            *out = share(*up, *down);
        }
    }
}

/// What rises have of the volatility; half of none.
#[inline(always)]
fn share(up: f64, down: f64) -> f64 {
    let share = 100.0 * (up / (up + down));
    if up + down == 0.0 { 50.0 } else { share }
}

#[cfg(test)]
mod tests {
    use super::Rvi;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let (period, stddev) = (Period::of(2), Period::of(2));
        let rvi = Rvi { period, stddev, unstable: Unstable::of(0) };
        // Deviations 2 up, 1 down.
        expect_series(&rvi, &[1.0, 5.0, 3.0], &[NULL, NULL, 200.0 / 3.0]);
        expect_series(&rvi, &[1.0; 3], &[NULL, NULL, 50.0]);
    }
}
