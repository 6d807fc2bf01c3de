//! The phase of a cycle in prices, as Ehlers finds it with a Hilbert transform.
//!
//! Source: John F. Ehlers, Rocket Science for Traders (2001), with the starts of TA-Lib.

use std::{f64::consts::TAU, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::window::{provide, sum_of};

/// A short delay line: the last 16 values, 0 before the first.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Delay([f64; 16]);

impl Delay {
    #[inline(always)]
    fn put(&mut self, now: usize, value: f64) {
        self.0[now % 16] = value;
    }

    #[inline(always)]
    fn back(&self, now: usize, rows: usize) -> f64 {
        self.0[now.wrapping_sub(rows) % 16]
    }

    /// The Hilbert transform of the values up to `late` rows ago: a quarter of a cycle behind. Term
    /// by term in TA-Lib's order: where a price almost stands still, what it finds is rounding.
    #[inline(always)]
    fn transform(&self, now: usize, late: usize) -> f64 {
        let back = |rows| self.back(now, late + rows);
        0.0962 * back(0) - 0.0962 * back(6) - 0.5769 * back(4) + 0.5769 * back(2)
    }
}

/// What the transform finds in one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phasor {
    /// The part of the cycle in step with the price.
    pub(super) in_phase: f64,
    /// The part a quarter of a cycle behind.
    pub(super) quadrature: f64,
    /// The smoothed price.
    pub(super) price: f64,
}

/// Phase and length of the cycle, row by row.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Hilbert {
    /// Rows taken; the delay lines turn with it.
    seen: usize,
    prices: [f64; 4],
    smooth: Delay,
    detrended: Delay,
    quadrature: Delay,
    /// Smoothed in-phase and quadrature parts of the last row.
    parts: (f64, f64),
    /// Smoothed product of each row's phasor with the conjugate of the one before.
    turn: (f64, f64),
    /// Length of the cycle as found from one row to the next, and smoothed.
    raw: f64,
    period: f64,
}

impl Hilbert {
    /// Rows before the transform begins where 32 rows have no value.
    pub(super) const SHORT: usize = 12;
    /// Rows without a value at the start, where the transform begins soon.
    pub(super) const WARM_UP: usize = 32;
    /// Rows before the transform begins where 63 rows have no value.
    pub(super) const LONG: usize = 37;

    /// Length of the cycle in rows.
    #[inline(always)]
    pub(super) fn period(&self) -> f64 {
        self.period
    }

    /// Rows taken.
    #[inline(always)]
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    /// Takes one price; nothing until the transform begins after `start` rows.
    #[inline(always)]
    pub(super) fn push(&mut self, price: f64, start: usize) -> Option<Phasor> {
        let [last, before, third, _] = self.prices;
        self.prices = [price, last, before, third];
        let now = self.seen;
        self.seen += 1;
        if now < start {
            return None;
        }
        let [p0, p1, p2, p3] = self.prices;
        // TA-Lib's sum runs on and on, and its rounding with it: on flat stretches the two differ
        // in the last bit. Else, from here on, there is no difference.
        let price = (4.0 * p0 + 3.0 * p1 + 2.0 * p2 + p3) * 0.1;
        let gain = 0.075 * self.raw + 0.54;
        self.smooth.put(now, price);
        self.detrended.put(now, self.smooth.transform(now, 0) * gain);
        let quadrature = self.detrended.transform(now, 0) * gain;
        self.quadrature.put(now, quadrature);
        let in_phase = self.detrended.back(now, 3);
        let ahead = self.detrended.transform(now, 3) * gain;
        let behind = self.quadrature.transform(now, 0) * gain;
        let (last_in, last_quad) = self.parts;
        let new_in = 0.2 * (in_phase - behind) + 0.8 * last_in;
        let new_quad = 0.2 * (quadrature + ahead) + 0.8 * last_quad;
        let along = 0.2 * (new_in * last_in + new_quad * last_quad) + 0.8 * self.turn.0;
        let across = 0.2 * (new_in * last_quad - new_quad * last_in) + 0.8 * self.turn.1;
        (self.parts, self.turn) = ((new_in, new_quad), (along, across));
        let last = self.raw;
        let mut period = last;
        if along != 0.0 && across != 0.0 {
            period = 360.0 / (across / along).atan().to_degrees();
        }
        period = period.min(1.5 * last).max(0.67 * last).clamp(6.0, 50.0);
        self.raw = 0.2 * period + 0.8 * last;
        self.period = 0.33 * self.raw + 0.67 * self.period;
        Some(Phasor { in_phase, quadrature, price })
    }
}

/// Sine and cosine of each row of a cycle of so many, at most [`LONGEST`]. Each is worked out by
/// itself, as TA-Lib does: over a price that stands still their sums are nothing but rounding.
#[inline(always)]
fn turns(rows: usize) -> &'static [[f64; 2]] {
    static TURNS: OnceLock<Vec<[f64; 2]>> = OnceLock::new();
    let all = TURNS.get_or_init(|| {
        let turn = |row, rows| f64::sin_cos(row as f64 * TAU / rows as f64).into();
        (0..=LONGEST).flat_map(|rows| (0..rows).map(move |row| turn(row, rows))).collect()
    });
    let from = rows * rows.saturating_sub(1) / 2;
    &all[from..from + rows]
}

/// Rows of the longest cycle.
const LONGEST: usize = 50;

/// The last values of a series, up to the longest cycle: a ring of 64, written twice, so that any
/// of its stretches stands in one piece.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Recent(Vec<f64>);

impl Recent {
    #[inline(always)]
    fn put(&mut self, now: usize, value: f64) {
        if self.0.is_empty() {
            provide(&mut self.0, 128, 0.0);
        }
        self.0[now % 64] = value;
        self.0[now % 64 + 64] = value;
    }

    /// The last `rows` values, the oldest first.
    #[inline(always)]
    fn last(&self, now: usize, rows: usize) -> &[f64] {
        let end = now % 64 + 65;
        &self.0[end - rows..end]
    }
}

/// The dominant cycle: where in it the price stands, and the trend that is left without it.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Cycle {
    hilbert: Hilbert,
    smooth: Recent,
    prices: Recent,
    phase: f64,
    trends: [f64; 3],
}

impl Cycle {
    /// Rows without a value at the start.
    pub(super) const WARM_UP: usize = 63;

    /// Takes one price; its smoothed form.
    #[inline(always)]
    pub(super) fn push(&mut self, price: f64) -> Option<f64> {
        self.prices.put(self.hilbert.seen(), price);
        let phasor = self.hilbert.push(price, Hilbert::LONG)?;
        self.smooth.put(self.now(), phasor.price);
        Some(phasor.price)
    }

    /// Whether the warm-up is over.
    #[inline(always)]
    pub(super) fn is_warm(&self) -> bool {
        self.hilbert.seen() > Self::WARM_UP
    }

    /// Length of the cycle in rows.
    #[inline(always)]
    pub(super) fn period(&self) -> f64 {
        self.hilbert.period()
    }

    #[inline(always)]
    fn now(&self) -> usize {
        self.hilbert.seen() - 1
    }

    #[inline(always)]
    fn whole_period(&self) -> usize {
        (self.period() + 0.5) as usize
    }

    /// Degrees since the start of the cycle, once a row.
    #[inline(always)]
    pub(super) fn phase(&mut self) -> f64 {
        let rows = self.whole_period();
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (value, [sin, cos]) in self.smooth.last(self.now(), rows).iter().rev().zip(turns(rows))
        {
            real += sin * value;
            imaginary += cos * value;
        }
        if imaginary.abs() > 0.0 {
            self.phase = (real / imaginary).atan().to_degrees();
        } else if real < 0.0 {
            self.phase -= 90.0;
        } else if real > 0.0 {
            self.phase += 90.0;
        }
        self.phase += 90.0 + 360.0 / self.period();
        if imaginary < 0.0 {
            self.phase += 180.0;
        }
        if self.phase > 315.0 {
            self.phase -= 360.0;
        }
        self.phase
    }

    /// The price without the cycle, once a row.
    #[inline(always)]
    pub(super) fn trend(&mut self) -> f64 {
        let rows = self.whole_period();
        let sum = sum_of(self.prices.last(self.now(), rows));
        let mean = if rows > 0 { sum / rows as f64 } else { sum };
        let [one, two, three] = self.trends;
        self.trends = [mean, one, two];
        (4.0 * mean + 3.0 * one + 2.0 * two + three) / 10.0
    }
}
