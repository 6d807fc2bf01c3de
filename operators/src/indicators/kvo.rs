//! Klinger's volume oscillator.
//!
//! - Formula: `value = ema(force, fast) - ema(force, slow), force = volume * |2 * (range / cm - 1)|
//!   * trend * 100; signal = ema(value, signal)`.
//! - Parameters: `fast`, `slow`, `signal`.
//! - Convention: Stock.Indicators: the trend is up where high + low + close rises; cm sums the
//!   ranges since it turned, with the one before; no force where range and cm are equal.
//! - Warm-up: the longer of fast and slow, and 1 more; of the signal, signal - 1 more.
//! - Cost: O(1) a row.
//! - Source: Stephen Klinger (1997); as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowCloseVolume, Output, Period, Unit, row::bounded, smooth::Smoothed,
};

parameters! {
    /// Whether volume goes with the price lately more than for long.
    pub struct Kvo {
        /// Rows of the fast average; 34 is usual.
        pub fast: Period<1>,
        /// Rows of the slow average; 55 is usual.
        pub slow: Period<1>,
        /// Rows of the signal; 13 is usual.
        pub signal: Period<1>,
    }
}

/// The last bar and the averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<Last>,
    fast: Smoothed,
    slow: Smoothed,
    signal: Smoothed,
}

/// What a bar leaves behind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Last {
    price: f64,
    range: f64,
    /// Ranges summed since the trend turned, and the trend; none after the first bar.
    run: Option<(f64, bool)>,
}

impl Definition for Kvo {
    const ABOUT: About = About {
        title: "Klinger volume oscillator",
        formula: "value = ema(force, fast) - ema(force, slow), force = volume * |2 * (range / cm - \
                  1)| * trend * 100; signal = ema(value, signal)",
        convention: "Stock.Indicators: the trend is up where high + low + close rises; cm sums the \
                     ranges since it turned, with the one before; no force where range and cm are \
                     equal",
        warm_up: "the longer of fast and slow, and 1 more; of the signal, signal - 1 more",
        cost: "O(1)",
        source: "Stephen Klinger (1997); as Stock.Indicators has it",
    };
    type Row = HighLowCloseVolume;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fast.get().max(self.slow.get()) + 1;
        vec![
            Output { name: "value", warm_up, unit: Unit::Is("quantity"), doc: "A quantity." },
            Output {
                name: "signal",
                warm_up: warm_up + self.signal.get() - 1,
                unit: Unit::Is("quantity"),
                doc: "Average of `value`.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(34, 55, 13), (1, 2, 1), (20, 5, 3)]
            .map(|(fast, slow, signal)| Self {
                fast: Period::of(fast),
                slow: Period::of(slow),
                signal: Period::of(signal),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowCloseVolume) -> [f64; 2] {
        let Some(force) = force(&mut state.last, &bar) else { return [f64::NAN; 2] };
        let fast = state.fast.exponential(force, self.fast.get());
        let slow = state.slow.exponential(force, self.slow.get());
        let Some((fast, slow)) = fast.zip(slow) else { return [f64::NAN; 2] };
        let value = fast - slow;
        [value, state.signal.exponential(value, self.signal.get()).unwrap_or(f64::NAN)]
    }
}

/// Volume with the sign of the trend, and more of it the further ranges are from equal.
#[inline(always)]
fn force(last: &mut Option<Last>, bar: &HighLowCloseVolume) -> Option<f64> {
    let prices = &bar.prices;
    let (price, range) = (prices.high + prices.low + prices.close, prices.high - prices.low);
    let before = last.replace(Last { price, range, run: None })?;
    let rises = price > before.price;
    let Some((sum, rose)) = before.run else {
        *last = Some(Last { price, range, run: Some((0.0, rises)) });
        return None;
    };
    let sum = if rises == rose { sum + range } else { before.range + range };
    *last = Some(Last { price, range, run: Some((sum, rises)) });
    let share = if range == sum {
        0.0
    } else if sum == 0.0 {
        2.0
    } else {
        (2.0 * (range / sum - 1.0)).abs()
    };
    let force = bounded(bar.volume * share * 100.0);
    Some(if rises { force } else { -force })
}

#[cfg(test)]
mod tests {
    use super::Kvo;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let kvo = Kvo { fast: Period::of(1), slow: Period::of(2), signal: Period::of(1) };
        let rows = [
            [0.0, 4.0, 2.0, 3.0, 1.0],
            [0.0, 5.0, 3.0, 4.0, 1.0],
            [0.0, 6.0, 4.0, 5.0, 1.0],
            [0.0, 7.0, 5.0, 6.0, 1.0],
            [0.0, 6.0, 4.0, 5.0, 1.0],
        ];
        // Sums 2 (which is the range), 4, then 4 the other way: forces 0, 100, -100.
        let value = [NULL, NULL, NULL, 50.0, -50.0];
        expect_bars(&kvo, &rows, &[&value, &value]);
    }
}
