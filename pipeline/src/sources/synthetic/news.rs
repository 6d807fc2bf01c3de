//! Headlines, and what kind of news they are.

use super::rng::Rng;

/// Good and bad news in turn, with the kind.
const HEADLINES: [(f64, &str); 14] = [
    (1.0, "{} surges to record volume as demand beats expectations"),
    (-1.0, "{} falls as exchange reports outage and delayed withdrawals"),
    (1.0, "Fund adds {} to its holdings, citing strong growth"),
    (-1.0, "Regulator opens investigation into issuer of {}"),
    (1.0, "Analysts upgrade {} after successful network launch"),
    (-1.0, "Analysts downgrade {} over weak earnings and rising losses"),
    (1.0, "{} wins approval for listing, partners optimistic"),
    (-1.0, "Hack drains wallets holding {}; losses feared"),
    (1.0, "Issuer of {} announces buyback and profit above forecast"),
    (-1.0, "Large holder of {} plans to sell, lawsuit looms"),
    (0.0, "{}: what to expect this week"),
    (0.0, "Issuer of {} publishes its quarterly report"),
    (0.0, "{} trades in line with the market"),
    (0.0, "Conference on {} begins today"),
];

const SOURCES: [&str; 4] = ["Demo Wire", "Market Desk", "Ledger Daily", "The Tape"];

/// A piece of news.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Story {
    /// Good (+1), bad (-1) or neither (0) for the price.
    pub(super) kind: f64,
    /// Headline.
    pub(super) headline: String,
    /// Who published it.
    pub(super) source: &'static str,
    /// Nanoseconds between publishing and hearing of it.
    pub(super) age: i64,
}

impl Story {
    /// One about this symbol.
    pub(super) fn write(rng: &mut Rng, symbol: &str) -> Story {
        let (kind, template) = HEADLINES[rng.below(HEADLINES.len())];
        Story {
            kind,
            headline: template.replace("{}", symbol),
            source: SOURCES[rng.below(SOURCES.len())],
            age: (rng.between(0.5, 20.0) * 1e9) as i64,
        }
    }
}
