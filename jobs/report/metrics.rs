//! What became of the money: totals by currency, what profit is made of, and the Sharpe ratio.

use pipeline::{RunSummary, stats::PurseStats};
use schemas::{EventTime, Money, Span};
use std::collections::BTreeMap;

/// One currency over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Total {
    /// Deposited.
    pub initial: Money,
    /// Equity at the end.
    pub equity: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received less paid.
    pub funding: Money,
    /// Interest, negative when paid.
    pub borrow: Money,
    /// What liquidations took besides fees, negative, and what venues bore of them.
    pub liquidation: Money,
}

impl Total {
    /// Equity less deposits.
    pub fn pnl(self) -> Money {
        self.equity - self.initial
    }
}

/// Totals by currency.
pub fn totals(summary: &RunSummary) -> BTreeMap<String, Total> {
    let mut totals: BTreeMap<String, Total> = BTreeMap::new();
    for (currency, purse) in purses(summary) {
        let total = totals.entry(currency.to_owned()).or_default();
        total.initial += purse.initial;
        total.equity += purse.equity;
        total.fees += purse.fees;
        total.funding += purse.funding;
        total.borrow += purse.borrow;
        total.liquidation += purse.liquidation;
    }
    totals
}

fn purses(summary: &RunSummary) -> impl Iterator<Item = (&str, &PurseStats)> {
    let accounts = summary.stats.purses.values();
    accounts.flat_map(|purses| purses.iter().map(|(currency, purse)| (currency.as_str(), purse)))
}

/// What profit is made of; the parts add up to it exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Positions that gained or lost by the market's moves, but for those after fills.
    pub price: Money,
    /// Fills away from the mid: what crossing the spread cost (negative), or making it earned.
    pub spread: Money,
    /// Fees, negative when paid.
    pub fees: Money,
    /// Funding received less paid.
    pub funding: Money,
    /// Interest, negative when paid.
    pub borrow: Money,
    /// What liquidations took besides fees, negative, and what venues bore of them.
    pub liquidation: Money,
    /// The longest horizon of markouts, and what mids moved within it after fills; none where
    /// nobody looked.
    pub markout: Option<(Span, Money)>,
}

/// Parts of the last place below which a sum of doubles says nothing.
const NOISE: i128 = 10_000;

/// The split; `None` with several currencies, whose spread costs do not add up.
pub fn split(summary: &RunSummary) -> Option<Split> {
    let totals = totals(summary);
    let [total] = totals.values().copied().collect::<Vec<_>>()[..] else { return None };
    let (fees, funding) = (-total.fees, total.funding);
    // The cost is a sum of doubles; its last places are noise.
    let spread = Money::from_f64(-summary.stats.spread_cost)?.share(1, NOISE);
    let spread = Money(spread.0 * NOISE);
    let currency = totals.keys().next()?;
    let markout = summary.stats.markouts.last().map(|stats| {
        let drift = stats.all().drift.get(currency).copied().unwrap_or_default();
        (Span(stats.horizon_ns as i64), drift)
    });
    let after = markout.map_or(Money::ZERO, |(_, drift)| drift);
    let Total { borrow, liquidation, .. } = total;
    let price = total.pnl() - fees - funding - borrow - liquidation - spread - after;
    Some(Split { price, spread, fees, funding, borrow, liquidation, markout })
}

/// The largest loss of an account from its highest equity, as a fraction of that.
pub fn max_drawdown(summary: &RunSummary) -> f64 {
    purses(summary).map(|(_, purse)| purse.max_drawdown).fold(0.0, f64::max)
}

/// Fewer days than this say nothing.
pub const SHARPE_DAYS_MIN: usize = 30;
/// Crypto trades on all days of the year.
const DAYS_IN_YEAR: f64 = 365.0;

/// The Sharpe ratio of daily returns, annualised; `None` under 30 days, with several currencies,
/// and when returns do not vary.
pub fn sharpe(summary: &RunSummary) -> Option<f64> {
    let equity = daily_equity(summary)?;
    if equity.len() <= SHARPE_DAYS_MIN || equity.iter().any(|e| *e <= 0.0) {
        return None;
    }
    let returns: Vec<f64> = equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let ratio = mean / variance.sqrt() * DAYS_IN_YEAR.sqrt();
    ratio.is_finite().then_some(ratio)
}

/// Deposits, then equity at the end of each UTC day; a day without a change keeps the last.
fn daily_equity(summary: &RunSummary) -> Option<Vec<f64>> {
    let day = Span(86_400 * Span::SECOND.0);
    let (from, to) = (summary.from?.floor(day), summary.to?);
    if totals(summary).len() != 1 {
        return None;
    }
    let purses: Vec<&PurseStats> = purses(summary).map(|(_, purse)| purse).collect();
    let mut equity = vec![purses.iter().map(|p| p.initial).sum::<Money>().to_f64()];
    let mut at = from;
    while at <= to {
        let date = at.date();
        let last = |purse: &&PurseStats| {
            purse.daily.range(..=date.clone()).next_back().map_or(purse.initial, |(_, e)| *e)
        };
        equity.push(purses.iter().map(last).sum::<Money>().to_f64());
        if at.plus(day) == EventTime::MAX {
            break;
        }
        at = at.plus(day);
    }
    Some(equity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{money, summary};
    use pipeline::stats::MarkoutStats;

    const DAY: i64 = 86_400_000_000_000;

    #[test]
    fn the_parts_of_profit_add_up_to_it() {
        let mut summary = summary("10000", "9990.5", "3");
        summary.stats.spread_cost = 1.25;
        let mut markouts = MarkoutStats { horizon_ns: 60_000_000_000, ..MarkoutStats::default() };
        markouts.maker.drift.insert("USDT".to_owned(), money("-2"));
        markouts.taker.drift.insert("USDT".to_owned(), money("0.75"));
        summary.stats.markouts = vec![MarkoutStats::default(), markouts];
        let purse = summary.stats.purses.get_mut("paper").unwrap().get_mut("USDT").unwrap();
        purse.funding = money("0.5");
        (purse.borrow, purse.liquidation) = (money("-0.25"), money("-2"));
        let split = split(&summary).unwrap();
        let besides = split.borrow + split.liquidation;
        assert_eq!(besides, money("-2.25"));
        assert_eq!((split.spread, split.fees), (money("-1.25"), money("-3")));
        assert_eq!((split.price, split.funding), (money("-2.25"), money("0.5")));
        assert_eq!(split.markout, Some((Span(60_000_000_000), money("-1.25"))));
        let all = split.price + split.spread + split.fees + split.funding + besides;
        assert_eq!(all + money("-1.25"), money("-9.5"));
    }

    #[test]
    fn sharpe_needs_thirty_days_and_fills_quiet_ones() {
        let mut summary = summary("100", "103", "0");
        let purse = summary.stats.purses.get_mut("paper").unwrap().get_mut("USDT").unwrap();
        let at = |day: i64| EventTime(day * DAY);
        purse.daily.insert(at(1).date(), money("102"));
        purse.daily.insert(at(3).date(), money("103"));
        (summary.from, summary.to) = (Some(at(0)), Some(EventTime(29 * DAY - 1)));
        assert_eq!(sharpe(&summary), None);
        summary.to = Some(EventTime(30 * DAY - 1));
        // 0, 2 %, 0, 1/102, then nothing: 30 returns.
        let (a, b) = (0.02, 103.0 / 102.0 - 1.0);
        let mean: f64 = (a + b) / 30.0;
        let squares = (a - mean).powi(2) + (b - mean).powi(2) + 28.0 * mean.powi(2);
        let expected = mean / (squares / 29.0).sqrt() * 365f64.sqrt();
        assert!((sharpe(&summary).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn equity_that_never_moves_has_no_sharpe() {
        let mut summary = summary("100", "100", "0");
        (summary.from, summary.to) = (Some(EventTime(0)), Some(EventTime(60 * DAY)));
        assert_eq!(sharpe(&summary), None);
    }
}
