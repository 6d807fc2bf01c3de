//! The range of a window for many bars at once: bit for bit as bar by bar.

use super::{Channel, HighLow, Range};

impl Channel {
    /// [`Self::push`] of many bars, with each row and its range given on; how many rows at the
    /// start have none.
    #[inline(always)]
    pub(in crate::indicators) fn run(
        &mut self,
        [highs, lows]: [&[f64]; 2],
        period: usize,
        mut give: impl FnMut(usize, Range),
    ) -> usize {
        let (rows, mut row, mut none) = (highs.len(), 0, 0);
        while row < rows && !self.full {
            match self.push(HighLow { high: highs[row], low: lows[row] }, period) {
                Some(range) => give(row, range),
                None => none += 1,
            }
            row += 1;
        }
        while row < rows {
            let many = (period - self.at).min(rows - row);
            let (highs, lows) = (&highs[row..row + many], &lows[row..row + many]);
            let of = |i: usize| Range { highest: highs[i], lowest: lows[i] };
            let to_end = &self.block[self.at + 1..=self.at + many];
            let mut present = if self.at == 0 { Range::NONE } else { self.present };
            for (i, last) in to_end.iter().enumerate() {
                present = present.with(of(i));
                give(row + i, last.with(present));
            }
            (self.present, row) = (present, row + many);
            let (before, own) = self.block[..self.at + many].split_at_mut(self.at);
            self.at += many;
            if self.at < period {
                (0..many).for_each(|i| own[i] = of(i));
                continue;
            }
            let mut widest = Range::NONE;
            for i in (0..many).rev() {
                widest = of(i).with(widest);
                own[i] = widest;
            }
            for slot in before.iter_mut().rev() {
                widest = slot.with(widest);
                *slot = widest;
            }
            self.at = 0;
        }
        none
    }

    /// The middle of each range, NaN where there is none.
    #[inline(always)]
    pub(in crate::indicators) fn middles(
        &mut self,
        columns: [&[f64]; 2],
        period: usize,
        middles: &mut [f64],
    ) {
        let none = self.run(columns, period, |row, range| middles[row] = range.middle());
        middles[..none].fill(f64::NAN);
    }
}
