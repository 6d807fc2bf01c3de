//! The highest and lowest of the last rows.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{HighLowClose, MAGNITUDE_MAX, window::NOISE};

/// The maximum of a window in O(1) amortised: holds only rows that can still become the maximum,
/// oldest and highest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Highest {
    seen: u64,
    candidates: VecDeque<(u64, f64)>,
}

impl Highest {
    /// Takes one value; the maximum of the last `period`, once there are as many.
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        while self.candidates.back().is_some_and(|&(_, last)| last <= value) {
            self.candidates.pop_back();
        }
        self.candidates.push_back((self.seen, value));
        self.seen += 1;
        let from = self.seen.checked_sub(period as u64)?;
        while self.candidates.front().is_some_and(|&(row, _)| row < from) {
            self.candidates.pop_front();
        }
        self.candidates.front().map(|&(_, highest)| highest)
    }
}

/// The minimum of a window: the maximum of the negated values, which is exact.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lowest(Highest);

impl Lowest {
    /// Takes one value; the minimum of the last `period`, once there are as many.
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        self.0.push(-value, period).map(|highest| -highest)
    }
}

/// Highest high and lowest low of the last bars.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Channel {
    highest: Highest,
    lowest: Lowest,
}

impl Channel {
    /// Takes one bar; the range of the last `period`, once there are as many.
    pub(super) fn push(&mut self, bar: &HighLowClose, period: usize) -> Option<Range> {
        let highest = self.highest.push(bar.high, period);
        let lowest = self.lowest.push(bar.low, period);
        highest.zip(lowest).map(|(highest, lowest)| Range { highest, lowest })
    }

    /// Takes one bar; where its close stands in the range, 0 the lowest and 100 the highest; 0 in
    /// a range without extent. `None` also where a close far outside a range of almost nothing
    /// would give a number that a later mean cannot hold.
    pub(super) fn percent(&mut self, bar: &HighLowClose, period: usize) -> Option<f64> {
        let range = self.push(bar, period)?;
        let percent = range.unit().map_or(0.0, |unit| (bar.close - range.lowest) / unit);
        (percent.abs() <= MAGNITUDE_MAX).then_some(percent)
    }
}

/// Highest high and lowest low.
pub(super) struct Range {
    pub(super) highest: f64,
    pub(super) lowest: f64,
}

impl Range {
    /// One per cent of the extent; `None` if there is none but for rounding.
    pub(super) fn unit(&self) -> Option<f64> {
        let extent = self.highest - self.lowest;
        let noise = NOISE * (self.highest.abs() + self.lowest.abs());
        (extent.abs() > noise).then_some(extent / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Highest, Lowest};

    #[test]
    fn leaves_with_its_row() {
        let (mut highest, mut lowest) = (Highest::default(), Lowest::default());
        let values = [5.0, 1.0, 2.0, 2.0, 0.0];
        assert_eq!(
            values.map(|value| highest.push(value, 2)),
            [None, Some(5.0), Some(2.0), Some(2.0), Some(2.0)]
        );
        assert_eq!(
            values.map(|value| lowest.push(value, 2)),
            [None, Some(1.0), Some(1.0), Some(2.0), Some(0.0)]
        );
    }
}
