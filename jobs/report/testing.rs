//! Summaries for tests.

use pipeline::{
    RunSummary,
    stats::{PurseStats, Stats},
};
use schemas::{Digest, EventTime, Money};
use std::collections::BTreeMap;

/// An amount.
pub fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// A run of one account in one currency.
pub fn summary(initial: &str, equity: &str, fees: &str) -> RunSummary {
    let purse = PurseStats {
        initial: money(initial),
        equity: money(equity),
        fees: money(fees),
        ..PurseStats::default()
    };
    let purses = BTreeMap::from([("USDT".to_owned(), purse)]);
    RunSummary {
        run: "test".to_owned(),
        job: "test".to_owned(),
        job_digest: Digest(1),
        workers: 1,
        from: Some(EventTime(0)),
        to: Some(EventTime(1_000_000_000)),
        events: 1000,
        late: 0,
        clock_skew: None,
        worlds: Vec::new(),
        assumptions: vec!["orders arrive after 1ms".to_owned()],
        stats: Stats { purses: BTreeMap::from([("paper".to_owned(), purses)]), ..Stats::default() },
    }
}
