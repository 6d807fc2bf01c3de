//! Funding of perpetual swaps: what longs and shorts pay each other.
//!
//! At a settlement the account gets `-rate * mark * quantity` (for an inverse contract the same of
//! its worth in settlement currency): longs pay while the rate is above zero. A record that does
//! not say when it is due is the settlement. One that does announces it: what the last one before
//! said is paid then, by the position and at the mark of that moment. What is announced only when
//! it was due already came too late: it must not be paid once more.

use super::{AccountLoop, Pending};
use crate::{market::Funding, outputs::Outputs};
use schemas::{
    OrderKey, Price, Text,
    instrument::{Kind, Rate},
    records::PostingKind,
};

impl AccountLoop {
    /// A funding rate of an instrument that the account trades.
    pub(super) fn on_funding(
        &mut self,
        key: OrderKey,
        market: usize,
        funding: &Funding,
        out: &mut Outputs,
    ) {
        if self.expect_funding(key, market, funding) {
            return;
        }
        let Some(rate) = Rate::nearest(funding.rate) else { return };
        let mark = funding.mark.map(|raw| self.markets[market].exchange.instrument().price(raw));
        self.pay_funding(key, market, rate, mark, out);
    }

    /// Remembers a rate that is due later; false for the settlement itself.
    pub(super) fn expect_funding(
        &mut self,
        key: OrderKey,
        market: usize,
        funding: &Funding,
    ) -> bool {
        let Some(next) = funding.next else { return false };
        if next <= key.ts {
            return true;
        }
        let place = &mut self.markets[market];
        let perpetual = place.exchange.instrument().kind == Kind::Perpetual;
        if let (Some(rate), true) = (Rate::nearest(funding.rate), perpetual) {
            let instrument = place.index;
            if place.funding.insert(next, rate).is_none() {
                let due = key.due(next, self.spec.ordinals.ledger, 0, 0);
                self.schedule(due, Pending::Funding { instrument });
            }
        }
        true
    }

    /// Funding that was announced is paid.
    pub(super) fn funding_is_due(&mut self, key: OrderKey, instrument: u32, out: &mut Outputs) {
        let market = self.market_of(instrument);
        if let Some(rate) = self.markets[market].funding.remove(&key.ts) {
            self.pay_funding(key, market, rate, None, out);
        }
    }

    fn pay_funding(
        &mut self,
        key: OrderKey,
        market: usize,
        rate: Rate,
        mark: Option<Price>,
        out: &mut Outputs,
    ) {
        let place = &self.markets[market];
        let (facts, held) = (place.exchange.instrument().clone(), place.holding.quantity);
        // Whoever holds something has met a price.
        let mark = mark.or_else(|| place.view().mark().map(|(mark, _)| mark));
        let (Some(mark), Kind::Perpetual, true) = (mark, facts.kind, held != 0) else { return };
        let paid = rate.of(facts.notional(mark, held));
        let received = if held > 0 { -paid } else { paid };
        self.purses.entry(facts.settle.clone()).or_default().funding += received;
        let (id, none) = (Some(&facts.id), Text::default());
        self.post(key, id, &facts.settle, PostingKind::Funding, received, &none, out);
        self.changed = true;
        let drawdown = self.portfolio_rows(key, out);
        self.watch_drawdown(drawdown, key, out);
        self.watch_margin(key, self.markets[market].currency, None, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::tests::{Drive, MS, spec},
        market::MarketRow,
        strategy::OrderStyle,
    };
    use schemas::{EventTime, Money};

    /// 1.00 bought at 100 (or sold at 99.90), then funding records.
    fn settled(wish: f64, records: &[(i64, Funding)]) -> Vec<(i64, String)> {
        let mut drive = Drive::new(spec(OrderStyle::Market));
        drive.quote(0, (9_990, 500), (10_000, 500));
        drive.wish(10, wish);
        drive.advance(100);
        for (ms, funding) in records {
            let key = drive.key(*ms);
            drive.account.on_row(key, 0, &MarketRow::Funding(*funding), None, &mut drive.out);
        }
        drive.advance(10_000);
        let cash: Money = drive.out.ledger.iter().map(|posting| posting.amount).sum();
        let last = drive.out.portfolio.last().unwrap();
        assert_eq!(cash, last.cash);
        let paid = drive.out.ledger.iter().filter(|p| p.kind == PostingKind::Funding);
        let paid: Vec<_> = paid.map(|p| (p.key.ts.0 / MS, p.amount)).collect();
        assert_eq!(paid.iter().map(|(_, amount)| *amount).sum::<Money>(), last.funding);
        paid.into_iter().map(|(ms, amount)| (ms, amount.to_string())).collect()
    }

    fn rate(rate: f64, mark: Option<i64>, next: Option<i64>) -> Funding {
        Funding { rate, mark, next: next.map(|ms| EventTime(ms * MS)) }
    }

    #[test]
    fn longs_pay_shorts_at_the_mark_price() {
        let now = rate(0.0001, Some(11_000), None);
        assert_eq!(settled(1.0, &[(200, now)]), [(200, "-0.011000000000".to_owned())]);
        assert_eq!(settled(-1.0, &[(200, now)]), [(200, "0.011000000000".to_owned())]);
        let negative = rate(-0.0003, None, None);
        let received = [(300, "0.029985000000".to_owned())];
        assert_eq!(settled(1.0, &[(300, negative)]), received, "at the mid, 99.95");
        assert_eq!(settled(0.0, &[(200, now)]), [], "who holds nothing");
        assert_eq!(settled(1.0, &[(200, rate(f64::NAN, None, None))]), [], "nobody knows it");
    }

    #[test]
    fn what_was_announced_before_the_account_began_is_paid() {
        let mut drive = Drive::new(spec(OrderStyle::Market));
        let said = MarketRow::Funding(rate(0.0001, None, Some(5_000)));
        let key = drive.key(0);
        drive.account.warm(key, 0, &said);
        let bytes = drive.account.snapshot();
        drive.account = AccountLoop::new(drive.account.spec.clone());
        drive.account.restore(&bytes).unwrap();
        drive.quote(1, (9_990, 500), (10_000, 500));
        drive.wish(10, 1.0);
        drive.advance(10_000);
        let last = drive.out.portfolio.last().unwrap();
        assert_eq!(last.funding, Money::parse("-0.009995").unwrap());
    }

    #[test]
    fn what_is_announced_is_paid_when_it_is_due_as_was_last_said() {
        let said = [
            (200, rate(0.0001, Some(1), Some(5_000))),
            (300, rate(0.0002, Some(1), Some(5_000))),
            (5_001, rate(0.0002, Some(1), Some(5_000))),
            (5_002, rate(0.0009, None, Some(90_000))),
        ];
        assert_eq!(settled(1.0, &said), [(5_000, "-0.019990000000".to_owned())]);
    }
}
