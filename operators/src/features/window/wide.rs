//! Exact sums of products: integers of 256 bits.

use serde::{Deserialize, Serialize};

/// A signed integer of 256 bits in two's complement. Sums of squares of 64-bit numbers leave 128
/// bits; here they stay exact, so what was added can be taken away again without a trace.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wide {
    high: i128,
    low: u128,
}

impl Wide {
    /// `a * b`.
    #[inline]
    pub(in crate::features) fn product(a: i128, b: i128) -> Wide {
        if let Some(product) = a.checked_mul(b) {
            return Wide::from(product);
        }
        let (high, low) = full(a.unsigned_abs(), b.unsigned_abs());
        let size = Wide { high: high as i128, low };
        if (a < 0) == (b < 0) { size } else { size.negated() }
    }

    /// This and `other`.
    #[inline(always)]
    pub(in crate::features) fn plus(self, other: Wide) -> Wide {
        let (low, carry) = self.low.overflowing_add(other.low);
        Wide { high: self.high.wrapping_add(other.high).wrapping_add(carry.into()), low }
    }

    /// This without `other`.
    #[inline(always)]
    pub(in crate::features) fn minus(self, other: Wide) -> Wide {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Wide { high: self.high.wrapping_sub(other.high).wrapping_sub(borrow.into()), low }
    }

    /// So many of this; wraps beyond 256 bits, which no window of less than 2^60 records reaches.
    #[inline]
    pub(in crate::features) fn times(self, count: u64) -> Wide {
        let (carry, low) = full(self.low, count.into());
        Wide { high: self.high.wrapping_mul(count.into()).wrapping_add(carry as i128), low }
    }

    /// The nearest double, within a unit in the last place.
    pub(in crate::features) fn to_f64(self) -> f64 {
        if self.high < 0 && self != (Wide { high: i128::MIN, low: 0 }) {
            return -self.negated().to_f64();
        }
        const TWO_128: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;
        self.high as f64 * TWO_128 + self.low as f64
    }

    /// `self / other` as a double; NaN if `other` is 0.
    pub(in crate::features) fn over(self, other: Wide) -> f64 {
        if other == Wide::default() { f64::NAN } else { self.to_f64() / other.to_f64() }
    }

    fn negated(self) -> Wide {
        Wide::default().minus(self)
    }
}

impl From<i128> for Wide {
    #[inline(always)]
    fn from(value: i128) -> Wide {
        Wide { high: value >> 127, low: value as u128 }
    }
}

/// The product of two numbers as its upper and lower half.
fn full(a: u128, b: u128) -> (u128, u128) {
    const MASK: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & MASK, b >> 64, b & MASK);
    let low = a_low * b_low;
    let (middle, wrapped) = (a_high * b_low).overflowing_add(a_low * b_high);
    let (low, carry) = low.overflowing_add(middle << 64);
    let high = a_high * b_high + (middle >> 64) + (u128::from(wrapped) << 64) + u128::from(carry);
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::Wide;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_and_sums_are_those_of_integers(
            a in any::<i64>(), b in any::<i64>(), c in any::<i64>(), n in any::<u32>(),
        ) {
            let (a, b, c) = (i128::from(a), i128::from(b) >> 32, i128::from(c) >> 32);
            let sum = Wide::product(a, b).minus(Wide::product(b, c)).times(n.into());
            prop_assert_eq!(sum, Wide::from((a * b - b * c) * i128::from(n)));
            // (a 2^64)(b 2^64) = a b 2^128
            let wide = Wide::product(a << 63, b << 63);
            prop_assert_eq!(wide.to_f64(), (a * b) as f64 * 2f64.powi(126));
            prop_assert_eq!(wide.plus(Wide::product(a << 63, -b << 63)), Wide::default());
        }
    }
}
