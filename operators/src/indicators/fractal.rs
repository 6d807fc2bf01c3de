//! Williams fractal.
//!
//! - Formula: swing_high = 100 where high[t-right] is above the highs of the `left` bars before
//!   and the `right` bars after it, else 0; swing_low = 100 the same below.
//! - Parameters: `left`, `right`.
//! - Convention: TA-Lib FRACTAL: at the last bar that it needs, `right` rows after the one that it
//!   marks.
//! - Warm-up: left + right rows, both outputs.
//! - Cost: O(left + right) a row at worst, a few comparisons as a rule.
//! - Source: TA-Lib `FRACTAL`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, state::AT_ONCE, window::Window};

parameters! {
    /// Marks a bar that stands out: a high above, or a low below, those of the bars around it.
    pub struct Fractal {
        /// Bars before the one in the middle.
        pub left: Period<1> = "2",
        /// Bars after it: how late the mark is.
        pub right: Period<1> = "2",
    }
}

/// The last bars.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    highs: Window,
    lows: Window,
    /// Bars seen, up to the warm-up.
    seen: usize,
}

impl Definition for Fractal {
    const ABOUT: About = About {
        title: "Williams fractal",
        formula: "swing_high = 100 where high[t-right] is above the highs of the `left` bars \
                  before and the `right` bars after it, else 0; swing_low = 100 the same below",
        convention: "TA-Lib FRACTAL: at the last bar that it needs, `right` rows after the one \
                     that it marks",
        warm_up: "left + right rows, both outputs",
        cost: "O(left + right) at worst, a few comparisons as a rule",
        source: "TA-Lib FRACTAL",
    };
    type Row = HighLow;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.left.get() + self.right.get();
        vec![
            Output { name: "swing_high", warm_up, unit: Unit::Is("0 or 100"), doc: "100 or 0." },
            Output { name: "swing_low", warm_up, unit: Unit::Is("0 or 100"), doc: "100 or 0." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(2, 2), (1, 1), (2, 7), (30, 3)]
            .map(|(left, right)| Self { left: Period::of(left), right: Period::of(right) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 2] {
        self.marks(state, bar).unwrap_or([f64::NAN; 2])
    }

    #[inline(always)]
    fn steps(
        &self,
        state: &mut State,
        [highs, lows]: &[&[f64]; 2],
        [out_highs, out_lows]: &mut [&mut [f64]; 2],
    ) {
        let (rows, window) = (highs.len(), self.left.get() + self.right.get() + 1);
        // Where all bars of a window are there, they are looked at where they stand.
        let single = if rows < 2 * window { rows } else { window };
        for row in 0..single {
            let bar = HighLow { high: highs[row], low: lows[row] };
            [out_highs[row], out_lows[row]] = self.step(state, bar);
        }
        let mark = |found: Option<f64>| if found.is_some() { 100.0 } else { 0.0 };
        let right = self.right.get();
        for row in single..rows {
            let from = row + 1 - window;
            let (highs, lows) = (&highs[from..=row], &lows[from..=row]);
            let is_high = stands_out((highs, &[]), right, |middle, other| middle > other);
            let is_low = stands_out((lows, &[]), right, |middle, other| middle < other);
            (out_highs[row], out_lows[row]) = (mark(is_high), mark(is_low));
        }
        if single < rows {
            let mut left = [0.0; AT_ONCE];
            let left = &mut left[..rows - single];
            state.highs.run(&highs[single..], window, left);
            state.lows.run(&lows[single..], window, left);
        }
    }
}

impl Fractal {
    #[inline(always)]
    fn marks(&self, state: &mut State, bar: HighLow) -> Option<[f64; 2]> {
        let found = self.found(state, bar)?;
        Some(found.map(|price| if price.is_some() { 100.0 } else { 0.0 }))
    }

    /// Takes one bar; the high and the low of the bar in the middle, where they stand out, once
    /// there are bars enough.
    #[inline(always)]
    pub(super) fn found(&self, state: &mut State, bar: HighLow) -> Option<[Option<f64>; 2]> {
        let (left, right) = (self.left.get(), self.right.get());
        state.highs.push(bar.high, left + right + 1);
        state.lows.push(bar.low, left + right + 1);
        if state.seen < left + right {
            state.seen += 1;
            return None;
        }
        let high = stands_out(state.highs.halves(), right, |middle, other| middle > other);
        let low = stands_out(state.lows.halves(), right, |middle, other| middle < other);
        Some([high, low])
    }
}

/// The value `right` rows before the newest, if it beats all others of a window, which a neighbour
/// mostly decides: from the middle outwards.
#[inline(always)]
fn stands_out(
    (newer, older): (&[f64], &[f64]),
    right: usize,
    beats: impl Fn(f64, f64) -> bool,
) -> Option<f64> {
    let rows = newer.len() + older.len();
    let back = |row: usize| match newer.len().checked_sub(row + 1) {
        Some(place) => newer[place],
        None => older[rows - row - 1],
    };
    let middle = back(right);
    for row in (0..right).rev() {
        if !beats(middle, back(row)) {
            return None;
        }
    }
    for row in right + 1..rows {
        if !beats(middle, back(row)) {
            return None;
        }
    }
    Some(middle)
}

#[cfg(test)]
mod tests {
    use super::Fractal;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let fractal = Fractal { left: Period::of(1), right: Period::of(2) };
        let rows = [2.0, 5.0, 4.0, 1.0, 3.0, 2.0].map(|price| [0.0, price, price, 0.0, 0.0]);
        let expected: [&[f64]; 2] =
            [&[NULL, NULL, NULL, 100.0, 0.0, 0.0], &[NULL, NULL, NULL, 0.0, 0.0, 100.0]];
        expect_bars(&fractal, &rows, &expected);
    }
}
