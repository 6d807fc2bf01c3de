//! What an instrument is worth, which no one sees: spells of trend and of return to a price, the
//! market's factor, news, and what traders reveal by trading. Orders gather around it.

use super::factor::Factor;
use super::facts::Profile;
use super::rng::Rng;
use schemas::{Side, Span};

/// Usual noise in the square root of a second, as a fraction of the price.
const NOISE: f64 = 0.7e-4;
/// Relative move per second of a trend, least and most: 1.5 to 4.5 basis points a minute.
const TREND: (f64, f64) = (0.25e-5, 0.75e-5);
/// Share of the way home that is covered in a second of return.
const RETURN: f64 = 1.0 / 45.0;
/// Minutes that a spell lasts, least and most.
const SPELL_MINUTES: (f64, f64) = (8.0, 24.0);
/// Minutes that a mood lasts, least and most.
const MOOD_MINUTES: (f64, f64) = (2.0, 9.0);

/// How the value moves at present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spell {
    /// One way: relative move per second.
    Trend(f64),
    /// Back to this price, in ticks.
    Return(f64),
}

/// The latent value and what drives it.
#[derive(Debug, Clone)]
pub(super) struct Fair {
    rng: Rng,
    factor: Factor,
    beta: f64,
    /// Where the price began, in ticks.
    home: f64,
    /// The value in ticks.
    value: f64,
    spell: Spell,
    spell_ends: i64,
    /// How nervous the market is: multiplies noise, spread and rate.
    mood: f64,
    mood_ends: i64,
    /// Nanoseconds from and to, relative move per second: what a piece of news does.
    push: (i64, i64, f64),
}

impl Fair {
    /// At nanosecond 0 of the simulation.
    pub(super) fn new(seed: u64, number: u32, profile: &Profile) -> Fair {
        let mut fair = Fair {
            rng: Rng::new(seed, "fair", number.into()),
            factor: Factor::new(seed),
            beta: profile.beta,
            home: profile.price,
            value: profile.price,
            spell: Spell::Return(profile.price),
            spell_ends: 0,
            mood: 1.0,
            mood_ends: 0,
            push: (0, 0, 0.0),
        };
        // Some instruments begin with a trend.
        if fair.rng.chance(0.5) {
            fair.spell = Spell::Return(fair.value);
        } else {
            fair.spell = fair.trend();
        }
        fair.spell_ends = fair.span_of(SPELL_MINUTES);
        fair
    }

    /// In ticks.
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// How nervous the market is; 1 is usual.
    pub(super) fn mood(&self) -> f64 {
        self.mood
    }

    /// How the value moves at present.
    #[cfg(test)]
    pub(super) fn spell(&self) -> Spell {
        self.spell
    }

    /// Moves from one nanosecond of the simulation to another.
    pub(super) fn advance(&mut self, from: i64, to: i64) {
        if to >= self.spell_ends {
            self.spell = match self.spell {
                Spell::Trend(_) if self.rng.chance(0.8) => Spell::Return(self.value),
                _ => self.trend(),
            };
            self.spell_ends = to + self.span_of(SPELL_MINUTES);
        }
        if to >= self.mood_ends {
            self.mood = [0.65, 0.9, 1.0, 1.2, 1.9][self.rng.below(5)];
            self.mood_ends = to + self.span_of(MOOD_MINUTES);
        }
        let seconds = (to - from) as f64 * 1e-9;
        let mut drift = self.beta * self.factor.drift(to / 60_000_000_000);
        drift += match self.spell {
            Spell::Trend(drift) => drift,
            // After a long silence the value is home, not beyond it.
            Spell::Return(home) => (home / self.value - 1.0) * RETURN.min(1.0 / seconds.max(1.0)),
        };
        if (self.push.0..self.push.1).contains(&to) {
            drift += self.push.2;
        }
        let noise = NOISE * self.mood * seconds.sqrt() * self.rng.bell();
        self.value *= 1.0 + (drift * seconds + noise).clamp(-0.02, 0.02);
        self.value = self.value.clamp(self.home / 8.0, self.home * 8.0);
    }

    /// A trade reveals something: a little of it stays in the value.
    pub(super) fn reveal(&mut self, side: Side, ticks: f64) {
        self.value += side.sign() as f64 * ticks;
    }

    /// News of a kind (+1 good, -1 bad, 0 neither): what follows usually agrees with it.
    pub(super) fn hear(&mut self, now: i64, kind: f64) {
        let agrees = if self.rng.chance(0.75) { 1.0 } else { -0.5 };
        // Known to few for some seconds, then to all within minutes.
        let begins = now + (self.rng.between(3.0, 20.0) * 1e9) as i64;
        let ends = begins + (self.rng.between(60.0, 300.0) * 1e9) as i64;
        let size = self.rng.between(10e-4, 40e-4);
        self.push = (begins, ends, kind * agrees * size * 1e9 / (ends - begins) as f64);
    }

    /// A trend that rather leads home than away from it, or prices would leave all bounds.
    fn trend(&mut self) -> Spell {
        let away = ((self.value / self.home - 1.0) / 0.2).clamp(-1.0, 1.0);
        let up = self.rng.chance(0.5 - 0.4 * away);
        let size = self.rng.between(TREND.0, TREND.1);
        Spell::Trend(if up { size } else { -size })
    }

    fn span_of(&mut self, minutes: (f64, f64)) -> i64 {
        (self.rng.between(minutes.0, minutes.1) * 60.0 * Span::SECOND.0 as f64) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(seed: u64, minutes: i64, mut seen: impl FnMut(i64, &Fair)) {
        let mut fair = Fair::new(seed, 0, &Profile::new(seed, 0));
        for second in 0..minutes * 60 {
            fair.advance(second * Span::SECOND.0, (second + 1) * Span::SECOND.0);
            seen(second, &fair);
        }
    }

    #[test]
    fn four_hours_hold_spells_of_both_kinds() {
        for seed in 0..20 {
            let mut trend_seconds = 0;
            walk(seed, 240, |_, fair| {
                trend_seconds += i64::from(matches!(fair.spell(), Spell::Trend(_)));
            });
            assert!((8 * 60..232 * 60).contains(&trend_seconds), "{seed}: {trend_seconds}");
        }
    }

    #[test]
    fn trends_go_somewhere_and_returns_do_not() {
        let (mut trends, mut returns) = (Vec::new(), Vec::new());
        for seed in 0..40 {
            let mut began: Option<(Spell, i64, f64)> = None;
            walk(seed, 240, |second, fair| {
                let (spell, since, from) = *began.get_or_insert((fair.spell(), second, fair.value));
                if spell != fair.spell() {
                    let rate = (fair.value / from - 1.0) / (second - since) as f64;
                    match spell {
                        Spell::Trend(drift) => trends.push(rate * drift.signum()),
                        Spell::Return(_) => returns.push(rate),
                    }
                    began = Some((fair.spell(), second, fair.value));
                }
            });
        }
        let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
        assert!(trends.len() > 100 && returns.len() > 100);
        assert!(mean(&trends) > 0.3e-5, "{}", mean(&trends));
        assert!(mean(&returns).abs() < 0.2e-5, "{}", mean(&returns));
    }

    #[test]
    fn a_month_stays_within_bounds() {
        let (mut low, mut high) = (f64::MAX, 0f64);
        walk(2, 30 * 24 * 60, |_, fair| {
            low = low.min(fair.value / fair.home);
            high = high.max(fair.value / fair.home);
        });
        assert!(low > 0.3 && high < 3.0, "{low} {high}");
        assert!(high - low > 0.02, "{low} {high}");
    }
}
