//! What a venue wants to be held against positions, and what it takes for what it lends.

use schemas::{Money, Span, Text, instrument::Rate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Margin, cross: whatever an account has in a settlement currency stands for all of its positions
/// in that currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Margin {
    /// By notional in settlement currency, ascending; the first from zero on.
    pub tiers: Vec<MarginTier>,
    /// What a liquidation takes of the notional that it closes, besides the fee.
    pub liquidation_fee: Rate,
}

/// Margin from some notional of a position on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarginTier {
    /// Notional in settlement currency from which it holds.
    pub from: Money,
    /// What opens a position of this tier, of its whole notional: one by the largest leverage.
    pub initial: Rate,
    /// What keeps it, of the part of the notional that lies in the tier.
    pub maintenance: Rate,
}

impl Margin {
    /// What a position of a notional needs to be opened: all of it at the rate of its tier.
    pub fn initial(&self, notional: Money) -> Money {
        let tier = self.tiers.iter().rev().find(|tier| tier.from <= notional);
        tier.map_or(Money::ZERO, |tier| tier.initial.of(notional))
    }

    /// What a position of a notional needs to be kept: each part at the rate of its own tier, which
    /// venues write as the rate of the last one less an amount.
    pub fn maintenance(&self, notional: Money) -> Money {
        let ends = self.tiers.iter().skip(1).map(|tier| Some(tier.from)).chain([None]);
        let part = |(tier, end): (&MarginTier, Option<Money>)| {
            let part = end.map_or(notional, |end| end.min(notional)) - tier.from;
            (part > Money::ZERO).then(|| tier.maintenance.of(part))
        };
        self.tiers.iter().zip(ends).map_while(part).sum()
    }
}

/// What is charged for what an account owes: base currency that it sold and did not have, and money
/// beyond its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Borrow {
    /// A year's, of any currency.
    pub rate: Rate,
    /// A year's, of currencies that have one of their own.
    pub rates: BTreeMap<Text, Rate>,
}

/// Hours in a year, which has 365 days: at each of them what is owed is charged.
pub const HOURS_IN_YEAR: i64 = 365 * 24;

/// From one charge to the next.
pub const HOUR: Span = Span(3_600 * Span::SECOND.0);

impl Borrow {
    /// A year's, of a currency.
    pub fn rate_of(&self, currency: &str) -> Rate {
        self.rates.get(currency).copied().unwrap_or(self.rate)
    }
}

/// What an hour of owing an amount costs, rounded once, half to even.
pub fn interest(rate: Rate, owed: Money) -> Money {
    owed.share(rate.0.into(), i128::from(Rate::ONE) * i128::from(HOURS_IN_YEAR))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    /// Tiers of (from, initial, maintenance).
    pub fn margin(tiers: &[(&str, &str, &str)], liquidation_fee: &str) -> Margin {
        let rate = |text: &str| Rate::parse(text).unwrap();
        let tier = |(from, initial, maintenance): &(&str, &str, &str)| MarginTier {
            from: money(from),
            initial: rate(initial),
            maintenance: rate(maintenance),
        };
        let tiers = tiers.iter().map(tier).collect();
        Margin { tiers, liquidation_fee: rate(liquidation_fee) }
    }

    /// The first brackets of BTCUSDT as Binance published them: notional, largest leverage,
    /// maintenance rate, and the amount that is taken off.
    const BINANCE: [(i64, i64, &str, &str); 5] = [
        (0, 125, "0.004", "0"),
        (50_000, 100, "0.005", "50"),
        (600_000, 75, "0.0065", "950"),
        (3_000_000, 50, "0.01", "11450"),
        (12_000_000, 20, "0.02", "131450"),
    ];

    fn binance() -> Margin {
        let tier = |(from, leverage, maintenance, _): (i64, i64, &str, &str)| MarginTier {
            from: Money(i128::from(from) * i128::from(Rate::ONE)),
            initial: Rate(Rate::ONE / leverage),
            maintenance: Rate::parse(maintenance).unwrap(),
        };
        Margin { tiers: BINANCE.into_iter().map(tier).collect(), liquidation_fee: Rate(0) }
    }

    #[test]
    fn tiers_are_those_that_a_venue_writes_with_amounts() {
        let margin = binance();
        for (i, (from, leverage, rate, less)) in BINANCE.into_iter().enumerate() {
            let end = BINANCE.get(i + 1).map_or(30_000_000, |next| next.0 - 1);
            for notional in [from, (from + end) / 2, end] {
                let notional = money(&notional.to_string());
                let told = Rate::parse(rate).unwrap().of(notional) - money(less);
                assert_eq!(margin.maintenance(notional), told, "{notional}");
                let initial = notional.share(1, leverage.into());
                let found = margin.initial(notional);
                assert!((found - initial).0.abs() <= 30_000_000, "{found} and {initial}");
            }
        }
    }

    #[test]
    fn a_year_of_hours_costs_a_year() {
        let rate = Rate::parse("0.0876").unwrap();
        assert_eq!(interest(rate, money("1000")), money("0.01"));
        assert_eq!(interest(rate, money("-1000")), money("-0.01"));
        let borrow = Borrow { rate, rates: [("BTC".into(), Rate(7))].into() };
        assert_eq!([borrow.rate_of("BTC"), borrow.rate_of("USDT")], [Rate(7), rate]);
    }

    proptest! {
        /// The watch of margins depends on it: a larger notional never needs less, nor more than
        /// itself in addition.
        #[test]
        fn maintenance_grows_with_the_notional_and_slower(
            notional in 0..20_000_000_000_000_000_000_i128, by in 0..2_000_000_000_000_000_000_i128
        ) {
            let margin = binance();
            let [less, more] = [notional, notional + by].map(|n| margin.maintenance(Money(n)));
            prop_assert!(less <= more && (more - less).0 <= by, "{less} {more}");
        }
    }
}
