//! True range.
//!
//! - Formula: `max(high, last close) - min(low, last close)`.
//! - Parameters: none.
//! - Convention: TA-Lib TRANGE: none for the first bar.
//! - Warm-up: 1 row: the first bar has no close before it.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `TRANGE`.

use super::{About, Definition, HighLowClose, Output, Unit, extreme::larger};

parameters! {
    /// How far the price moved within a bar, with the gap from the bar before.
    pub struct Trange {}
}

impl Definition for Trange {
    const ABOUT: About = About {
        title: "True range",
        formula: "max(high, last close) - min(low, last close)",
        convention: "TA-Lib TRANGE: none for the first bar",
        warm_up: "1 row: the first bar has no close before it",
        cost: "O(1)",
        source: "TA-Lib TRANGE",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = Option<f64>;

    fn outputs(&self) -> Vec<Output> {
        Output::only(1, Unit::Input, "The range, a price difference.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> Option<f64> {
        None
    }

    #[inline(always)]
    fn step(&self, last_close: &mut Option<f64>, bar: HighLowClose) -> [f64; 1] {
        let last_close = last_close.replace(bar.close);
        [last_close.map_or(f64::NAN, |last_close| true_range(&bar, last_close))]
    }

    #[inline(always)]
    fn steps(
        &self,
        last_close: &mut Option<f64>,
        bars: &[&[f64]; 3],
        [ranges]: &mut [&mut [f64]; 1],
    ) {
        true_ranges(bars, last_close, ranges);
    }
}

/// [`true_range`] of many bars, NaN where there is no close before.
#[inline(always)]
pub(super) fn true_ranges(
    [highs, lows, closes]: &[&[f64]; 3],
    last_close: &mut Option<f64>,
    ranges: &mut [f64],
) {
    let (Some(high), Some(close)) = (highs.first(), closes.last()) else { return };
    let first = HighLowClose { high: *high, low: lows[0], close: closes[0] };
    ranges[0] = last_close.map_or(f64::NAN, |close| true_range(&first, close));
    *last_close = Some(*close);
    let before = &closes[..highs.len() - 1];
    let bars = highs[1..].iter().zip(&lows[1..]).zip(before);
    for (range, ((high, low), before)) in ranges[1..].iter_mut().zip(bars) {
        *range = true_range(&HighLowClose { high: *high, low: *low, close: 0.0 }, *before);
    }
}

/// The range of a bar with the gap from the close before it.
#[inline(always)]
pub(super) fn true_range(bar: &HighLowClose, last_close: f64) -> f64 {
    let range = bar.high - bar.low;
    let gap = larger((last_close - bar.high).abs(), (last_close - bar.low).abs());
    larger(range, gap)
}

#[cfg(test)]
mod tests {
    use super::Trange;
    use crate::indicators::testing::{bars, series_of_bars};

    #[test]
    fn by_hand() {
        let bars = bars(&[
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 6.0, 5.0, 6.0, 0.0],
            [0.0, 5.0, 1.0, 2.0, 0.0],
        ]);
        assert_eq!(series_of_bars(&Trange {}, &bars), [None, Some(2.0), Some(5.0)]);
    }
}
