//! Quotes under random flow: no order is lost or filled twice, a run may be cut anywhere, and a
//! simulation in a few lines decides the same.

use super::{simulation::simulate, tests::maker};
use crate::{
    account::{
        AccountLoop, AccountSpec, MarkoutSpec, Toxic, ToxicBar,
        tests::{MS, rule, wish},
    },
    bars::BarTrade,
    execution::{Consumed, Delay, FillModel, FillSpec, Latency, LatencyLog, LogRow, QueueModel},
    market::{MarketRow, Top, Trigger},
    outputs::Outputs,
    rules::{Binary, Expr},
    strategy::{OrderStyle, Quote, Size},
};
use proptest::prelude::*;
use schemas::{
    EventTime, Money, OrderKey, Span,
    chunk::NO_ID,
    records::{OrderEvent, OrderStage},
};
use std::{collections::BTreeMap, sync::Arc};

/// A millisecond of a market at about 100.00 and what happens in it; prices in ticks.
#[derive(Debug, Clone, Copy)]
pub(in crate::account) enum Step {
    Quote {
        bid: i64,
        spread: i64,
        quantities: (i64, i64),
    },
    Trade {
        price: i64,
        quantity: i64,
        buys: bool,
    },
    /// What the maker wants: null where it has no opinion.
    Trigger {
        bid: Option<i64>,
        spread: Option<i64>,
        /// Of each order, in tenths.
        tenths: i64,
        tainted: bool,
    },
    /// What a strategy beside it wants.
    Wish(f64),
}

pub(in crate::account) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let near = || 9_990..10_006i64;
    let some = || proptest::option::weighted(0.9, 9_988..10_004i64);
    let step = prop_oneof![
        3 => (near(), 1..6i64, (10..300i64, 10..300i64))
            .prop_map(|(bid, spread, quantities)| Step::Quote { bid, spread, quantities }),
        3 => (near(), 1..30i64, any::<bool>())
            .prop_map(|(price, tens, buys)| Step::Trade { price, quantity: tens * 10, buys }),
        4 => (
            some(),
            proptest::option::weighted(0.9, 0..40i64),
            prop_oneof![3 => Just(10i64), 2 => 1..10i64],
            proptest::bool::weighted(0.1),
        )
            .prop_map(|(bid, spread, tenths, tainted)| {
                Step::Trigger { bid, spread, tenths, tainted }
            }),
        1 => prop_oneof![Just(1.0), Just(-1.0), Just(0.0)].prop_map(Step::Wish),
    ];
    proptest::collection::vec(step, 1..160)
}

/// Levels, ticks between them, ticks of tolerance, and the largest position in tenths.
pub(in crate::account) type Numbers = (u32, u32, u32, Option<i64>);

pub(in crate::account) fn numbers() -> impl Strategy<Value = Numbers> {
    (1..4u32, 1..4u32, 1..4u32, proptest::option::of(5..35i64))
}

/// A maker that pulls while it wants more than 30 ticks between its orders.
fn quoting((levels, step, requote, most): Numbers, latency: (i64, i64)) -> AccountSpec {
    let change = |quote: &mut Quote| {
        let wide = Expr::binary(Binary::Sub, Expr::Column(1), Expr::Column(0));
        quote.pull = Some(rule(Expr::binary(Binary::Gt, wide, Expr::Constant(0.305))));
        (quote.levels, quote.step_ticks, quote.requote_ticks) = (levels, step, requote);
        quote.max_position = most.map(|tenths| tenths as f64 / 10.0);
    };
    let mut spec = maker(change);
    let strategy = &mut spec.strategies[0];
    (strategy.columns, strategy.size) = (3, Size::Quantity(rule(Expr::Column(2))));
    let [entry, response] = [latency.0, latency.1].map(|ms| Span(ms * MS));
    spec.instruments[0].execution.latency = match (latency.0 + latency.1) % 3 {
        0 => Latency::constant(entry, response),
        1 => {
            let [entry, response] =
                [entry, response].map(|to| Delay::Uniform { from: Span(0), to });
            Latency::Stated { entry, response, seed: 7 }
        }
        // What is sent around 30 ms never comes.
        _ => {
            let row = |request, exchange, response| LogRow { request, exchange, response };
            let late = row(60 * MS, 60 * MS + entry.0, 60 * MS + entry.0 + response.0);
            let rows = vec![row(0, MS, 2 * MS), row(30 * MS, 0, 33 * MS), late];
            Latency::Logged(LatencyLog::new(rows).unwrap())
        }
    };
    spec
}

/// Beside it a strategy with a target in the same account.
pub(in crate::account) fn two(numbers: Numbers, latency: (i64, i64)) -> AccountSpec {
    let mut spec = quoting(numbers, latency);
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal, other.columns, other.quote) = ("t".into(), 6, 1, None);
    (other.long, other.short) = (wish(Binary::Gt, 0.0), wish(Binary::Lt, 0.0));
    (other.flat, other.order) = (wish(Binary::Eq, 0.0), OrderStyle::Market);
    other.size = Size::Quantity(rule(Expr::Constant(0.5)));
    spec.strategies.push(other);
    let (horizon, half_life) = (Span(3 * MS), Span(10 * MS));
    spec.instruments[0].execution.fill.consumed =
        Consumed::ALL[(numbers.0 + numbers.1 + numbers.2) as usize % Consumed::ALL.len()];
    spec.markouts = MarkoutSpec {
        horizons: vec![Span(MS), horizon, Span(7 * MS + 1)],
        toxic: Some(Toxic { horizon, bar: ToxicBar::Spreads(0.5), half_life }),
    };
    spec
}

pub(in crate::account) struct Feed<'a> {
    pub steps: &'a [Step],
    pub spec: Arc<AccountSpec>,
}

impl Feed<'_> {
    /// Steps all; the account is replaced at each cut, and `quiet` trades only move the price.
    pub fn run(&self, cuts: &[i64], quiet: bool) -> (Outputs, AccountLoop) {
        let mut account = AccountLoop::new(Arc::clone(&self.spec));
        let mut out = Outputs::default();
        let mut cuts = cuts.iter().peekable();
        for (i, step) in self.steps.iter().enumerate() {
            let ms = i as i64;
            while let Some(cut) = cuts.next_if(|cut| **cut <= ms) {
                account.advance(EventTime(cut * MS), &mut out);
                let state = account.snapshot();
                account = AccountLoop::new(Arc::clone(&self.spec));
                account.restore(&state).unwrap();
                assert_eq!(account.snapshot(), state);
            }
            Feed::step(&mut account, i as u64, *step, quiet, &mut out);
        }
        let end = self.steps.len() as i64;
        account.advance(EventTime(end * MS), &mut out);
        (out, account)
    }

    fn step(account: &mut AccountLoop, i: u64, step: Step, quiet: bool, out: &mut Outputs) {
        let key = OrderKey::source(EventTime(i as i64 * MS), 0, 0, i, 0);
        let trigger = |strategy: u16, tainted, values| Trigger {
            key: key.derived(5 + strategy, 0, 0),
            strategy,
            instrument: 0,
            tainted,
            values,
        };
        match step {
            Step::Quote { bid, spread, quantities: (bid_quantity, ask_quantity) } => {
                let ask = bid + spread;
                let top = Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID };
                account.on_row(key, 0, &MarketRow::Quote(top), None, out);
            }
            Step::Trade { price, .. } if quiet && key.ts < account.quiet_until() => {
                account.move_price(0, price);
            }
            Step::Trade { price, quantity, buys } => {
                let side = if buys { 1 } else { -1 };
                let trade = BarTrade { price, quantity, side, tainted: false };
                account.on_row(key, 0, &MarketRow::Trade(trade), None, out);
            }
            Step::Trigger { bid, spread, tenths, tainted } => {
                let bid = bid.map_or(f64::NAN, |bid| bid as f64 / 100.0);
                let ask = spread.map_or(f64::NAN, |s| 100.0 + s as f64 / 100.0);
                let values = vec![bid, ask, tenths as f64 / 10.0];
                account.on_trigger(&trigger(0, tainted, values), out);
            }
            Step::Wish(wish) if account.spec().strategies.len() > 1 => {
                account.on_trigger(&trigger(1, false, vec![wish]), out);
            }
            Step::Wish(_) => {}
        }
    }
}

/// An order as rows tell of it.
struct Told {
    side: i64,
    price: i64,
    quantity: i64,
    filled: i64,
    arrived: bool,
    ended: bool,
}

impl Told {
    fn open(&self) -> i64 {
        if self.ended { 0 } else { self.quantity - self.filled }
    }
}

/// Follows the rows of one strategy's orders; gives its position.
fn follow(rows: &[&OrderEvent], most: Option<i64>) -> (BTreeMap<String, Told>, i64) {
    let (mut orders, mut position) = (BTreeMap::<String, Told>::new(), 0);
    for row in rows {
        let (side, price) = (row.side.sign(), row.limit_price.map_or(0, |price| price.raw));
        if row.event == OrderStage::Decided {
            let twin = |o: &Told| !o.ended && (o.side, o.price) == (side, price);
            assert!(!orders.values().any(twin), "two orders at {price}");
            let quantity = row.quantity.raw;
            // A display of no whole lots leaves a target that is none either.
            assert!(quantity > 0 && (price == 0 || quantity % 10 == 0), "whole lots");
            let told = Told { side, price, quantity, filled: 0, arrived: false, ended: false };
            assert!(orders.insert(row.order_id.to_string(), told).is_none());
            let open = |side| orders.values().filter(|o| o.side == side).map(Told::open).sum();
            let open: i64 = if price == 0 { 0 } else { open(side) };
            if let Some(most) = most.filter(|_| price != 0) {
                assert!(side * position + open <= most, "{position} and {open} over {most}");
            }
            continue;
        }
        let order = orders.get_mut(&row.order_id.to_string()).expect("decided before");
        assert!(!order.ended, "{:?} after its end", row.event);
        if row.event == OrderStage::Amended {
            let quantity = row.quantity.raw;
            assert!(order.filled < quantity && quantity < order.quantity, "{quantity} is less");
            order.quantity = quantity;
        }
        assert_eq!(order.quantity, row.quantity.raw, "only an amendment changes it");
        match row.event {
            OrderStage::Arrived | OrderStage::Rejected => {
                assert!(!std::mem::replace(&mut order.arrived, true), "it arrives once");
            }
            _ => assert!(order.arrived, "{:?} of what has not arrived", row.event),
        }
        position += side * (row.filled_quantity.raw - order.filled);
        assert!(row.filled_quantity.raw >= order.filled);
        order.filled = row.filled_quantity.raw;
        order.ended =
            matches!(row.event, OrderStage::Filled | OrderStage::Cancelled | OrderStage::Rejected);
        assert_eq!(row.event == OrderStage::Filled, order.filled == order.quantity);
    }
    (orders, position)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_order_is_lost_or_filled_twice(
        mut steps in steps(),
        numbers in numbers(),
        latency in (0..6i64, 0..6i64),
    ) {
        // In the end all is taken back.
        let (bid, spread) = (Some(9_000), Some(0));
        steps.push(Step::Trigger { bid, spread, tenths: 10, tainted: true });
        let spec = Arc::new(two(numbers, latency));
        let (mut out, mut account) = Feed { steps: &steps, spec }.run(&[], false);
        account.advance(EventTime((steps.len() as i64 + 20) * MS), &mut out);
        out.sort();
        let mut held = 0;
        for (name, most) in [("s", numbers.3.map(|tenths| tenths * 10)), ("t", None)] {
            let rows: Vec<&OrderEvent> =
                out.orders.iter().filter(|row| &*row.strategy == name).collect();
            let (orders, position) = follow(&rows, most);
            let fills = out.fills.iter().filter(|fill| &*fill.strategy == name);
            let mut filled = BTreeMap::<String, i64>::new();
            for fill in fills {
                *filled.entry(fill.order_id.to_string()).or_default() += fill.quantity.raw;
            }
            for (id, order) in &orders {
                prop_assert_eq!(filled.remove(id).unwrap_or(0), order.filled);
                prop_assert!(order.ended || name == "t", "{} is lost", id);
            }
            prop_assert!(filled.is_empty());
            held += position;
        }
        prop_assert_eq!(out.positions.last().map_or(0, |row| row.quantity.raw), held);
        let cash: Money = out.ledger.iter().map(|posting| posting.amount).sum();
        prop_assert_eq!(out.portfolio.last().unwrap().cash, cash);
    }

    #[test]
    fn a_run_that_is_cut_or_taken_in_stretches_gives_the_same(
        steps in steps(),
        numbers in numbers(),
        latency in (0..6i64, 0..6i64),
        every in 1..20usize,
    ) {
        let mut spec = two(numbers, latency);
        spec.risk.drawdown_stop = Some(schemas::instrument::Rate::parse("0.0001").unwrap());
        for spec in [two(numbers, latency), spec] {
            let feed = Feed { steps: &steps, spec: Arc::new(spec) };
            let cuts: Vec<i64> = (0..steps.len() as i64).step_by(every).collect();
            let (mut whole, account) = feed.run(&[], false);
            let (mut cut, again) = feed.run(&cuts, false);
            let (mut quiet, _) = feed.run(&[], true);
            [&mut whole, &mut cut, &mut quiet].into_iter().for_each(Outputs::sort);
            prop_assert_eq!(format!("{cut:?}"), format!("{whole:?}"));
            prop_assert_eq!(format!("{quiet:?}"), format!("{whole:?}"));
            prop_assert_eq!(again.snapshot(), account.snapshot());
        }
    }

    #[test]
    fn a_simulation_in_one_place_decides_the_same(
        steps in steps(),
        numbers in numbers(),
        (entry, response) in (1..6i64, 1..6i64),
    ) {
        let numbers = (numbers.0, numbers.1, 1, numbers.3);
        let mut spec = quoting(numbers, (entry, response));
        spec.instruments[0].execution.latency =
            Latency::constant(Span(entry * MS), Span(response * MS));
        spec.strategies[0].quote.as_mut().unwrap().pull = None;
        spec.instruments[0].execution.fill = FillSpec {
            model: FillModel::NextTrade,
            queue: QueueModel::RiskAverse,
            partial: false,
            consumed: Consumed::UntilRefresh,
            half_spread: 0.0,
        };
        let (out, _) = Feed { steps: &steps, spec: Arc::new(spec) }.run(&[], false);
        let told = simulate(&steps, numbers, (entry, response));
        let row = |o: &OrderEvent| {
            let signed = o.side.sign() * o.quantity.raw;
            (o.key.ts.0 / MS, o.event, signed, o.limit_price.unwrap().raw)
        };
        prop_assert_eq!(out.orders.iter().map(row).collect::<Vec<_>>(), told);
    }
}
