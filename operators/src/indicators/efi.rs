//! Elder's force index.
//!
//! - Formula: `ema((close[t] - close[t-1]) * volume[t], n)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib EFI.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `EFI`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, Output, Period, Row, Unit, smooth::Grouped};

parameters! {
    /// The change of the price times the volume behind it, smoothed.
    pub struct Efi {
        /// Rows of the average.
        pub period: Period<1> = "13",
    }
}

/// The last close and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    average: Grouped,
}

impl Definition for Efi {
    const ABOUT: About = About {
        title: "Elder's force index",
        formula: "ema((close[t] - close[t-1]) * volume[t], n)",
        convention: "TA-Lib EFI",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib EFI",
    };
    type Row = CloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("money"), "Money.")
    }

    fn examples() -> Vec<Self> {
        [13, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: CloseVolume) -> [f64; 1] {
        let Some(last) = state.last.replace(bar.close) else { return [f64::NAN] };
        let (force, share) = ((bar.close - last) * bar.volume, self.share());
        [state.average.push(force, self.period.get(), share).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, bars: &[&[f64]; 2], [out]: &mut [&mut [f64]; 1]) {
        let single = |state: &mut State, row: usize, out: &mut [f64]| {
            [out[row]] = self.step(state, CloseVolume::at(bars, row));
        };
        let mut row = 0;
        while row < out.len() && !state.average.is_between(self.period.get()) {
            single(state, row, out);
            row += 1;
        }
        let Some(mut last) = state.last else { return };
        let (mut average, share) = (state.average, self.share());
        let [closes, volumes] = bars.map(|column| column[row..].as_chunks::<4>().0);
        let fours = closes.iter().zip(volumes);
        for (out, (close, volume)) in out[row..].as_chunks_mut::<4>().0.iter_mut().zip(fours) {
            let before = [last, close[0], close[1], close[2]];
            let forces = std::array::from_fn(|lane| (close[lane] - before[lane]) * volume[lane]);
            *out = average.push_four(forces, share);
            last = close[3];
        }
        (state.average, state.last) = (average, Some(last));
        for row in out.len() - (out.len() - row) % 4..out.len() {
            single(state, row, out);
        }
    }
}

impl Efi {
    /// How far the average moves to a new value.
    fn share(&self) -> f64 {
        2.0 / (self.period.get() as f64 + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Efi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 0.0, 5.0, 2.0], [0.0, 0.0, 0.0, 4.0, 4.0]];
        expect_bars(&Efi { period: Period::of(2) }, &rows, &[&[NULL, NULL, 1.0]]);
    }
}
