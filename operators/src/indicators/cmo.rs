//! Chande momentum oscillator.
//!
//! - Formula: `100 * (gain - loss) / (gain + loss), Wilder's averages of rises and falls`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib CMO: averages start from plain means; 0 when nothing moves.
//! - Warm-up: n rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `CMO`.

use super::{About, Definition, Output, Period, Unit, Unstable, rsi::State};

parameters! {
    /// How one-sided recent movement was: 100 all of it upwards, -100 downwards.
    pub struct Cmo {
        /// Rows of Wilder's averages.
        pub period: Period<2> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

impl Definition for Cmo {
    const ABOUT: About = About {
        title: "Chande momentum oscillator",
        formula: "100 * (gain - loss) / (gain + loss), Wilder's averages of rises and falls",
        convention: "TA-Lib CMO: averages start from plain means; 0 when nothing moves",
        warm_up: "n rows and unstable",
        cost: "O(1)",
        source: "TA-Lib CMO",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() + self.unstable.get(),
            Unit::Is("-100 to 100"),
            "From -100 to 100.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (2, 5), (3, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
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
        let Some((gain, loss)) = state.push(value, self.period.get()) else { return [f64::NAN] };
        let movement = gain + loss;
        [if movement == 0.0 { 0.0 } else { 100.0 * ((gain - loss) / movement) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Cmo;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let cmo = Cmo { period: Period::of(2), unstable: Unstable::of(0) };
        // Gains 2 0 1 and losses 0 1 0: means 1 and 0.5, then 1 and 0.25.
        expect_series(&cmo, &[10.0, 12.0, 11.0, 12.0], &[NULL, NULL, 100.0 / 3.0, 60.0]);
        expect_series(&cmo, &[5.0; 3], &[NULL, NULL, 0.0]);
    }
}
