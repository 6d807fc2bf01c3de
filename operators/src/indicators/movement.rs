//! Directional movement: what Wilder's indicators of trend are made of.

use serde::{Deserialize, Serialize};

use super::{HighLow, HighLowClose, smooth::Decaying, trange::true_range};

/// How far one bar reaches beyond the last, upwards or downwards: the further of the two counts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Movement {
    last: Option<(f64, f64)>,
}

impl Movement {
    /// Takes one bar; movement up and down, from the second bar on.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: HighLow) -> Option<(f64, f64)> {
        let (high, low) = self.last.replace((bar.high, bar.low))?;
        let (up, down) = (bar.high - high, low - bar.low);
        let plus = if (up > down) & (up > 0.0) { up } else { 0.0 };
        let minus = if (down > up) & (down > 0.0) { down } else { 0.0 };
        Some((plus, minus))
    }
}

/// Decaying sums of movement and range.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Directions {
    movement: Movement,
    close: f64,
    plus: Decaying,
    minus: Decaying,
    range: Decaying,
    /// Rows until the sums count as whole.
    taken: usize,
}

impl Directions {
    /// Takes one bar; movement up and down in per cent of the range, once `period` bars came after
    /// the first. 0 where the range is 0.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: &HighLowClose, period: usize) -> Option<(f64, f64)> {
        let movement = self.movement.push(bar.range());
        let close = std::mem::replace(&mut self.close, bar.close);
        let (plus, minus) = movement?;
        let plus = self.plus.push(plus, period);
        let minus = self.minus.push(minus, period);
        let range = self.range.push(true_range(bar, close), period);
        if self.taken < period {
            self.taken += 1;
            if self.taken < period {
                return None;
            }
        }
        let (plus, minus, range) = (plus?, minus?, range?);
        let percent = |sum: f64| if range == 0.0 { 0.0 } else { 100.0 * (sum / range) };
        Some((percent(plus), percent(minus)))
    }
}

/// How one-sided the movement is, from 0 to 100; `None` if nothing moves.
#[inline(always)]
pub(super) fn strength((plus, minus): (f64, f64)) -> Option<f64> {
    let strength = 100.0 * ((minus - plus).abs() / (minus + plus));
    strength.is_finite().then_some(strength)
}
