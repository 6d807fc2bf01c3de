//! Hurst exponent.
//!
//! - Formula: `slope of log10(mean(R / S)) over log10(size), for windows of n returns cut into 1,
//!   2, 4, ..., 32 parts of 8 rows or more; r[t] = ln(x[t] / x[t-1])`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: R is the range of summed distances from the mean of a part, S
//!   its population deviation; the oldest rows that fill no part are left out; 0.5 where nothing
//!   moves; a price that is not above 0 counts as no move.
//! - Warm-up: n rows.
//! - Cost: O(n) a row, n values held.
//! - Source: H. E. Hurst, Long-term Storage Capacity of Reservoirs (1951); as Stock.Indicators has
//!   it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, returns::log_ratio, window::Window};

parameters! {
    /// How much a market remembers: above 0.5 it trends, below it turns back, at 0.5 it wanders.
    pub struct Hurst {
        /// Returns in the window; 100 is usual.
        pub period: Period<20>,
    }
}

/// The last price and the returns.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    before: Option<f64>,
    rows: usize,
    returns: Window,
}

impl Definition for Hurst {
    const ABOUT: About = About {
        title: "Hurst exponent",
        formula: "slope of log10(mean(R / S)) over log10(size), for windows of n returns cut \
                      into 1, 2, 4, ..., 32 parts of 8 rows or more; r[t] = ln(x[t] / x[t-1])",
        convention: "Stock.Indicators: R is the range of summed distances from the mean of a \
                      part, S its population deviation; the oldest rows that fill no part are \
                      left out; 0.5 where nothing moves; a price that is not above 0 counts as no \
                      move",
        warm_up: "n rows",
        cost: "O(n)",
        source: "H. E. Hurst, Long-term Storage Capacity of Reservoirs (1951); as Stock.Indicators \
                 has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("number"), "About 0 to 1.")
    }

    fn examples() -> Vec<Self> {
        [100, 20, 33, 300].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(before) = state.before.replace(value) else { return [f64::NAN] };
        let period = self.period.get();
        state.returns.push(log_ratio(value, before), period);
        state.rows += usize::from(state.rows < period);
        if state.rows < period {
            return [f64::NAN];
        }
        let (newer, older) = state.returns.halves();
        [exponent(&[older, newer].concat())]
    }
}

/// Parts that a window is cut into at most.
const PARTS_MAX: usize = 32;
/// Rows that a part has at least.
const ROWS_MIN: usize = 8;

/// The slope through the sizes.
fn exponent(returns: &[f64]) -> f64 {
    let sizes = (0..).map(|power| 1 << power).take_while(|parts| *parts <= PARTS_MAX);
    let sizes = sizes.map(|parts| returns.len() / parts).take_while(|size| *size >= ROWS_MIN);
    let points = sizes.filter_map(|size| {
        Some(((size as f64).log10(), rescaled(returns, size).filter(|rs| *rs > 0.0)?.log10()))
    });
    let points: Vec<(f64, f64)> = points.collect();
    let rows = points.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / rows;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let squares: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if squares > 0.0 { both / squares } else { 0.5 }
}

/// The mean of R / S over the last whole parts of this size; nothing where none of them moves.
fn rescaled(returns: &[f64], size: usize) -> Option<f64> {
    let parts = returns.len() / size;
    let moves = |part: &[f64]| part.iter().any(|value| *value != part[0]);
    let ratio = |part: &[f64]| {
        let mean = part.iter().sum::<f64>() / size as f64;
        let (mut sum, mut squares) = (0.0_f64, 0.0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in part {
            sum += value - mean;
            squares += (value - mean).powi(2);
            (least, most) = (least.min(sum), most.max(sum));
        }
        let deviation = (squares / size as f64).sqrt();
        if moves(part) && deviation > 0.0 { (most - least) / deviation } else { 0.0 }
    };
    let parts_of = returns[returns.len() - parts * size..].chunks_exact(size);
    let sum: f64 = parts_of.map(ratio).sum();
    (sum > 0.0).then_some(sum / parts as f64)
}

#[cfg(test)]
mod tests {
    use super::{Hurst, rescaled};
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        // Sums of distances 1 2 1 0 and -1 -2 -1 0: ranges of 2, deviations of 1.
        assert_eq!(rescaled(&[1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0], 4), Some(2.0));
        assert_eq!(rescaled(&[3.0; 9], 4), None);
    }

    #[test]
    fn a_price_that_turns_back_is_below_a_half_and_one_that_trends_above() {
        let hurst = Hurst { period: Period::of(64) };
        let price = |step: fn(usize) -> f64| {
            (0..65).scan(0.0, move |sum, row| {
                *sum += step(row);
                Some(f64::exp(*sum))
            })
        };
        let of = |prices: Vec<f64>| series(&hurst, &prices)[64].expect("warm");
        assert!(of(price(|row| if row % 2 == 0 { 0.1 } else { -0.1 }).collect()) < 0.1);
        assert!(of(price(|row| if row < 32 { 0.1 } else { -0.1 }).collect()) > 0.9);
        assert_eq!(of(vec![5.0; 65]), 0.5);
    }
}
