//! Exact moments of the events in a window.

use super::{Aggregate, Wide};
use serde::{Deserialize, Serialize};

/// Count, sum and sum of squares.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    sum: i128,
    squares: Wide,
}

impl Moments {
    /// The population standard deviation.
    pub(in crate::features) fn deviation(&self) -> f64 {
        let squared = self.squares.times(self.count).minus(Wide::product(self.sum, self.sum));
        squared.to_f64().sqrt() / self.count as f64
    }
}

impl Aggregate for Moments {
    type Value = i64;

    #[inline(always)]
    fn enter(&mut self, _: i64, value: i64) {
        let value = i128::from(value);
        self.count += 1;
        self.sum += value;
        self.squares = self.squares.plus((value * value).into());
    }

    #[inline(always)]
    fn leave(&mut self, _: i64, value: i64) {
        let value = i128::from(value);
        self.count -= 1;
        self.sum -= value;
        self.squares = self.squares.minus((value * value).into());
    }
}

/// Count, sums, squares of the first and products of pairs of numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pairs {
    count: u64,
    sums: (i128, i128),
    squares: Wide,
    products: Wide,
}

impl Pairs {
    /// `count^2` times the covariance.
    fn covariation(&self) -> Wide {
        self.products.times(self.count).minus(Wide::product(self.sums.0, self.sums.1))
    }

    /// The slope of the line of least squares through the second numbers over the first; NaN if
    /// all the first are equal.
    pub(in crate::features) fn slope(&self) -> f64 {
        let variation = self.squares.times(self.count);
        self.covariation().over(variation.minus(Wide::product(self.sums.0, self.sums.0)))
    }

    /// The population covariance.
    pub(in crate::features) fn covariance(&self) -> f64 {
        self.covariation().to_f64() / (self.count as f64 * self.count as f64)
    }
}

impl Aggregate for Pairs {
    type Value = (i64, i64);

    #[inline(always)]
    fn enter(&mut self, _: i64, (x, y): (i64, i64)) {
        let (x, y) = (i128::from(x), i128::from(y));
        self.count += 1;
        self.sums = (self.sums.0 + x, self.sums.1 + y);
        self.squares = self.squares.plus((x * x).into());
        self.products = self.products.plus((x * y).into());
    }

    #[inline(always)]
    fn leave(&mut self, _: i64, (x, y): (i64, i64)) {
        let (x, y) = (i128::from(x), i128::from(y));
        self.count -= 1;
        self.sums = (self.sums.0 - x, self.sums.1 - y);
        self.squares = self.squares.minus((x * x).into());
        self.products = self.products.minus((x * y).into());
    }
}

/// Numbers over their times in nanoseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Trend(Pairs);

impl Trend {
    /// The slope a nanosecond.
    pub(in crate::features) fn slope(&self) -> f64 {
        self.0.slope()
    }
}

impl Aggregate for Trend {
    type Value = i64;

    #[inline(always)]
    fn enter(&mut self, at: i64, value: i64) {
        self.0.enter(at, (at, value));
    }

    #[inline(always)]
    fn leave(&mut self, at: i64, value: i64) {
        self.0.leave(at, (at, value));
    }
}
