//! The last rows of a series, and sums over them that do not drift.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Share of a level below which TA-Lib takes a difference for rounding.
pub(super) const NOISE: f64 = 1e-14;

/// The last values of a series.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Window {
    values: VecDeque<f64>,
    /// How many of the newest values are equal.
    equal: usize,
}

impl Window {
    /// Takes one value; gives the one that leaves, which came `period` rows before.
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        let repeated = self.values.back().is_some_and(|&last| last == value);
        self.equal = if repeated { self.equal.saturating_add(1) } else { 1 };
        let leaving = (self.values.len() >= period).then(|| self.values.pop_front()).flatten();
        self.values.push_back(value);
        leaving
    }

    /// Whether there are `period` values.
    pub(super) fn is_full(&self, period: usize) -> bool {
        self.values.len() >= period
    }

    /// Whether all values are equal: a mean is then the value itself and a deviation exactly 0,
    /// which sums and divisions would only nearly give.
    pub(super) fn is_flat(&self) -> bool {
        self.equal >= self.values.len()
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> {
        self.values.iter().copied()
    }
}

/// A running sum with twice the digits of `f64`: what was added can be taken away again after any
/// number of rows without a trace.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// The sum, rounded.
    pub(super) fn value(self) -> f64 {
        self.high
    }

    /// Adds a number.
    pub(super) fn add(&mut self, value: f64) {
        let (sum, error) = exact_sum(self.high, value);
        let low = error + self.low;
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }

    /// Adds `a * b` without rounding the product first.
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        let (product, error) = exact_product(a, b);
        self.add(product);
        self.add(error);
    }

    /// Takes away another sum.
    pub(super) fn subtract(&mut self, other: Sum) {
        self.add(-other.high);
        self.add(-other.low);
    }
}

/// `a + b` as the rounded sum and what the rounding lost (Knuth).
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// `a * b` as the rounded product and what the rounding lost (Dekker). Not `f64::mul_add`: without
/// the instruction it is a slow library call.
fn exact_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = halves(a);
    let (b_high, b_low) = halves(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// Two numbers of at most 26 significant bits that add up to `value`.
fn halves(value: f64) -> (f64, f64) {
    let scaled = value * 134_217_729.0; // 2^27 + 1
    let high = scaled - (scaled - value);
    (high, value - high)
}

/// Mean of the last values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Mean {
    window: Window,
    sum: Sum,
}

impl Mean {
    /// Takes one value; the mean of the last `period`, once there are as many.
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        if let Some(leaving) = self.window.push(value, period) {
            self.sum.add(-leaving);
        }
        self.sum.add(value);
        self.window
            .is_full(period)
            .then(|| if self.window.is_flat() { value } else { self.sum.value() / period as f64 })
    }

    /// The values of the window.
    pub(super) fn window(&self) -> &Window {
        &self.window
    }
}

/// Mean and standard deviation of the last values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Moments {
    window: Window,
    sum: Sum,
    squares: Sum,
    /// The largest sum of squares since the sums were last made from the window.
    peak: f64,
}

/// A fall of the squares by this much, after an outlier left, is when the sums are made again from
/// the window: what rounding left of the outlier would show. At most once a window, so still O(1).
const FALL: f64 = 1e-6;

impl Moments {
    /// Takes one value; mean and population standard deviation of the last `period`, once there
    /// are as many.
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<(f64, f64)> {
        if let Some(leaving) = self.window.push(value, period) {
            self.sum.add(-leaving);
            self.squares.add_product(-leaving, leaving);
        }
        self.sum.add(value);
        self.squares.add_product(value, value);
        self.peak = self.peak.max(self.squares.value());
        if self.squares.value() < self.peak * FALL {
            self.start_again();
        }
        if !self.window.is_full(period) {
            return None;
        }
        if self.window.is_flat() {
            return Some((value, 0.0));
        }
        let rows = period as f64;
        let variance = self.scaled_variance(rows).max(0.0) / (rows * rows);
        Some((self.sum.value() / rows, variance.sqrt()))
    }

    fn start_again(&mut self) {
        (self.sum, self.squares) = (Sum::default(), Sum::default());
        for value in self.window.iter() {
            self.sum.add(value);
            self.squares.add_product(value, value);
        }
        self.peak = self.squares.value();
    }

    /// `rows² * variance = rows * sum of squares - square of the sum`: the two are nearly equal,
    /// hence the doubled digits.
    fn scaled_variance(&self, rows: f64) -> f64 {
        let Sum { high, low } = self.sum;
        let mut scaled = Sum::default();
        scaled.add_product(self.squares.high, rows);
        scaled.add(self.squares.low * rows);
        scaled.add_product(-high, high);
        scaled.add(-2.0 * high * low);
        scaled.value()
    }
}

#[cfg(test)]
mod tests {
    use super::{Mean, Moments, Sum};

    #[test]
    fn a_sum_forgets_without_a_trace() {
        let mut sum = Sum::default();
        for value in [0.1, 1e15, 0.3] {
            sum.add(value);
        }
        sum.add(-1e15);
        assert_eq!(sum.value(), 0.1 + 0.3);
    }

    #[test]
    fn large_level_small_deviation() {
        let mut moments = Moments::default();
        let mut last = None;
        for row in 0..1_000_000_u32 {
            let level = if row < 500_000 { 1e9 } else { 1e6 };
            last = moments.push(level + f64::from(row % 2) / 1024.0, 20);
        }
        let (mean, deviation) = last.expect("warm");
        assert_eq!(mean, 1e6 + 0.5 / 1024.0);
        assert!((deviation * 2048.0 - 1.0).abs() < 1e-12, "{deviation}");
    }

    #[test]
    fn flat_is_exact() {
        let (mut mean, mut moments) = (Mean::default(), Moments::default());
        for value in [1e12, 0.1, 0.1, 0.1] {
            let (mean, moments) = (mean.push(value, 3), moments.push(value, 3));
            assert_eq!(moments.map(|(mean, _)| mean), mean);
        }
        assert_eq!(mean.push(0.1, 3), Some(0.1));
        assert_eq!(moments.push(0.1, 3), Some((0.1, 0.0)));
    }
}
