//! What a venue takes of executions, and what it gives for some.

use schemas::{EventTime, Money, Span, instrument::Rate, records::Liquidity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whole days of UTC whose volume decides the tier: those before the day of the execution, as
/// venues look at it once a day.
pub const DAYS: i64 = 30;

/// Fees as fractions of notional; one below 0 is a rebate, which the venue pays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fees {
    /// Of a resting order.
    pub maker: Rate,
    /// Of a taking order.
    pub taker: Rate,
    /// Others from some volume on, by volume. Left out where there are none, so that the digest of
    /// a job without is what it was before there were tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<FeeTier>,
    /// What was traded before the first execution, as if the day before it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub traded: Money,
}

fn is_nothing(money: &Money) -> bool {
    *money == Money::ZERO
}

/// Fees from some volume on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeeTier {
    /// Notional of the days that count, in settlement currency, from which this holds.
    pub volume: Money,
    /// Of a resting order.
    pub maker: Rate,
    /// Of a taking order.
    pub taker: Rate,
}

impl Fees {
    /// The same whatever is traded.
    pub fn flat(maker: Rate, taker: Rate) -> Fees {
        Fees { maker, taker, tiers: Vec::new(), traded: Money::ZERO }
    }

    /// The rate of an execution after so much volume.
    pub fn rate(&self, liquidity: Liquidity, volume: Money) -> Rate {
        let tier = self.tiers.iter().rev().find(|tier| tier.volume <= volume);
        let (maker, taker) = tier.map_or((self.maker, self.taker), |tier| (tier.maker, tier.taker));
        match liquidity {
            Liquidity::Maker => maker,
            Liquidity::Taker => taker,
        }
    }
}

/// What an account has traded at a venue in one currency, day by day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Traded {
    days: BTreeMap<i64, Money>,
    begun: bool,
}

impl Traded {
    /// The volume that counts at a moment, and then an execution of this notional; moments come in
    /// order.
    pub fn add(&mut self, at: EventTime, notional: Money, fees: &Fees) -> Money {
        let today = at.0.div_euclid(24 * 3600 * Span::SECOND.0);
        if !std::mem::replace(&mut self.begun, true) {
            self.days.insert(today - 1, fees.traded);
        }
        self.days = self.days.split_off(&(today - DAYS));
        let volume = self.days.range(..today).map(|(_, volume)| *volume).sum();
        *self.days.entry(today).or_default() += notional;
        volume
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 24 * 3600 * Span::SECOND.0;

    fn rate(text: &str) -> Rate {
        Rate::parse(text).unwrap()
    }

    fn tiers() -> Fees {
        let tier = |volume: &str, maker: &str, taker: &str| FeeTier {
            volume: Money::parse(volume).unwrap(),
            maker: rate(maker),
            taker: rate(taker),
        };
        Fees {
            tiers: vec![tier("100", "0.0001", "0.0004"), tier("1000", "-0.00005", "0.0003")],
            ..Fees::flat(rate("0.0002"), rate("0.0005"))
        }
    }

    #[test]
    fn a_tier_holds_from_its_volume_on() {
        let fees = tiers();
        for (volume, maker, taker) in [
            ("99.99", "0.0002", "0.0005"),
            ("100", "0.0001", "0.0004"),
            ("999.99", "0.0001", "0.0004"),
            ("1000", "-0.00005", "0.0003"),
        ] {
            let volume = Money::parse(volume).unwrap();
            assert_eq!(fees.rate(Liquidity::Maker, volume), rate(maker));
            assert_eq!(fees.rate(Liquidity::Taker, volume), rate(taker));
        }
    }

    #[test]
    fn what_was_traded_before_counts_for_thirty_days() {
        let fees = Fees { traded: Money::parse("150").unwrap(), ..tiers() };
        let one = Money::parse("1").unwrap();
        let mut traded = Traded::default();
        let at = |day: i64| EventTime(day * DAY + 7);
        assert_eq!(traded.add(at(100), one, &fees), fees.traded);
        assert_eq!(traded.add(at(100), one, &fees), fees.traded, "today does not count");
        assert_eq!(traded.add(at(129), one, &fees), Money::parse("152").unwrap());
        assert_eq!(traded.add(at(130), one, &fees), Money::parse("3").unwrap());
    }

    proptest! {
        #[test]
        fn the_volume_is_that_of_the_thirty_days_before(
            trades in prop::collection::vec((0..40 * DAY, 0..1_000_000_i128), 1..60)
        ) {
            let fees = tiers();
            let (mut at, mut traded, mut all) = (0, Traded::default(), Vec::new());
            for (gap, notional) in trades {
                at += gap;
                let day = at / DAY;
                let counts = |d: &i64| (day - DAYS..day).contains(d);
                let expected: i128 =
                    all.iter().filter(|(d, _)| counts(d)).map(|(_, n): &(i64, i128)| *n).sum();
                let found = traded.add(EventTime(at), Money(notional), &fees);
                prop_assert_eq!(found, Money(expected));
                all.push((day, notional));
            }
        }
    }
}
