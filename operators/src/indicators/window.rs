//! The last rows of a series, and sums over them that do not drift.

mod many;

use serde::{Deserialize, Serialize};

pub use super::exact::Sum;

/// Share of a level below which TA-Lib takes a difference for rounding.
pub(super) const NOISE: f64 = 1e-14;

/// Puts a buffer for a window where none is yet. All that the states below hand to a function that
/// is not inlined goes by value, and so does this: a state whose address goes out of the loop over
/// rows cannot stay in registers. What is called once a window is `cold`, so that the other rows
/// need not keep their numbers where a call leaves them alone.
#[inline(always)]
pub(super) fn provide<T: Clone>(place: &mut Vec<T>, rows: usize, value: T) {
    // What was there is empty, so there is nothing to free; to drop it would take its address.
    std::mem::forget(std::mem::replace(place, buffer(rows, value)));
}

/// A buffer for a window.
#[cold]
pub(super) fn buffer<T: Clone>(rows: usize, value: T) -> Vec<T> {
    vec![value; rows]
}

/// The last values of a series.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Window {
    /// A ring.
    values: Vec<f64>,
    /// Where the oldest value stands, and the next one goes.
    oldest: usize,
    full: bool,
}

impl Window {
    /// Takes one value; gives the one that leaves, which came `period` rows before.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        if self.oldest >= self.values.len() {
            if self.values.is_empty() {
                provide(&mut self.values, period, 0.0);
            } else {
                self.full = true;
            }
            self.oldest = 0;
        }
        let leaving = std::mem::replace(&mut self.values[self.oldest], value);
        self.oldest += 1;
        self.full.then_some(leaving)
    }

    /// Whether there are as many values as it holds.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.full || self.oldest == self.values.len()
    }

    /// The values of a full window, in no order.
    #[inline(always)]
    pub(super) fn all(&self) -> &[f64] {
        &self.values
    }

    /// The last `rows` values of a window that has as many, in two slices.
    #[inline(always)]
    pub(super) fn last(&self, rows: usize) -> (&[f64], &[f64]) {
        let (newer, older) = self.values.split_at(self.oldest);
        match newer.len().checked_sub(rows) {
            Some(from) => (&[], &newer[from..]),
            None => (&older[older.len() + newer.len() - rows..], newer),
        }
    }

    /// The values of a full window in two slices.
    #[inline(always)]
    pub(super) fn halves(&self) -> (&[f64], &[f64]) {
        self.values.split_at(self.oldest)
    }
}

/// How many of the newest values are equal. A mean of equal values is the value itself and their
/// deviation exactly 0, which sums and divisions would only nearly give.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Run {
    last: f64,
    equal: usize,
}

impl Run {
    #[inline(always)]
    fn push(&mut self, value: f64) {
        self.equal = if value == self.last { self.equal.saturating_add(1) } else { 1 };
        self.last = value;
    }

    #[inline(always)]
    fn covers(&self, rows: usize) -> bool {
        self.equal >= rows
    }
}

/// What a [`Total`] adds up: a number, or several that come together.
pub trait Lanes: Copy {
    /// Nothing.
    const ZERO: Self;

    /// The sum, number by number.
    fn plus(self, other: Self) -> Self;
}

impl Lanes for f64 {
    const ZERO: Self = 0.0;

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
}

impl<const N: usize> Lanes for [f64; N] {
    const ZERO: Self = [0.0; N];

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        for (lane, sum) in self.iter_mut().enumerate() {
            *sum += other[lane];
        }
        self
    }
}

/// Sum of the last values.
///
/// Rows come in blocks of one window. Of the last block it keeps the sums from each row to the
/// block's end, of the present one the sum so far: a window is one of each. So nothing is ever
/// taken away, nothing drifts, and a row costs two additions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Total<T = f64> {
    /// Values of the present block, then sums to the end of the last one, then 0.
    block: Vec<T>,
    /// Rows in the present block.
    at: usize,
    /// Their sum.
    present: T,
    full: bool,
}

impl<T: Lanes> Total<T> {
    /// Takes one value; the sum of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: T, period: usize) -> Option<T> {
        if self.block.is_empty() {
            provide(&mut self.block, period + 1, T::ZERO);
        }
        self.present = self.present.plus(value);
        let sum = self.block[self.at + 1].plus(self.present);
        self.block[self.at] = value;
        self.at += 1;
        if self.at == period {
            sum_to_end(&mut self.block[..period]);
            (self.at, self.present, self.full) = (0, T::ZERO, true);
        }
        self.full.then_some(sum)
    }
}

/// Turns values into their sums to the end.
#[cold]
fn sum_to_end<T: Lanes>(block: &mut [T]) {
    let mut end = T::ZERO;
    for slot in block.iter_mut().rev() {
        end = end.plus(*slot);
        *slot = end;
    }
}

/// Sum of a slice, in four parts side by side.
#[inline(always)]
pub(super) fn sum_of(values: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += four[lane];
        }
    }
    let mut last = 0.0;
    for value in rest {
        last += value;
    }
    sums[0] + sums[1] + sums[2] + sums[3] + last
}

/// Mean of the last values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Mean {
    total: Total,
    run: Run,
}

impl Mean {
    /// Takes one value; the mean of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        self.run.push(value);
        let sum = self.total.push(value, period)?;
        Some(if self.run.covers(period) { value } else { sum / period as f64 })
    }
}

/// Mean of the last values with weights that fall in a straight line from the newest to the
/// oldest: [`Total`] with a second sum in each place.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WeightedMean {
    /// Of the last block: the sum from here to its end, and the same weighted 1 for this row, 2 for
    /// the next, ...
    block: Vec<(f64, f64)>,
    at: usize,
    /// Sum of the present block, and the same weighted by what the rows weigh now.
    present: (f64, f64),
    full: bool,
    run: Run,
}

impl WeightedMean {
    /// Takes one value; the weighted mean of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        self.push_with_mean(value, period).map(|(weighted, _)| weighted)
    }

    /// The same with the plain mean.
    #[inline(always)]
    pub(super) fn push_with_mean(&mut self, value: f64, period: usize) -> Option<(f64, f64)> {
        self.run.push(value);
        if self.block.is_empty() {
            provide(&mut self.block, period + 1, (0.0, 0.0));
        }
        let rows = period as f64;
        let (sum, weighted) = self.present;
        self.present = (sum + value, (weighted - sum) + rows * value);
        let last = self.block[self.at + 1];
        let (sum, weighted) = (self.present.0 + last.0, self.present.1 + last.1);
        self.block[self.at].0 = value;
        self.at += 1;
        if self.at == period {
            weigh_to_end(&mut self.block[..period]);
            (self.at, self.present, self.full) = (0, (0.0, 0.0), true);
        }
        if !self.full {
            return None;
        }
        // Divisions of many rows would take as long as all the rest.
        let (of_weighted, share) = (2.0 / (rows * (rows + 1.0)), 1.0 / rows);
        let flat = self.run.covers(period);
        Some(if flat { (value, value) } else { (weighted * of_weighted, sum * share) })
    }
}

/// Turns values into their sums to the end, plain and weighted.
#[cold]
fn weigh_to_end(block: &mut [(f64, f64)]) {
    let (mut sum, mut weighted) = (0.0, 0.0);
    for slot in block.iter_mut().rev() {
        sum += slot.0;
        weighted += sum;
        *slot = (sum, weighted);
    }
}

/// Mean and standard deviation of the last values: [`Total`] of distances and of their squares.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Moments {
    /// Value, then of the last block the sum from here to its end of distances, of their squares.
    block: Vec<(f64, f64, f64)>,
    at: usize,
    present: (f64, f64),
    full: bool,
    /// What distances are taken from: the last value of the last block. It is in the window for as
    /// long as it is used, so squares are not much larger than the variance, and little is lost
    /// when the square of the mean is taken off.
    origin: f64,
    run: Run,
}

impl Moments {
    /// Takes one value; mean and population standard deviation of the last `period`, once there
    /// are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<(f64, f64)> {
        let (mean, variance) = self.push_variance(value, period)?;
        Some((mean, variance.sqrt()))
    }

    /// The same with the variance.
    #[inline(always)]
    pub(super) fn push_variance(&mut self, value: f64, period: usize) -> Option<(f64, f64)> {
        self.run.push(value);
        if self.block.is_empty() {
            provide(&mut self.block, period + 1, (0.0, 0.0, 0.0));
            self.origin = value;
        }
        self.block[self.at].0 = value;
        let distance = value - self.origin;
        self.present.0 += distance;
        self.present.1 += distance * distance;
        let (_, sum, squares) = self.block[self.at + 1];
        let (mut sum, mut squares) = (sum + self.present.0, squares + self.present.1);
        self.at += 1;
        if self.at == period {
            square_to_end(&mut self.block[..period], value);
            (self.at, self.present, self.origin, self.full) = (0, (0.0, 0.0), value, true);
            (_, sum, squares) = self.block[0];
        }
        if !self.full {
            return None;
        }
        if self.run.covers(period) {
            return Some((value, 0.0));
        }
        let share = 1.0 / period as f64;
        let mean = sum * share;
        Some((self.origin + mean, (squares * share - mean * mean).max(0.0)))
    }
}

/// Sets the sums of distances from `origin`, and of their squares, to the end.
#[cold]
fn square_to_end(block: &mut [(f64, f64, f64)], origin: f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for slot in block.iter_mut().rev() {
        let distance = slot.0 - origin;
        sum += distance;
        squares += distance * distance;
        (slot.1, slot.2) = (sum, squares);
    }
}

/// Sum of distances from a mean.
#[inline(always)]
pub(super) fn distances(values: &[f64], mean: f64) -> f64 {
    sum_by(values, |value| (value - mean).abs())
}

/// Sum of a function of values, in four parts side by side.
#[inline(always)]
pub(super) fn sum_by(values: &[f64], part: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += part(four[lane]);
        }
    }
    let mut last = 0.0;
    for value in rest {
        last += part(*value);
    }
    sums[0] + sums[1] + sums[2] + sums[3] + last
}

#[cfg(test)]
mod tests {
    use super::{Mean, Moments};

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
