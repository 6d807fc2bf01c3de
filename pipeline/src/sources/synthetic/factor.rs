//! What moves all instruments alike. Every partition draws the same numbers for itself, minute by
//! minute, so none needs another.

use super::rng::Rng;

/// A usual move of a minute, as a fraction of the price.
const MINUTE_MOVE: f64 = 2.5e-4;
/// Share of the last minute's move that the next one repeats.
const PERSISTENCE: f64 = 0.5;
/// Share of its level that the factor loses in a minute, which keeps it near zero for ever.
const PULL: f64 = 0.004;

/// The common factor, at a minute.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    rng: Rng,
    minute: Option<i64>,
    level: f64,
    change: f64,
}

impl Factor {
    pub(super) fn new(seed: u64) -> Factor {
        Factor { rng: Rng::new(seed, "factor", 0), minute: None, level: 0.0, change: 0.0 }
    }

    /// The relative move per second in a minute; minutes do not go back.
    pub(super) fn drift(&mut self, minute: i64) -> f64 {
        while self.minute.is_none_or(|done| done < minute) {
            let news = MINUTE_MOVE * self.rng.bell();
            self.change = PERSISTENCE * self.change + news - PULL * self.level;
            self.level += self.change;
            self.minute = Some(self.minute.map_or(0, |done| done + 1));
        }
        self.change / 60.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_rarely_sees_the_same() {
        let mut each = Factor::new(4);
        let drifts: Vec<f64> = (0..1000).map(|minute| each.drift(minute)).collect();
        let mut rare = Factor::new(4);
        for minute in [0, 3, 3, 500, 999] {
            assert_eq!(rare.drift(minute), drifts[minute as usize]);
        }
        assert_ne!(Factor::new(5).drift(0), drifts[0]);
    }

    #[test]
    fn it_stays_near_zero() {
        let mut factor = Factor::new(1);
        factor.drift(1_000_000);
        assert!(factor.level.abs() < 0.2, "{}", factor.level);
    }
}
