//! The highest and lowest of the last rows.

mod many;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    HighLow, HighLowClose, MAGNITUDE_MAX,
    window::{NOISE, provide},
};

/// The maximum of a window, and when it was.
///
/// Rows come in blocks of one window. Of the last block it keeps the maximum from each row to the
/// block's end, of the present one the maximum so far: a window is one of each (van Herk, Gil and
/// Werman). So a row costs two comparisons, whatever the values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Highest {
    /// Values of the present block, then maxima to the end of the last one, then one that is below
    /// all.
    block: Vec<f64>,
    /// Rows in the present block.
    at: usize,
    /// Their maximum.
    present: f64,
    full: bool,
}

impl Highest {
    /// Takes one value; the maximum of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        if self.at + 1 >= self.block.len() {
            if self.block.is_empty() {
                provide(&mut self.block, period + 1, f64::NEG_INFINITY);
            }
            largest_to_end(&mut self.block[..self.at]);
            (self.at, self.present) = (0, f64::NEG_INFINITY);
        }
        self.present = larger(value, self.present);
        let highest = larger(self.block[self.at + 1], self.present);
        self.block[self.at] = value;
        self.at += 1;
        if self.at == period {
            self.full = true;
        }
        self.full.then_some(highest)
    }
}

/// Turns values into the largest to the end.
#[cold]
fn largest_to_end(block: &mut [f64]) {
    let mut largest = f64::NEG_INFINITY;
    for slot in block.iter_mut().rev() {
        largest = larger(*slot, largest);
        *slot = largest;
    }
}

/// `f64::max` of numbers that are not NaN: one instruction.
#[inline(always)]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// `f64::min` of numbers that are not NaN: one instruction.
#[inline(always)]
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The minimum of a window: the maximum of the negated values, which is exact.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lowest(Highest);

impl Lowest {
    /// Takes one value; the minimum of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        self.0.push(-value, period).map(|highest| -highest)
    }
}

/// How long ago the maximum of a window was: [`Highest`] with places.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SinceHighest {
    block: Vec<(f64, usize)>,
    at: usize,
    present: (f64, usize),
    full: bool,
}

impl SinceHighest {
    /// Takes one value; rows since the maximum of the last `period`, the last of equal ones, once
    /// there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<usize> {
        if self.at + 1 >= self.block.len() {
            if self.block.is_empty() {
                provide(&mut self.block, period + 1, NOWHERE);
            }
            largest_place_to_end(&mut self.block[..self.at]);
            (self.at, self.present) = (0, NOWHERE);
        }
        // Choices of numbers, here and below: which of two is larger is not to be foreseen.
        let place = if value >= self.present.0 { self.at } else { self.present.1 };
        self.present = (larger(value, self.present.0), place);
        let last = self.block[self.at + 1];
        let since = if last.0 > self.present.0 {
            self.at + period - last.1
        } else {
            self.at - self.present.1
        };
        self.block[self.at].0 = value;
        self.at += 1;
        if self.at == period {
            self.full = true;
        }
        self.full.then_some(since)
    }
}

/// Below all values.
const NOWHERE: (f64, usize) = (f64::NEG_INFINITY, 0);

/// Turns values into the largest to the end with its place, the last of equal ones.
#[cold]
fn largest_place_to_end(block: &mut [(f64, usize)]) {
    let mut largest = NOWHERE;
    for (place, slot) in block.iter_mut().enumerate().rev() {
        let place = if slot.0 > largest.0 { place } else { largest.1 };
        largest = (larger(slot.0, largest.0), place);
        *slot = largest;
    }
}

/// The row of the maximum of a window, counted from the first of all.
///
/// Of equal ones it is the last that came; in the first window, and where the maximum has left, the
/// first in the window. So it depends on what the maximum was before, and is held beside those that
/// may follow it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PlaceOfHighest {
    /// Rows so far.
    rows: u64,
    highest: (f64, u64),
    /// The maxima from each of their rows on, the oldest first: they do not rise.
    next: VecDeque<(f64, u64)>,
}

impl PlaceOfHighest {
    /// Takes one value; the row of the maximum of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        let row = self.rows;
        self.rows += 1;
        let first = self.rows.saturating_sub(period as u64);
        let highest = follow(&mut self.next, (value, row), first);
        if self.rows <= period as u64 || self.highest.1 < first {
            self.highest = highest;
        } else if value >= self.highest.0 {
            self.highest = (value, row);
        }
        (self.rows >= period as u64).then_some(self.highest.1 as f64)
    }
}

/// Takes a value into the maxima to come, and gives the one of the rows from `first` on.
fn follow(next: &mut VecDeque<(f64, u64)>, new: (f64, u64), first: u64) -> (f64, u64) {
    while next.front().is_some_and(|front| front.1 < first) {
        next.pop_front();
    }
    while next.back().is_some_and(|back| back.0 < new.0) {
        next.pop_back();
    }
    next.push_back(new);
    next.front().copied().unwrap_or(new)
}

/// Highest high and lowest low of the last bars: [`Highest`] for both at once.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Channel {
    block: Vec<Range>,
    at: usize,
    present: Range,
    full: bool,
}

impl Channel {
    /// Takes one bar; the range of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: HighLow, period: usize) -> Option<Range> {
        if self.block.is_empty() {
            provide(&mut self.block, period + 1, Range::NONE);
        }
        let range = Range { highest: bar.high, lowest: bar.low };
        self.present = if self.at == 0 { range } else { self.present.with(range) };
        let widest = self.block[self.at + 1].with(self.present);
        self.block[self.at] = range;
        self.at += 1;
        if self.at == period {
            widest_to_end(&mut self.block[..period]);
            (self.at, self.full) = (0, true);
        }
        self.full.then_some(widest)
    }

    /// Takes one bar; where its close stands in the range, 0 the lowest and 100 the highest; 0 in
    /// a range without extent. `None` also where a close far outside a range of almost nothing
    /// would give a number that a later mean cannot hold.
    #[inline(always)]
    pub(super) fn percent(&mut self, bar: &HighLowClose, period: usize) -> Option<f64> {
        let range = self.push(bar.range(), period)?;
        let percent = range.unit().map_or(0.0, |unit| (bar.close - range.lowest) / unit);
        (percent.abs() <= MAGNITUDE_MAX).then_some(percent)
    }
}

/// Turns ranges into those of all to the end.
#[cold]
fn widest_to_end(block: &mut [Range]) {
    let mut widest = Range::NONE;
    for slot in block.iter_mut().rev() {
        widest = slot.with(widest);
        *slot = widest;
    }
}

/// Highest high and lowest low.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Range {
    pub(super) highest: f64,
    pub(super) lowest: f64,
}

impl Range {
    /// Of no bar.
    const NONE: Range = Range { highest: f64::NEG_INFINITY, lowest: f64::INFINITY };

    /// Of the bars of both.
    #[inline(always)]
    fn with(self, other: Range) -> Range {
        let highest = larger(self.highest, other.highest);
        Range { highest, lowest: smaller(self.lowest, other.lowest) }
    }

    /// One per cent of the extent; `None` if there is none but for rounding.
    #[inline(always)]
    pub(super) fn unit(&self) -> Option<f64> {
        let extent = self.highest - self.lowest;
        let noise = NOISE * (self.highest.abs() + self.lowest.abs());
        (extent.abs() > noise).then_some(extent / 100.0)
    }

    /// Half way between.
    #[inline(always)]
    pub(super) fn middle(&self) -> f64 {
        (self.highest + self.lowest) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Highest, Lowest, SinceHighest};

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

    #[test]
    fn the_last_of_equal_ones_counts() {
        let mut since = SinceHighest::default();
        let values = [5.0, 1.0, 2.0, 2.0, 0.0, -1.0, -1.0];
        assert_eq!(
            values.map(|value| since.push(value, 3)),
            [None, None, Some(2), Some(0), Some(1), Some(2), Some(2)]
        );
    }
}
