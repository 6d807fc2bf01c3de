//! How two series spread over the last rows, and together.

use serde::{Deserialize, Serialize};

use super::{
    Pair,
    window::{NOISE, provide},
};

/// Sums of distances, of their squares and of their products.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Sums {
    first: f64,
    second: f64,
    first_squares: f64,
    second_squares: f64,
    products: f64,
}

impl Sums {
    #[inline(always)]
    fn add(self, first: f64, second: f64) -> Self {
        Self {
            first: self.first + first,
            second: self.second + second,
            first_squares: self.first_squares + first * first,
            second_squares: self.second_squares + second * second,
            products: self.products + first * second,
        }
    }

    #[inline(always)]
    fn join(self, other: Self) -> Self {
        Self {
            first: self.first + other.first,
            second: self.second + other.second,
            first_squares: self.first_squares + other.first_squares,
            second_squares: self.second_squares + other.second_squares,
            products: self.products + other.products,
        }
    }
}

/// Variances and covariance of the last rows of two series, in blocks and with an origin in the
/// window, as [`super::window::Moments`] has them for one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PairMoments {
    /// The values of the present block, then of the last block the sums from here to its end.
    block: Vec<(f64, f64, Sums)>,
    at: usize,
    present: Sums,
    full: bool,
    origin: (f64, f64),
}

/// What two series do over a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    /// Times the rows, like the others; `None` if the first does not move but for rounding.
    first: Option<f64>,
    second: Option<f64>,
    both: f64,
}

impl PairMoments {
    /// Takes one row; the spread of the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, row: Pair, period: usize) -> Option<Spread> {
        if self.block.is_empty() {
            provide(&mut self.block, period + 1, (0.0, 0.0, Sums::default()));
            self.origin = (row.first, row.second);
        }
        let slot = &mut self.block[self.at];
        (slot.0, slot.1) = (row.first, row.second);
        self.present = self.present.add(row.first - self.origin.0, row.second - self.origin.1);
        let mut sums = self.block[self.at + 1].2.join(self.present);
        self.at += 1;
        if self.at == period {
            self.origin = (row.first, row.second);
            sum_to_end(&mut self.block[..period], self.origin);
            (self.at, self.present, self.full) = (0, Sums::default(), true);
            sums = self.block[0].2;
        }
        self.full.then(|| Spread::of(&sums, period))
    }
}

/// Sets the sums of distances from `origin` to the end.
#[cold]
fn sum_to_end(block: &mut [(f64, f64, Sums)], origin: (f64, f64)) {
    let mut sums = Sums::default();
    for (first, second, slot) in block.iter_mut().rev() {
        sums = sums.add(*first - origin.0, *second - origin.1);
        *slot = sums;
    }
}

impl Spread {
    /// The population deviation of what the line of the second on the first leaves over a window
    /// of `rows`; nothing if that is rounding only.
    pub(super) fn residual_deviation(&self, rows: usize) -> Option<f64> {
        let all = self.second?;
        let explained = self.first.map_or(0.0, |first| self.both * (self.both / first));
        let rest = all - explained;
        (rest > NOISE * all).then(|| (rest / rows as f64).sqrt())
    }

    #[inline(always)]
    fn of(sums: &Sums, period: usize) -> Self {
        let share = 1.0 / period as f64;
        let moves = |squares: f64, sum: f64| {
            let spread = squares - sum * sum * share;
            (spread > NOISE * squares).then_some(spread)
        };
        Self {
            first: moves(sums.first_squares, sums.first),
            second: moves(sums.second_squares, sums.second),
            both: sums.products - sums.first * sums.second * share,
        }
    }

    /// From -1 to 1; 0 where one of the two does not move.
    #[inline(always)]
    pub(super) fn correlation(self) -> f64 {
        let (Some(first), Some(second)) = (self.first, self.second) else { return 0.0 };
        let product = first * second;
        // The product of very large or very small spreads is no number that has a root.
        let root = if product.is_normal() { product.sqrt() } else { first.sqrt() * second.sqrt() };
        (self.both / root).clamp(-1.0, 1.0)
    }

    /// Of the line of the second on the first; 0 where the first does not move.
    #[inline(always)]
    pub(super) fn slope(self) -> f64 {
        self.first.map_or(0.0, |first| self.both / first)
    }
}

#[cfg(test)]
mod tests {
    use super::PairMoments;
    use crate::indicators::Pair;

    #[test]
    fn large_level_small_moves() {
        let mut moments = PairMoments::default();
        let mut last = None;
        for row in 0..100_000_u32 {
            let level = if row < 50_000 { 1e9 } else { 1e6 };
            let step = f64::from(row % 2) / 1024.0;
            last = moments.push(Pair { first: level + step, second: level - 3.0 * step }, 6);
            assert!(last.is_some() == (row >= 5), "row {row}");
        }
        let spread = last.expect("warm");
        assert_eq!((spread.correlation(), spread.slope()), (-1.0, -3.0));
    }
}
