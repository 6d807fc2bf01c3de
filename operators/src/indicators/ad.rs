//! Accumulation and distribution.
//!
//! - Formula: `a[t] = a[t-1] + volume * (2 * close - high - low) / (high - low)`.
//! - Parameters: none.
//! - Convention: TA-Lib AD: a bar without range adds nothing.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `AD`.

use super::{
    About, Definition, HighLowClose, HighLowCloseVolume, Output, Unit, row::bounded, window::Sum,
};

parameters! {
    /// Volume weighed by where each bar closed in its range, added up: only its changes mean
    /// anything.
    pub struct Ad {}
}

impl Definition for Ad {
    const ABOUT: About = About {
        title: "Accumulation and distribution",
        formula: "a[t] = a[t-1] + volume * (2 * close - high - low) / (high - low)",
        convention: "TA-Lib AD: a bar without range adds nothing",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib AD",
    };
    type Row = HighLowCloseVolume;
    type Values = [f64; 1];
    type State = Sum;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Is("quantity"), "A quantity.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> Sum {
        Sum::default()
    }

    #[inline(always)]
    fn step(&self, sum: &mut Sum, bar: HighLowCloseVolume) -> [f64; 1] {
        sum.add(flow(&bar));
        [sum.value()]
    }

    #[inline(always)]
    fn steps(&self, sum: &mut Sum, bars: &[&[f64]; 4], [out]: &mut [&mut [f64]; 1]) {
        flows(bars, out);
        sum.run(out);
    }
}

/// The volume that counts as bought, less what counts as sold; 0 for a bar without range.
#[inline(always)]
pub(super) fn flow(bar: &HighLowCloseVolume) -> f64 {
    let HighLowClose { high, low, close } = bar.prices;
    let range = high - low;
    // A choice of numbers, so that several bars are worked out at a time.
    let flow = bounded(((close - low) - (high - close)) / range * bar.volume);
    if range <= 0.0 { 0.0 } else { flow }
}

/// [`flow`] of many bars.
#[inline(always)]
pub(super) fn flows([highs, lows, closes, volumes]: &[&[f64]; 4], flows: &mut [f64]) {
    let prices = highs.iter().zip(*lows).zip(*closes);
    for (out, (((high, low), close), volume)) in flows.iter_mut().zip(prices.zip(*volumes)) {
        let prices = HighLowClose { high: *high, low: *low, close: *close };
        *out = flow(&HighLowCloseVolume { prices, volume: *volume });
    }
}

#[cfg(test)]
mod tests {
    use super::Ad;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 5.0, 1.0, 4.0, 8.0], [0.0, 3.0, 1.0, 1.0, 3.0], [0.0, 3.0, 3.0, 3.0, 9.0]];
        expect_bars(&Ad {}, &rows, &[&[4.0, 1.0, 1.0]]);
    }
}
