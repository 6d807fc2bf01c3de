//! Exponential smoothing that starts from a plain mean, as TA-Lib does.

use serde::{Deserialize, Serialize};

/// A level that is the mean of the first `period` values and moves a share of the way to each
/// later one.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Smoothed {
    seen: usize,
    /// While `seen < period` the sum so far, then the level.
    level: f64,
}

impl Smoothed {
    /// One step of an exponential moving average: the share is `2 / (period + 1)`.
    #[inline(always)]
    pub(super) fn exponential(&mut self, value: f64, period: usize) -> Option<f64> {
        self.push(value, period, 2.0 / (period as f64 + 1.0))
    }

    /// One step of Wilder's average: the share is `1 / period`.
    #[inline(always)]
    pub(super) fn wilder(&mut self, value: f64, period: usize) -> Option<f64> {
        self.push(value, period, 1.0 / period as f64)
    }

    /// One step with another share.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize, share: f64) -> Option<f64> {
        if self.seen >= period {
            // Only one product and one sum wait for the last level.
            self.level = self.level * (1.0 - share) + value * share;
            return Some(self.level);
        }
        self.level += value;
        self.seen += 1;
        if self.seen == period {
            self.level /= period as f64;
        }
        self.level(period)
    }

    /// One step once there is a level.
    #[inline(always)]
    pub(super) fn follow(&mut self, value: f64, share: f64) -> f64 {
        self.level = self.level * (1.0 - share) + value * share;
        self.level
    }

    /// The level, once there is one.
    #[inline(always)]
    pub(super) fn level(&self, period: usize) -> Option<f64> {
        (self.seen >= period).then_some(self.level)
    }
}

/// [`Smoothed`], four rows a step: the level after all four comes straight from the one before
/// them, so that many rows at once wait for a quarter of the levels.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Grouped {
    /// As of the last row before a group of four.
    before: Smoothed,
    /// What the group's rows so far add to what is left of that level.
    added: f64,
    /// How many they are, 0 to 3.
    taken: usize,
}

impl Grouped {
    /// Whether there is a level, and no group has begun.
    #[inline(always)]
    pub(super) fn is_between(&self, period: usize) -> bool {
        self.before.seen >= period && self.taken == 0
    }

    /// Takes one value; the level, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize, share: f64) -> Option<f64> {
        if self.before.seen < period {
            return self.before.push(value, period, share);
        }
        let more = value * share;
        self.added = if self.taken == 0 { more } else { self.added * (1.0 - share) + more };
        let level = self.before.level * powers(1.0 - share)[self.taken] + self.added;
        self.taken = (self.taken + 1) % 4;
        if self.taken == 0 {
            (self.before.level, self.added) = (level, 0.0);
        }
        Some(level)
    }

    /// Takes four values where [`Self::is_between`]; the level after each.
    #[inline(always)]
    pub(super) fn push_four(&mut self, values: [f64; 4], share: f64) -> [f64; 4] {
        let (before, rest) = (self.before.level, 1.0 - share);
        let [a, b, c, d] = values.map(|value| value * share);
        let b = a * rest + b;
        let c = b * rest + c;
        let d = c * rest + d;
        let [one, two, three, four] = powers(rest);
        self.before.level = before * four + d;
        [before * one + a, before * two + b, before * three + c, self.before.level]
    }
}

/// What is left of a level after one row to four.
#[inline(always)]
fn powers(rest: f64) -> [f64; 4] {
    let two = rest * rest;
    [rest, two, two * rest, two * two]
}

/// One step of exponential averages of one period, each of the one before; all of them, once the
/// last has a level.
#[inline(always)]
pub(super) fn cascade<const N: usize>(
    averages: &mut [Smoothed; N],
    mut value: f64,
    period: usize,
) -> Option<[f64; N]> {
    if averages[N - 1].seen < period {
        let (seeded, levels) = seed(*averages, value, period);
        *averages = seeded;
        return levels;
    }
    // Without a way out of the loop it is unrolled, and everything is in registers.
    let share = 2.0 / (period as f64 + 1.0);
    let mut levels = [0.0; N];
    for (lane, average) in averages.iter_mut().enumerate() {
        average.level = average.level * (1.0 - share) + value * share;
        value = average.level;
        levels[lane] = value;
    }
    Some(levels)
}

/// [`cascade`] while not all have a level. By value, so that no address leaves the loop over rows.
#[cold]
fn seed<const N: usize>(
    mut averages: [Smoothed; N],
    mut value: f64,
    period: usize,
) -> ([Smoothed; N], Option<[f64; N]>) {
    for average in &mut averages {
        match average.exponential(value, period) {
            Some(level) => value = level,
            None => return (averages, None),
        }
    }
    (averages, Some(averages.map(|average| average.level)))
}

/// Wilder's decaying sum: it loses an n-th of itself a row. Starts from the sum of `period - 1`
/// values, so it reaches its full size with the first value that comes after them.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Decaying {
    /// Values taken, counted up to the period.
    taken: usize,
    sum: f64,
}

impl Decaying {
    /// Takes one value; the sum, once there are `period - 1`.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        if self.taken + 1 < period {
            self.taken += 1;
            self.sum += value;
            return (self.taken + 1 == period).then_some(self.sum);
        }
        self.sum = self.sum * (1.0 - 1.0 / period as f64) + value;
        Some(self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::{Grouped, Smoothed};

    #[test]
    fn groups_are_steps_of_one() {
        let (mut groups, mut single) = (Grouped::default(), Smoothed::default());
        for row in 0..100_u32 {
            let value = f64::from(row * row % 17);
            let (found, expected) = (groups.push(value, 7, 0.25), single.push(value, 7, 0.25));
            assert_eq!(found.is_some(), expected.is_some());
            let difference = found.zip(expected).map_or(0.0, |(a, b)| (a - b).abs());
            assert!(difference < 1e-14, "row {row}: {found:?}, {expected:?}");
        }
    }

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
