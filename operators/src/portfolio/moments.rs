//! Means, variances and slopes of numbers as they come (Welford).

use serde::{Deserialize, Serialize};

/// Of one series.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Moments {
    /// How many.
    pub count: u64,
    mean: f64,
    squares: f64,
    /// Sum of `ln(1 + x)`.
    logs: f64,
    /// Was one of them -1 or below?
    lost_all: bool,
}

impl Moments {
    pub fn add(&mut self, x: f64) {
        self.count += 1;
        let from = x - self.mean;
        self.mean += from / self.count as f64;
        self.squares += from * (x - self.mean);
        match x > -1.0 {
            true => self.logs += (1.0 + x).ln(),
            false => self.lost_all = true,
        }
    }

    /// NaN of nothing.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.mean }
    }

    /// Of a sample (n - 1); NaN of fewer than two.
    pub fn variance(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { self.squares / (self.count - 1) as f64 }
    }

    /// `exp(mean(ln(1 + x))) - 1`; 0 where all was lost once, NaN of nothing.
    pub fn geometric_mean(&self) -> f64 {
        match (self.count, self.lost_all) {
            (0, _) => f64::NAN,
            (_, true) => 0.0,
            (n, false) => (self.logs / n as f64).exp() - 1.0,
        }
    }
}

/// Of two series.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Pair {
    count: u64,
    mean_x: f64,
    mean_y: f64,
    squares_x: f64,
    products: f64,
}

impl Pair {
    pub fn add(&mut self, x: f64, y: f64) {
        self.count += 1;
        let n = self.count as f64;
        let from = x - self.mean_x;
        self.mean_x += from / n;
        self.mean_y += (y - self.mean_y) / n;
        self.squares_x += from * (x - self.mean_x);
        self.products += from * (y - self.mean_y);
    }

    /// Covariance over the variance of x; NaN of fewer than two.
    pub fn slope(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { self.products / self.squares_x }
    }
}
