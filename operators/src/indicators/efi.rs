//! Elder's force index.
//!
//! - Formula: `ema((close[t] - close[t-1]) * volume[t], n)`.
//! - Parameters: `period` n.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `EFI`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, Output, Period, smooth::Smoothed};

parameters! {
    /// The change of the price times the volume behind it, smoothed.
    pub struct Efi {
        /// Rows of the average.
        pub period: Period<1>,
    }
}

/// The last close and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    average: Smoothed,
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
        Output::only(self.period.get(), "Money.")
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
        let force = (bar.close - last) * bar.volume;
        [state.average.exponential(force, self.period.get()).unwrap_or(f64::NAN)]
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
