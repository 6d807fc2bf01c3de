//! Exponential smoothing that starts from a plain mean, as TA-Lib does.

use serde::{Deserialize, Serialize};

/// A level that is the mean of the first `period` values and moves a share of the way to each
/// later one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Smoothed {
    seen: usize,
    /// While `seen < period` the sum so far, then the level.
    level: f64,
}

impl Smoothed {
    /// One step of an exponential moving average: the share is `2 / (period + 1)`.
    pub(super) fn exponential(&mut self, value: f64, period: usize) -> Option<f64> {
        let share = 2.0 / (period as f64 + 1.0);
        self.push(value, period, |level| (value - level) * share + level)
    }

    /// One step of Wilder's average: the share is `1 / period`.
    pub(super) fn wilder(&mut self, value: f64, period: usize) -> Option<f64> {
        let rows = period as f64;
        self.push(value, period, |level| (level * (rows - 1.0) + value) / rows)
    }

    /// The level, once there is one.
    pub(super) fn level(&self, period: usize) -> Option<f64> {
        (self.seen >= period).then_some(self.level)
    }

    fn push(&mut self, value: f64, period: usize, next: impl Fn(f64) -> f64) -> Option<f64> {
        if self.seen >= period {
            self.level = next(self.level);
        } else {
            self.level += value;
            self.seen += 1;
            if self.seen == period {
                self.level /= period as f64;
            }
        }
        self.level(period)
    }
}

#[cfg(test)]
mod tests {
    use super::Smoothed;

    #[test]
    fn starts_from_the_mean() {
        let mut smoothed = Smoothed::default();
        let levels = [3.0, 5.0, 10.0].map(|value| smoothed.exponential(value, 2));
        assert_eq!(levels, [None, Some(4.0), Some(8.0)]);
        let mut smoothed = Smoothed::default();
        let levels = [3.0, 5.0, 10.0].map(|value| smoothed.wilder(value, 2));
        assert_eq!(levels, [None, Some(4.0), Some(7.0)]);
    }
}
