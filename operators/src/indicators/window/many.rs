//! What windows give for many rows at once: bit for bit as row by row, without what each row asks
//! again. Sums to the end of a block are added up from the values where they stand, because what
//! was only just stored is slow to load; and last divisions are those of many rows side by side.

use std::mem::{self, ManuallyDrop};

use super::{Lanes, Mean, Moments, Run, Total, WeightedMean, Window};

/// Windows of fewer rows are taken row by row: their blocks end too often.
const SHORT: usize = 8;

/// A state where nothing else can point to it, not even what would drop it where a row panics: a
/// loop over rows keeps it in registers.
#[inline(always)]
fn taken<S: Default>(state: &mut S) -> ManuallyDrop<S> {
    ManuallyDrop::new(mem::take(state))
}

impl Window {
    /// [`Self::push`] of many values; NaN where none leaves. Once the window is full of them, they
    /// are read where they stand.
    pub(in crate::indicators) fn run(&mut self, values: &[f64], period: usize, left: &mut [f64]) {
        let rows = values.len();
        for (value, left) in values.iter().zip(&mut *left).take(period) {
            *left = self.push(*value, period).unwrap_or(f64::NAN);
        }
        if rows <= period {
            return;
        }
        left[period..].copy_from_slice(&values[..rows - period]);
        // The place of the next value, which is at the end rather than at the beginning.
        self.oldest = (self.oldest - 1 + rows - period) % period + 1;
        self.full = true;
        let (newer, older) = self.values.split_at_mut(self.oldest);
        newer.copy_from_slice(&values[rows - newer.len()..]);
        older.copy_from_slice(&values[rows - period..rows - newer.len()]);
    }
}

impl Run {
    /// Takes many values if no window of them, up to any row, is flat; else none.
    fn take_uneven(&mut self, values: &[f64], period: usize) -> bool {
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return true };
        let equal = |values: &mut dyn Iterator<Item = &f64>, to: &f64| {
            values.take_while(|value| *value == to).count()
        };
        let before = if *first == self.last { self.equal } else { 0 };
        let leading = before + equal(&mut values.iter(), first);
        // Of as many equal ones as a window has, two neighbours stand at each multiple of this.
        let stride = period - 1;
        if stride == 0 || leading >= period {
            return false;
        }
        for row in (0..values.len() - 1).step_by(stride) {
            let (past, next) = values.split_at(row + 1);
            let value = &past[row];
            if next[0] == *value
                && equal(&mut past.iter().rev(), value) + equal(&mut next.iter(), value) >= period
            {
                return false;
            }
        }
        let trailing = equal(&mut values.iter().rev(), last);
        self.equal = if trailing == values.len() { leading } else { trailing };
        self.last = *last;
        true
    }
}

impl<T: Lanes> Total<T> {
    /// [`Self::push`] of many values; how many rows at the start have no sum.
    pub(in crate::indicators) fn run(
        &mut self,
        values: &[T],
        period: usize,
        sums: &mut [T],
    ) -> usize {
        let (mut row, mut none) = (0, 0);
        while row < values.len() && !self.full {
            match self.push(values[row], period) {
                Some(sum) => sums[row] = sum,
                None => none += 1,
            }
            row += 1;
        }
        while row < values.len() {
            let many = (period - self.at).min(values.len() - row);
            let (values, sums) = (&values[row..row + many], &mut sums[row..row + many]);
            let to_end = &self.block[self.at + 1..=self.at + many];
            let mut present = self.present;
            for i in 0..many {
                present = present.plus(values[i]);
                sums[i] = to_end[i].plus(present);
            }
            (self.present, row) = (present, row + many);
            let (before, own) = self.block[..self.at + many].split_at_mut(self.at);
            self.at += many;
            if self.at < period {
                own.copy_from_slice(values);
                continue;
            }
            let mut end = T::ZERO;
            for i in (0..many).rev() {
                end = end.plus(values[i]);
                own[i] = end;
            }
            for slot in before.iter_mut().rev() {
                end = end.plus(*slot);
                *slot = end;
            }
            (self.at, self.present) = (0, T::ZERO);
        }
        none
    }
}

impl Mean {
    /// [`Self::push`] of many values, NaN where there is no mean; how many rows at the start have
    /// none.
    pub(in crate::indicators) fn run(
        &mut self,
        values: &[f64],
        period: usize,
        means: &mut [f64],
    ) -> usize {
        if period < SHORT || !self.run.take_uneven(values, period) {
            let (mut none, mut own) = (0, taken(self));
            for (value, mean) in values.iter().zip(means) {
                let found = own.push(*value, period);
                none += usize::from(found.is_none());
                *mean = found.unwrap_or(f64::NAN);
            }
            *self = ManuallyDrop::into_inner(own);
            return none;
        }
        let none = self.total.run(values, period, means);
        means[..none].fill(f64::NAN);
        for mean in &mut means[none..] {
            *mean /= period as f64;
        }
        none
    }
}

impl WeightedMean {
    /// [`Self::push_with_mean`] of many values: weighted means, and plain ones if they are wanted,
    /// NaN where there are none; how many rows at the start have none.
    pub(in crate::indicators) fn run<const PLAIN: bool>(
        &mut self,
        values: &[f64],
        period: usize,
        weighted: &mut [f64],
        plain: &mut [f64],
    ) -> usize {
        let (mut row, mut none) = (0, 0);
        let by_row = period < SHORT || !self.full || !self.run.take_uneven(values, period);
        if by_row {
            let mut own = taken(self);
            while row < values.len() {
                let found = own.push_with_mean(values[row], period);
                none += usize::from(found.is_none());
                let (of_weighted, mean) = found.unwrap_or((f64::NAN, f64::NAN));
                weighted[row] = of_weighted;
                if PLAIN {
                    plain[row] = mean;
                }
                row += 1;
            }
            *self = ManuallyDrop::into_inner(own);
        }
        let rows = period as f64;
        while row < values.len() {
            let many = (period - self.at).min(values.len() - row);
            let values = &values[row..row + many];
            let weighted = &mut weighted[row..row + many];
            let plain = if PLAIN { &mut plain[row..row + many] } else { &mut [] };
            let to_end = &self.block[self.at + 1..=self.at + many];
            let mut present = self.present;
            for i in 0..many {
                let (sum, value) = (present.0, values[i]);
                present = (sum + value, (present.1 - sum) + rows * value);
                if PLAIN {
                    plain[i] = present.0 + to_end[i].0;
                }
                weighted[i] = present.1 + to_end[i].1;
            }
            (self.present, row) = (present, row + many);
            let (before, own) = self.block[..self.at + many].split_at_mut(self.at);
            self.at += many;
            if self.at < period {
                own.iter_mut().zip(values).for_each(|(slot, value)| slot.0 = *value);
                continue;
            }
            let mut end = (0.0, 0.0);
            for i in (0..many).rev() {
                end.0 += values[i];
                end.1 += end.0;
                own[i] = end;
            }
            for slot in before.iter_mut().rev() {
                end.0 += slot.0;
                end.1 += end.0;
                *slot = end;
            }
            (self.at, self.present) = (0, (0.0, 0.0));
        }
        if !by_row {
            let (of_weighted, share) = (2.0 / (rows * (rows + 1.0)), 1.0 / rows);
            weighted.iter_mut().for_each(|value| *value *= of_weighted);
            if PLAIN {
                plain.iter_mut().for_each(|value| *value *= share);
            }
        }
        none
    }
}

impl Moments {
    /// [`Self::push_variance`] of many values: means and variances, NaN where there are none.
    pub(in crate::indicators) fn run(
        &mut self,
        values: &[f64],
        period: usize,
        means: &mut [f64],
        variances: &mut [f64],
    ) {
        let mut row = 0;
        let by_row = period < SHORT || !self.full || !self.run.take_uneven(values, period);
        if by_row {
            let mut own = taken(self);
            while row < values.len() {
                let found = own.push_variance(values[row], period);
                (means[row], variances[row]) = found.unwrap_or((f64::NAN, f64::NAN));
                row += 1;
            }
            *self = ManuallyDrop::into_inner(own);
        }
        let share = 1.0 / period as f64;
        while row < values.len() {
            let many = (period - self.at).min(values.len() - row);
            let values = &values[row..row + many];
            let means = &mut means[row..row + many];
            let variances = &mut variances[row..row + many];
            let mut put = |i: usize, origin: f64, sum: f64, squares: f64| {
                let mean = sum * share;
                means[i] = origin + mean;
                variances[i] = (squares * share - mean * mean).max(0.0);
            };
            let to_end = &self.block[self.at + 1..=self.at + many];
            let (mut present, origin) = (self.present, self.origin);
            for i in 0..many {
                let distance = values[i] - origin;
                present = (present.0 + distance, present.1 + distance * distance);
                put(i, origin, to_end[i].1 + present.0, to_end[i].2 + present.1);
            }
            (self.present, row) = (present, row + many);
            let (before, own) = self.block[..self.at + many].split_at_mut(self.at);
            own.iter_mut().zip(values).for_each(|(slot, value)| slot.0 = *value);
            self.at += many;
            if self.at < period {
                continue;
            }
            let (origin, mut end) = (values[many - 1], (0.0, 0.0));
            for i in (0..many).rev() {
                let distance = values[i] - origin;
                end = (end.0 + distance, end.1 + distance * distance);
                (own[i].1, own[i].2) = end;
            }
            for slot in before.iter_mut().rev() {
                let distance = slot.0 - origin;
                end = (end.0 + distance, end.1 + distance * distance);
                (slot.1, slot.2) = end;
            }
            put(many - 1, origin, end.0, end.1);
            (self.at, self.present, self.origin) = (0, (0.0, 0.0), origin);
        }
    }
}
