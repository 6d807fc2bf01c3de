//! Sums that keep what rounding loses.

use serde::{Deserialize, Serialize};

/// A running sum that never takes anything away, with the rounding kept apart: what was added can
/// be taken away again after any number of rows without a trace.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Sum {
    high: f64,
    /// What rounding has lost. Kept apart, it is no part of the chain of additions that a row waits
    /// for.
    low: f64,
}

impl Sum {
    /// The sum, rounded.
    #[inline(always)]
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }

    /// Adds a number.
    #[inline(always)]
    pub(super) fn add(&mut self, value: f64) {
        let sum = self.high + value;
        // Mostly the sum is larger than what is added, and then fewer steps find the same error
        // (Dekker).
        self.low += match self.high.abs() >= value.abs() {
            true => value - (sum - self.high),
            false => error_of(self.high, value, sum),
        };
        self.high = sum;
    }

    /// [`Self::add`] of many numbers, each of which becomes the sum up to it.
    #[inline(always)]
    pub(super) fn run(&mut self, values: &mut [f64]) {
        let mut own = *self;
        for value in values {
            own.add(*value);
            *value = own.value();
        }
        *self = own;
    }

    /// Adds `a * b` without rounding the product first.
    #[inline(always)]
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        let (product, error) = exact_product(a, b);
        self.add(product);
        self.add(error);
    }
}

/// What the rounding of `a + b` to `sum` lost (Knuth).
#[inline(always)]
fn error_of(a: f64, b: f64, sum: f64) -> f64 {
    let b_part = sum - a;
    (a - (sum - b_part)) + (b - b_part)
}

/// `a * b` as the rounded product and what the rounding lost (Dekker). Not `f64::mul_add`: without
/// the instruction it is a slow library call.
#[inline]
pub(super) fn exact_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = halves(a);
    let (b_high, b_low) = halves(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// Two numbers of at most 26 significant bits that add up to `value`.
#[inline]
fn halves(value: f64) -> (f64, f64) {
    let scaled = value * 134_217_729.0; // 2^27 + 1
    let high = scaled - (scaled - value);
    (high, value - high)
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn many_at_once_are_one_by_one() {
        for rows in 0..20 {
            let mut values: Vec<f64> =
                (0..rows).map(|row| (f64::from(row) - 7.3).powi(row % 5 * 6 + 1)).collect();
            let (mut many, mut single) = (Sum::default(), Sum::default());
            let expected: Vec<u64> = values
                .iter()
                .map(|value| {
                    single.add(*value);
                    single.value().to_bits()
                })
                .collect();
            many.run(&mut values);
            assert_eq!(values.iter().map(|sum| sum.to_bits()).collect::<Vec<_>>(), expected);
            assert_eq!((many.high, many.low), (single.high, single.low));
        }
    }

    #[test]
    fn a_sum_forgets_without_a_trace() {
        let mut sum = Sum::default();
        for value in [0.1, 1e15, 0.3] {
            sum.add(value);
        }
        sum.add(-1e15);
        assert_eq!(sum.value(), 0.1 + 0.3);
    }
}
