//! The last values of a series in order of size.

use serde::{Deserialize, Serialize};

use super::window::Window;

/// The last values, by age and by size. A row costs two binary searches, O(log n), and moves the
/// values between what leaves and what comes in memory.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sorted {
    window: Window,
    /// Ascending.
    values: Vec<f64>,
}

impl Sorted {
    /// Takes one value; whether there are `period` now.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> bool {
        let leaving = self.window.push(value, period);
        replace(&mut self.values, leaving, value);
        self.values.len() == period
    }

    /// How many are below `value`.
    #[inline(always)]
    pub(super) fn below(&self, value: f64) -> usize {
        self.values.partition_point(|other| *other < value)
    }

    /// The values, ascending.
    #[inline(always)]
    pub(super) fn ascending(&self) -> &[f64] {
        &self.values
    }
}

/// Takes one value out and puts another in.
fn replace(values: &mut Vec<f64>, leaving: Option<f64>, value: f64) {
    let to = values.partition_point(|other| *other <= value);
    let Some(leaving) = leaving else { return values.insert(to, value) };
    let from = values.partition_point(|other| *other < leaving);
    if from < to {
        values.copy_within(from + 1..to, from);
        values[to - 1] = value;
    } else {
        values.copy_within(to..from, to + 1);
        values[to] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::Sorted;

    #[test]
    fn stays_in_order() {
        let mut sorted = Sorted::default();
        let windows = [5.0, 1.0, 3.0, 3.0, 9.0, 0.0, 0.0].map(|value| {
            sorted.push(value, 3);
            sorted.ascending().to_vec()
        });
        assert_eq!(windows[2..5], [[1.0, 3.0, 5.0], [1.0, 3.0, 3.0], [3.0, 3.0, 9.0]]);
        assert_eq!(windows[5..], [[0.0, 3.0, 9.0], [0.0, 0.0, 9.0]]);
        assert_eq!((sorted.below(0.0), sorted.below(1.0), sorted.below(99.0)), (0, 2, 3));
    }
}
