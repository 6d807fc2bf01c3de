//! What an account's own taking does to the prices that it gets.
//!
//! The market of a recording does not move when the account takes. Here it pays for that: an
//! execution that takes is worsened by a formula whose numbers the job states; nothing is
//! estimated.
//!
//! A law gives the average cost of what was taken together. A further part pays what it adds to the
//! cost of the whole, `((r + q) * f(r + q) - r * f(r)) / q` after `r`, so that an order cut in
//! slices pays as one: ten slices at once pay what one order of ten pays, and whoever waits pays
//! less as `r` fades.

use schemas::{Digest, EventTime, Side, Span, records::Liquidity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How much worse executions are that take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// `f(q) = coefficient * volatility * sqrt(q / volume)` of the price.
    SquareRoot {
        /// How strong it is; about 1 is usual.
        coefficient: f64,
        /// Standard deviation of returns over some time, as a fraction.
        volatility: f64,
        /// Quantity traded over the same time, in units of the instrument.
        volume: f64,
        /// What was taken counts half after this.
        half_life: Span,
    },
    /// `f(q) = coefficient * q / volume` of the price.
    Linear {
        /// What the whole volume would cost, as a fraction.
        coefficient: f64,
        /// Quantity, in units of the instrument.
        volume: f64,
        /// What was taken counts half after this.
        half_life: Span,
    },
    /// So many ticks, now and then.
    Ticks {
        /// How often, from 0 to 1.
        probability: f64,
        /// How many.
        ticks: u32,
        /// Seed of what is drawn.
        seed: u64,
    },
}

impl Impact {
    /// Its name in a job file.
    pub fn name(&self) -> &'static str {
        match self {
            Impact::SquareRoot { .. } => "square_root",
            Impact::Linear { .. } => "linear",
            Impact::Ticks { .. } => "ticks",
        }
    }

    /// What `quantity` pays after `before`, both in units of the instrument, as a fraction of the
    /// price: from 0 to 1, as no price is worth more than itself.
    fn fraction(&self, before: f64, quantity: f64) -> f64 {
        let fraction = match *self {
            Impact::SquareRoot { coefficient, volatility, volume, .. } => {
                let law = |q: f64| coefficient * volatility * (q / volume).sqrt();
                further(law, before, quantity)
            }
            Impact::Linear { coefficient, volume, .. } => {
                further(|q| coefficient * (q / volume), before, quantity)
            }
            Impact::Ticks { .. } => 0.0,
        };
        fraction.clamp(0.0, 1.0)
    }

    /// How many ticks worse an execution at `price` is that pays such a fraction of it; of `order`
    /// so much was `filled` before, which tells its executions apart.
    pub(super) fn ticks(
        &self,
        fraction: f64,
        (price, tick): (i64, i64),
        (order, filled): (&str, i64),
    ) -> i64 {
        match *self {
            Impact::Ticks { probability, ticks, seed } => {
                let hit = unit(word(seed, order, filled)) < probability;
                if hit { i64::from(ticks) } else { 0 }
            }
            _ => {
                let ticks = fraction * price.unsigned_abs() as f64 / tick as f64;
                // A hair above whole ticks is none more.
                (ticks - HAIR).ceil().max(0.0) as i64
            }
        }
    }
}

/// A part of a tick that is none.
const HAIR: f64 = 1e-6;

/// What a further quantity adds to the cost of the whole, a unit of it.
fn further(law: impl Fn(f64) -> f64, before: f64, quantity: f64) -> f64 {
    if before == 0.0 {
        return law(quantity);
    }
    let after = before + quantity;
    (after * law(after) - before * law(before)) / quantity
}

/// A number from 0 to below 1.
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1u64 << 53) as f64
}

/// 64 bits that nothing but these determines: no generator, whose state would follow from how the
/// input is cut.
fn word(seed: u64, order: &str, filled: i64) -> u64 {
    let mut bytes = Vec::with_capacity(order.len() + 22);
    bytes.extend(b"impact");
    bytes.extend(seed.to_le_bytes());
    bytes.extend(filled.to_le_bytes());
    bytes.extend(order.as_bytes());
    let Digest(hash) = Digest::of(&bytes);
    hash as u64
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Impact::SquareRoot { coefficient, .. } | Impact::Linear { coefficient, .. } => {
                write!(f, "{}({coefficient})", self.name())
            }
            Impact::Ticks { ticks, .. } => write!(f, "{}({ticks})", self.name()),
        }
    }
}

/// What an account took of one instrument lately. It changes when something is taken and by
/// nothing else, so that it does not matter how often time passes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pressure {
    buys: Recent,
    sells: Recent,
}

/// What was taken on one side, in units of the instrument, as of `at`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Recent {
    quantity: f64,
    at: EventTime,
}

impl Pressure {
    /// The account takes so much, in units of the instrument; gives the fraction of the price that
    /// this costs.
    pub fn take(&mut self, impact: &Impact, side: Side, quantity: f64, now: EventTime) -> f64 {
        let (Impact::SquareRoot { half_life, .. } | Impact::Linear { half_life, .. }) = impact
        else {
            return 0.0;
        };
        let recent = match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        };
        let lives = now.0.saturating_sub(recent.at.0).max(0) as f64 / half_life.0 as f64;
        let before = recent.quantity * (-lives).exp2();
        *recent = Recent { quantity: before + quantity, at: now.max(recent.at) };
        impact.fraction(before, quantity)
    }
}

impl super::ExecutionSpec {
    /// What decided an execution, as it names it: the model and, where it took, its impact. A
    /// maker's says nothing of it, so that the name alone tells to which it was added.
    pub fn fill_name(&self, liquidity: Liquidity) -> String {
        match self.impact {
            Some(impact) if liquidity == Liquidity::Taker => {
                format!("{}, {impact}", self.fill.name())
            }
            _ => self.fill.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;
    const ROOT: Impact = Impact::SquareRoot {
        coefficient: 0.5,
        volatility: 0.02,
        volume: 1_000.0,
        half_life: Span(60 * SECOND),
    };
    const LINE: Impact =
        Impact::Linear { coefficient: 0.1, volume: 1_000.0, half_life: Span(60 * SECOND) };

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn a_fraction_is_what_the_formula_says() {
        let mut pressure = Pressure::default();
        let mut buy = |impact, quantity, seconds| {
            pressure.take(&impact, Side::Buy, quantity, EventTime(seconds * SECOND))
        };
        near(buy(ROOT, 10.0, 0), 0.01 * 0.1);
        // 40 cost 40 * 0.01 * 0.2, of which the first 10 have paid 10 * 0.001.
        near(buy(ROOT, 30.0, 0), (0.08 - 0.01) / 30.0);
        // Of 40 there are 10 after two half-lives.
        near(buy(ROOT, 30.0, 120), (0.08 - 0.01) / 30.0);
        let mut sell = |quantity, seconds| {
            pressure.take(&LINE, Side::Sell, quantity, EventTime(seconds * SECOND))
        };
        near(sell(10.0, 120), 0.001);
        near(sell(30.0, 180), 0.1 * (35.0 * 35.0 - 25.0) / 1_000.0 / 30.0);
    }

    #[test]
    fn ticks_are_rounded_against_the_account() {
        let ticks = |fraction, tick| ROOT.ticks(fraction, (10_000, tick), ("o", 0));
        assert_eq!(ticks(0.0, 1), 0);
        assert_eq!([ticks(0.001, 1), ticks(0.00101, 1), ticks(1e-5, 1)], [10, 11, 1]);
        assert_eq!([ticks(0.001, 5), ticks(0.00101, 5), ticks(1e-5, 5)], [2, 3, 1]);
    }

    #[test]
    fn ticks_are_drawn_as_often_as_stated_and_by_their_own_words_alone() {
        let drawn = |seed, order: &str, filled| {
            let impact = Impact::Ticks { probability: 0.3, ticks: 2, seed };
            impact.ticks(0.0, (100, 1), (order, filled))
        };
        let all: Vec<i64> = (0..40_000).map(|filled| drawn(7, "o", filled)).collect();
        assert!(all.iter().all(|ticks| [0, 2].contains(ticks)));
        // Five standard errors.
        let hits = all.iter().filter(|ticks| **ticks == 2).count() as f64 / 40_000.0;
        assert!((hits - 0.3).abs() < 0.0115, "{hits}");
        let row = |seed, order| (0..64).map(|n| drawn(seed, order, n)).collect::<Vec<_>>();
        assert_eq!(row(7, "o"), row(7, "o"));
        assert_ne!(row(7, "o"), row(8, "o"));
        assert_ne!(row(7, "o"), row(7, "p"));
        let sure = |probability| Impact::Ticks { probability, ticks: 1, seed: 1 };
        let count =
            |impact: Impact| (0..1_000).map(|n| impact.ticks(0.0, (100, 1), ("o", n))).sum::<i64>();
        assert_eq!([count(sure(0.0)), count(sure(1.0))], [0, 1_000]);
    }

    proptest! {
        /// Slices at one moment cost together what the whole does; later ones no more than that,
        /// and no slice less than if it stood alone.
        #[test]
        fn an_order_cut_in_slices_pays_as_one(
            slices in prop::collection::vec((1..500u32, 0..100 * SECOND), 1..20),
            root: bool,
        ) {
            let impact = if root { ROOT } else { LINE };
            let whole: f64 = slices.iter().map(|(quantity, _)| f64::from(*quantity)).sum();
            let alone = |quantity| {
                Pressure::default().take(&impact, Side::Sell, quantity, EventTime(0))
            };
            let (mut at_once, mut in_time) = (Pressure::default(), Pressure::default());
            let (mut once, mut slow, mut now) = (0.0, 0.0, 0);
            for (quantity, wait) in &slices {
                let quantity = f64::from(*quantity);
                once += quantity * at_once.take(&impact, Side::Sell, quantity, EventTime(0));
                now += wait;
                let one = in_time.take(&impact, Side::Sell, quantity, EventTime(now));
                prop_assert!(one >= alone(quantity) * (1.0 - 1e-9));
                slow += quantity * one;
            }
            let expected = whole * alone(whole);
            // No fraction is above 1, which large linear ones come to.
            prop_assume!(alone(whole) < 0.4);
            prop_assert!((once / expected - 1.0).abs() < 1e-9, "{once} is not {expected}");
            prop_assert!(slow <= expected * (1.0 + 1e-9), "{slow} is above {expected}");
        }
    }
}
