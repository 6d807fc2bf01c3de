//! Conservation laws under random order flow: two accounts, three instruments of two venues, two
//! currencies, both clocks, every kind of order, fees, funding, interest, margin and liquidation.
//!
//! After every row and at every moment: cash is the sum of the ledger, equity is cash and what is
//! open, positions are the sum of the fills, strategies have what the account has, no order is
//! filled beyond its quantity, beyond its limit or after its end, and nothing is kept that lacks
//! maintenance margin, all to the last unit. And what an account does depends neither on where its
//! state was taken over by another one, nor on how far it was let go on before, nor on anything
//! that comes later.
//!
//! `TAPEFLOW_LAW_ORDERS`, in the environment that this is built in, says how many orders are to be
//! decided: `.ci/run` asks for a million; without it some thousand are.

mod world;

use super::{AccountLoop, News, Pending};
use crate::{
    market::{MarketRow, Trigger},
    outputs::Outputs,
};
use schemas::{
    EventTime, Money, OrderKey, Text,
    chunk::DeltaFlags,
    records::{Fill, OrderStage, Portfolio, PostingKind},
};
use std::{collections::BTreeMap, sync::Arc};
use world::{Dice, What, World};

/// Moments of a world.
const MOMENTS: usize = 1_500;

#[test]
fn nothing_is_lost_and_nothing_comes_of_nothing() {
    let wanted = option_env!("TAPEFLOW_LAW_ORDERS");
    let wanted: u64 = wanted.map_or(8_000, |n| n.parse().expect("a number of orders"));
    let mut told = Told::default();
    let mut seed = 0;
    while told.orders < wanted {
        let world = World::new(seed, MOMENTS);
        for account in 0..world.accounts.len() {
            let law = under_law(&world, account);
            // What is compared row by row takes longer than all of the rest.
            if seed % 16 == account as u64 {
                depends_on_the_past_alone(&world, account, &law.out);
            }
            told.add(&law.out);
        }
        seed += 1;
    }
    // Laws of what never happens say nothing.
    assert!(told.liquidations > told.orders / 2_000, "{told:?}");
    let all = [told.fills, told.rejected, told.refused, told.cancelled, told.amended];
    assert!(all.iter().all(|n| *n > 10), "{told:?}");
    let all = [told.funding, told.borrow];
    assert!(all.iter().all(|n| *n > 10) && told.insured > 0, "{told:?}");
}

/// How much has happened.
#[derive(Debug, Default)]
struct Told {
    orders: u64,
    fills: u64,
    rejected: u64,
    refused: u64,
    cancelled: u64,
    amended: u64,
    liquidations: u64,
    funding: u64,
    borrow: u64,
    insured: u64,
}

impl Told {
    fn add(&mut self, out: &Outputs) {
        let stage = |stage| out.orders.iter().filter(|o| o.event == stage).count() as u64;
        let posted = |kind| out.ledger.iter().filter(|p| p.kind == kind).count() as u64;
        self.refused += stage(OrderStage::Refused);
        self.orders += stage(OrderStage::Decided) + stage(OrderStage::Refused);
        self.fills += out.fills.len() as u64;
        self.rejected += stage(OrderStage::Rejected);
        self.cancelled += stage(OrderStage::Cancelled);
        self.amended += stage(OrderStage::Amended);
        self.funding += posted(PostingKind::Funding);
        self.borrow += posted(PostingKind::Borrow);
        self.insured += posted(PostingKind::Insurance);
        let signals = out.signals.iter();
        self.liquidations += signals.filter(|s| &*s.reason == "liquidation").count() as u64;
    }
}

/// Does one thing to an account.
fn step(account: &mut AccountLoop, key: OrderKey, what: &What, out: &mut Outputs) {
    match what {
        What::Row { market, row, exchange_ts } => {
            account.on_row(key, *market, row, *exchange_ts, out);
        }
        What::Trigger { strategy, instrument, tainted, values } => {
            let own = |s: &crate::strategy::StrategySpec| s.ordinal == *strategy;
            if account.spec.strategies.iter().any(own) {
                let (tainted, values) = (*tainted, values.clone());
                let (strategy, instrument) = (*strategy, *instrument);
                account.on_trigger(&Trigger { key, strategy, instrument, tainted, values }, out);
            }
        }
    }
}

fn start(world: &World, account: usize) -> AccountLoop {
    AccountLoop::new(Arc::new(world.accounts[account].clone()))
}

/// The rows of an account, all of which keep the laws.
fn under_law(world: &World, account: usize) -> Law {
    let mut running = start(world, account);
    let mut law = Law::default();
    for (key, what) in &world.events {
        step(&mut running, *key, what, &mut law.out);
        law.look(&running, what);
    }
    running.advance(world.end, &mut law.out);
    law.look_at_rows(&running);
    law
}

/// An account that is stopped and goes on in another one, that is let go on as far as it may at
/// other moments, and whose tape ends early, has the same rows up to there.
fn depends_on_the_past_alone(world: &World, account: usize, whole: &Outputs) {
    let mut dice = Dice::new(account as u64 + 7);
    let mut running = start(world, account);
    let mut out = Outputs::default();
    let mut last = 0;
    for (i, (key, what)) in world.events.iter().enumerate() {
        if dice.once_in(20) {
            let before = world.events[last].0.ts.0;
            running.advance(EventTime(dice.between(before, key.ts.0)), &mut out);
        }
        if dice.once_in(50) {
            let bytes = running.snapshot();
            running = start(world, account);
            running.restore(&bytes).expect("its own state");
            assert_eq!(running.snapshot(), bytes);
        }
        step(&mut running, *key, what, &mut out);
        last = i;
    }
    running.advance(world.end, &mut out);
    same(whole, &out, EventTime::MAX);

    let mut running = start(world, account);
    let mut out = Outputs::default();
    let until = world.events[world.events.len() * 2 / 3].0.ts;
    for (key, what) in world.events.iter().take_while(|(key, _)| key.ts < until) {
        step(&mut running, *key, what, &mut out);
    }
    running.advance(until, &mut out);
    same(whole, &out, until);
}

/// Are both the same before a moment?
fn same(whole: &Outputs, part: &Outputs, until: EventTime) {
    macro_rules! compare {
        ($($table:ident),+) => {$({
            // Text, because a null is no equal of itself.
            let text = |out: &Outputs| {
                let rows = out.$table.iter().filter(|row| row.key.ts < until);
                rows.map(|row| format!("{row:?}")).collect::<Vec<_>>()
            };
            let (whole, part) = (text(whole), text(part));
            let other = whole.iter().zip(&part).find(|(whole, part)| whole != part);
            assert_eq!(other, None, "{}", stringify!($table));
            assert_eq!(whole.len(), part.len(), "{}", stringify!($table));
        })+};
    }
    compare!(signals, orders, fills, ledger, positions, portfolio);
}

/// An order as its rows and fills tell of it.
#[derive(Default)]
struct Story {
    quantity: i64,
    filled: i64,
    limit: Option<i64>,
    ended: bool,
}

/// What has been seen of an account.
#[derive(Default)]
struct Law {
    out: Outputs,
    /// Rows that were looked at: orders, fills, postings, states.
    seen: [usize; 4],
    /// Sums of a currency's ledger, after each posting since the last state that showed one.
    sums: BTreeMap<Text, Vec<Money>>,
    /// By currency and kind.
    posted: BTreeMap<(Text, PostingKind), Money>,
    orders: BTreeMap<Text, Story>,
    /// Position of each instrument, and what was paid for it.
    held: BTreeMap<Text, (i64, Money)>,
    /// Position of each strategy in each instrument.
    parts: BTreeMap<(Text, Text), i64>,
    /// The last state of each currency.
    last: BTreeMap<Text, Portfolio>,
}

impl Law {
    fn look(&mut self, account: &AccountLoop, what: &What) {
        let changed = self.look_at_rows(account);
        // In the middle of a message there is no market.
        let ends = match what {
            What::Row { row: MarketRow::Delta(delta), .. } => delta.flags.has(DeltaFlags::LAST),
            _ => true,
        };
        if changed && matches!(what, What::Trigger { .. }) {
            self.equity_is_what_all_is_worth(account);
        }
        if ends {
            margin_is_kept(account);
        }
    }

    /// Looks at what is new; gives whether there was a state of the account.
    fn look_at_rows(&mut self, account: &AccountLoop) -> bool {
        let out = std::mem::take(&mut self.out);
        let [orders, fills, postings, states] = self.seen;
        if out.orders.len() > orders || out.fills.len() > fills {
            // An order's row tells of its fill before the fill is told.
            let rows = out.orders[orders..].iter();
            rows.clone().for_each(|row| {
                let order = self.orders.entry(row.order_id.clone()).or_default();
                assert!(!order.ended, "{row:?} comes after its end");
                order.quantity = row.quantity.raw;
                order.limit = row.limit_price.map(|limit| limit.raw);
                assert!(row.filled_quantity.raw <= row.quantity.raw, "{row:?}");
                assert!(row.filled_quantity.raw >= order.filled, "{row:?}");
                order.ended = &*row.status == "done";
            });
            out.fills[fills..].iter().for_each(|fill| self.fill(fill, account));
            for row in rows {
                let order = &self.orders[&row.order_id];
                assert!(order.filled <= order.quantity, "{row:?}");
                let all = row.event != OrderStage::Filled || order.filled == order.quantity;
                assert!(all, "{row:?} was filled by {}", order.filled);
            }
            self.positions_are_sums_of_fills(account);
        }
        for posting in &out.ledger[postings..] {
            let sums =
                self.sums.entry(posting.currency.clone()).or_insert_with(|| vec![Money::ZERO]);
            sums.push(*sums.last().expect("it begins with nothing") + posting.amount);
            let kind = (posting.currency.clone(), posting.kind);
            *self.posted.entry(kind).or_default() += posting.amount;
        }
        out.portfolio[states..].iter().for_each(|row| self.state(row));
        for (currency, purse) in &account.purses {
            // Before the first record there is a purse and no row of it.
            let Some(sums) = self.sums.get(currency) else { continue };
            assert_eq!(sums.last(), Some(&purse.cash), "{currency}");
            if out.ledger.len() > postings {
                assert_eq!(self.last[currency].cash, purse.cash, "a posting is shown");
            }
        }
        let changed = out.portfolio.len() > states;
        self.seen = [out.orders.len(), out.fills.len(), out.ledger.len(), out.portfolio.len()];
        self.out = out;
        changed
    }

    fn fill(&mut self, fill: &Fill, account: &AccountLoop) {
        let id = fill.instrument.clone().expect("a fill is of an instrument");
        let here = |m: &&super::Market| m.exchange.instrument().id.text() == &id;
        let market = account.markets.iter().find(here).expect("it is traded");
        let signed = fill.side.sign() * fill.quantity.raw;
        let (held, paid) = self.held.entry(id.clone()).or_default();
        *held += signed;
        *paid += market.exchange.instrument().value(fill.price, signed);
        *self.parts.entry((fill.strategy.clone(), id)).or_default() += signed;
        let order = self.orders.get_mut(&fill.order_id).expect("a fill is of an order");
        order.filled += fill.quantity.raw;
        let within = |limit| (limit - fill.price.raw) * fill.side.sign() >= 0;
        assert!(order.limit.is_none_or(within), "{fill:?} is beyond {:?}", order.limit);
        assert!(order.filled <= order.quantity, "{fill:?}");
    }

    /// A state shows a sum of the ledger that is no older than the one before it did.
    fn state(&mut self, row: &Portfolio) {
        assert_eq!(row.equity, row.cash + row.unrealised, "{row:?}");
        let sums = self.sums.get_mut(&row.currency).expect("the deposit came before");
        let at = sums.iter().position(|sum| *sum == row.cash);
        let at = at.unwrap_or_else(|| panic!("{row:?} is no sum of the ledger: {sums:?}"));
        sums.drain(..at);
        assert!(row.margin >= Money::ZERO, "{row:?}");
        self.last.insert(row.currency.clone(), row.clone());
    }

    fn positions_are_sums_of_fills(&self, account: &AccountLoop) {
        for market in &account.markets {
            let id = market.exchange.instrument().id.text();
            let held = self.held.get(id).map_or(0, |(held, _)| *held);
            assert_eq!(market.holding.quantity, held, "{id}");
        }
        let mut known: BTreeMap<(u16, u32), i64> = BTreeMap::new();
        for (number, strategy) in account.spec.strategies.iter().enumerate() {
            for (place, instrument) in strategy.instruments.iter().enumerate() {
                let stance = &account.stances[number][place];
                known.insert((number as u16, *instrument), stance.holding.quantity);
            }
        }
        for pending in account.pending.values() {
            if let Pending::Known { strategy, instrument, news, .. } = pending
                && let News::Filled { signed, .. } = news
            {
                *known.entry((*strategy, *instrument)).or_default() += signed;
            }
        }
        for ((strategy, instrument), quantity) in known {
            let name = account.spec.strategies[usize::from(strategy)].name.clone();
            let market = &account.markets[account.market_of(instrument)];
            let id = market.exchange.instrument().id.text().clone();
            let filled = self.parts.get(&(name, id)).copied().unwrap_or_default();
            assert_eq!(quantity, filled, "of strategy {strategy} in {instrument}");
        }
    }

    /// While the market stands still: what was put in, paid and received, and what all that was
    /// bought is worth less what it has cost.
    fn equity_is_what_all_is_worth(&self, account: &AccountLoop) {
        for (currency, row) in &self.last {
            let posted =
                |kind| self.posted.get(&(currency.clone(), kind)).copied().unwrap_or(Money::ZERO);
            assert_eq!(row.fees, -posted(PostingKind::Fee));
            assert_eq!(row.realised, posted(PostingKind::Trade));
            assert_eq!(row.funding, posted(PostingKind::Funding));
            let besides = PostingKind::ALL.iter().filter(|kind| **kind != PostingKind::Trade);
            let mut equity: Money = besides.map(|kind| posted(*kind)).sum();
            for market in &account.markets {
                let instrument = market.exchange.instrument();
                let here = instrument.settle == *currency;
                let Some((held, paid)) = self.held.get(instrument.id.text()).filter(|_| here)
                else {
                    continue;
                };
                equity = equity - *paid;
                match market.view().mark() {
                    Some((mark, _)) => equity += instrument.value(mark, *held),
                    None if *held == 0 => {}
                    None => return,
                }
            }
            assert_eq!(row.equity, equity, "{row:?}");
        }
    }
}

/// Nothing is held that lacks maintenance margin, but while it is being closed.
fn margin_is_kept(account: &AccountLoop) {
    for currency in 0..account.currencies.len() {
        if account.margins.under_way.contains_key(&currency) {
            continue;
        }
        if let Some((equity, kept)) = account.equity_and_maintenance(currency) {
            let name = &account.currencies[currency];
            assert!(equity >= kept, "{equity} {name} do not keep {kept}");
        }
    }
}
