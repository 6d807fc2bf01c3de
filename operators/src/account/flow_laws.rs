//! Random order flow: all kinds of orders and strategies beside one another at two venues, each
//! with latency, lost messages or a clock of its own. No order is lost or filled twice, each goes
//! its way through the table of stages, and a run may be cut at any record.
//!
//! `PROPTEST_CASES` says how much of it.

use super::{
    AccountLoop, AccountSpec, Pending,
    legs::tests::pair,
    quotes::tests::maker,
    stages::{is_final, next},
    tests::{MS, rule, wish},
};
use crate::{
    bars::BarTrade,
    execution::{Delay, Latency, LatencyLog, LogRow, VenueClock, Wake},
    market::{MarketRow, Top, Trigger},
    outputs::Outputs,
    rules::{Binary, Expr},
    strategy::{After, Exit, OrderStyle, Remedy, Size},
};
use proptest::prelude::*;
use schemas::{
    EventTime, Money, OrderKey, Span,
    chunk::NO_ID,
    instrument::Rate,
    records::{OrderEvent, OrderKind, OrderStage, TimeInForce},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What happens in a millisecond; prices in ticks around 100.00.
#[derive(Debug, Clone, Copy)]
enum Step {
    Quote {
        market: usize,
        bid: i64,
        spread: i64,
        quantities: (i64, i64),
    },
    Trade {
        market: usize,
        price: i64,
        quantity: i64,
        buys: bool,
    },
    /// Of the strategy with a target: which instrument, what it wants, at which price.
    Wish {
        market: usize,
        wish: f64,
        price: i64,
    },
    /// Of the maker.
    Quoting {
        bid: i64,
        spread: i64,
        /// Of each order, in tenths.
        tenths: i64,
        tainted: bool,
    },
    /// Of the legs.
    Legs(f64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let near = || 9_990..10_008i64;
    let market = || 0..2usize;
    let wish = || prop_oneof![Just(1.0), Just(-1.0), Just(0.0), Just(f64::NAN)];
    let step = prop_oneof![
        4 => (market(), near(), 1..6i64, (10..300i64, 10..300i64)).prop_map(
            |(market, bid, spread, quantities)| Step::Quote { market, bid, spread, quantities }
        ),
        4 => (market(), near(), 1..30i64, any::<bool>()).prop_map(
            |(market, price, tens, buys)| Step::Trade { market, price, quantity: tens * 10, buys }
        ),
        3 => (market(), wish(), near())
            .prop_map(|(market, wish, price)| Step::Wish { market, wish, price }),
        3 => (near(), 1..20i64, 3..11i64, proptest::bool::weighted(0.05)).prop_map(
            |(bid, spread, tenths, tainted)| Step::Quoting { bid, spread, tenths, tainted }
        ),
        2 => prop_oneof![wish(), Just(0.5), Just(-2.0)].prop_map(Step::Legs),
    ];
    proptest::collection::vec(step, 1..300)
}

fn latency() -> impl Strategy<Value = Latency> {
    let span = |ms: i64| Span(ms * MS);
    let row = |request, exchange, response| LogRow { request, exchange, response };
    prop_oneof![
        (0..6i64, 0..6i64)
            .prop_map(move |(entry, response)| Latency::constant(span(entry), span(response))),
        (0..9i64, 0..9i64, 0..100u64).prop_map(move |(entry, response, seed)| {
            let [entry, response] =
                [entry, response].map(|ms| Delay::Uniform { from: Span(0), to: span(ms) });
            Latency::Stated { entry, response, seed }
        }),
        // What is sent from some moment to another never comes.
        (1..5i64, 20..60i64).prop_map(move |(ms, lost)| {
            let after = lost * MS + 30 * MS;
            let rows = vec![
                row(0, ms * MS, 2 * ms * MS),
                row(lost * MS, 0, (lost + 3) * MS),
                row(after, after + ms * MS, after + 2 * ms * MS),
            ];
            Latency::Logged(LatencyLog::new(rows).unwrap())
        }),
    ]
}

fn style() -> impl Strategy<Value = OrderStyle> {
    let price = || rule(Expr::Column(1));
    let timeout = || proptest::option::of((1..20i64).prop_map(|ms| Span(ms * MS)));
    let in_force =
        || prop_oneof![Just(TimeInForce::Gtc), Just(TimeInForce::Ioc), Just(TimeInForce::Fok)];
    let wake = || prop_oneof![Just(Wake::Stop), Just(Wake::Touch), Just(Wake::Trail)];
    let plain = prop_oneof![
        Just(OrderStyle::Market),
        (any::<bool>(), timeout(), any::<bool>(), in_force()).prop_map(
            move |(post_only, timeout, then_market, in_force)| {
                let rests = in_force == TimeInForce::Gtc;
                OrderStyle::Limit {
                    price: price(),
                    post_only: post_only && rests,
                    timeout: timeout.filter(|_| rests),
                    then_market: then_market && rests && timeout.is_some(),
                    in_force,
                }
            }
        ),
        (wake(), any::<bool>(), timeout(), any::<bool>()).prop_map(
            move |(wake, limit, timeout, then_market)| OrderStyle::Wait {
                wake,
                at: match wake {
                    Wake::Trail => rule(Expr::Constant(0.03)),
                    _ => price(),
                },
                limit: (limit && wake != Wake::Trail).then(price),
                timeout,
                then_market: then_market && timeout.is_some(),
            }
        ),
    ];
    (plain, proptest::bool::weighted(0.3)).prop_map(|(style, reduces)| match reduces {
        true => OrderStyle::Reduce(Box::new(style)),
        false => style,
    })
}

/// Limits of risk, whether the venues have clocks, and whether orders are filled in parts.
type Terms = ((bool, bool, bool), (bool, bool), bool);

fn terms() -> impl Strategy<Value = Terms> {
    let rare = || proptest::bool::weighted(0.2);
    ((rare(), rare(), rare()), (any::<bool>(), any::<bool>()), any::<bool>())
}

/// A strategy with a target in two instruments, a maker in the first, and legs in both.
fn account(
    latency: [Latency; 2],
    styles: (OrderStyle, OrderStyle),
    (remedy, exit): (Option<Remedy>, Option<bool>),
    ((notional, rate, drawdown), clocks, partial): Terms,
) -> AccountSpec {
    let mut spec = pair(remedy, styles.1);
    let legs = spec.strategies.pop().unwrap();
    let mut target = maker(|_| {}).strategies.pop().unwrap();
    let mut quotes = target.clone();
    (quotes.name, quotes.ordinal) = ("quotes".into(), 6);
    (quotes.columns, quotes.size) = (3, Size::Quantity(rule(Expr::Column(2))));
    let quote = quotes.quote.as_mut().unwrap();
    (quote.levels, quote.step_ticks, quote.max_position) = (2, 2, Some(3.0));
    target.name = "target".into();
    (target.quote, target.instruments, target.order) = (None, vec![0, 1], styles.0);
    (target.long, target.short) = (wish(Binary::Gt, 0.0), wish(Binary::Lt, 0.0));
    (target.flat, target.size) = (wish(Binary::Eq, 0.0), Size::Quantity(rule(Expr::Constant(0.6))));
    // Slots 2 and 3 are the position and its entry, 4 its side.
    let away = |by| {
        let way = Expr::binary(Binary::Mul, Expr::Column(4), Expr::Constant(by));
        Some(rule(Expr::binary(Binary::Add, Expr::Column(3), way)))
    };
    target.exit = exit.map(|at_venue| Exit {
        stop: away(-0.04),
        take: away(0.05),
        trail: (!at_venue).then(|| rule(Expr::Constant(0.03))),
        after: Some(After::Span(Span(25 * MS))),
        at_venue,
    });
    spec.strategies = vec![target, quotes, legs];
    (spec.strategies[2].name, spec.strategies[2].ordinal) = ("legs".into(), 7);
    spec.risk.position_notional = notional.then(|| Money::parse("90").unwrap());
    spec.risk.drawdown_stop = drawdown.then(|| Rate::parse("0.0002").unwrap());
    spec.risk.order_rate = rate.then_some(crate::risk::OrderRate { count: 9, per: Span(20 * MS) });
    let clock = Some(VenueClock { offset: 0, max_latency: Span(10 * MS) });
    let clocks = [clocks.0, clocks.1];
    for ((market, latency), clocked) in spec.instruments.iter_mut().zip(latency).zip(clocks) {
        market.execution.latency = latency;
        market.execution.clock = clock.filter(|_| clocked);
        market.execution.fill.partial = partial;
    }
    spec
}

/// What an account is given.
enum Event {
    Row(usize, MarketRow<'static>),
    Trigger(Trigger),
}

/// Everything in the order of its keys; what has a clock of its own is received two milliseconds
/// after it happened.
fn events(spec: &AccountSpec, steps: &[Step]) -> Vec<(OrderKey, Event)> {
    let mut events = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let at = |ms: usize| OrderKey::source(EventTime(ms as i64 * MS), 0, 0, i as u64, 0);
        let mut row = |market: usize, row: MarketRow<'static>| {
            if spec.instruments[market].execution.clock.is_some() {
                let key = OrderKey { received: OrderKey::AT_VENUE, ..at(i) };
                events.push((key, Event::Row(market, row)));
                events.push((at(i + 2), Event::Row(market, row)));
            } else {
                events.push((at(i), Event::Row(market, row)));
            }
        };
        let (strategy, instrument, tainted, values) = match *step {
            Step::Quote { market, bid, spread, quantities: (bid_quantity, ask_quantity) } => {
                let ask = bid + spread;
                let top = Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID };
                row(market, MarketRow::Quote(top));
                continue;
            }
            Step::Trade { market, price, quantity, buys } => {
                let side = if buys { 1 } else { -1 };
                row(market, MarketRow::Trade(BarTrade { price, quantity, side, tainted: false }));
                continue;
            }
            Step::Wish { market, wish, price } => {
                (0, market as u32, false, vec![wish, price as f64 / 100.0])
            }
            Step::Quoting { bid, spread, tenths, tainted } => {
                let [bid, ask] = [bid, bid + spread].map(|price| price as f64 / 100.0);
                (1, 0, tainted, vec![bid, ask, tenths as f64 / 10.0])
            }
            Step::Legs(value) => (2, 0, false, vec![value]),
        };
        let key = at(i).derived(5 + strategy, 0, 0);
        let trigger = Trigger { key, strategy, instrument, tainted, values };
        events.push((key, Event::Trigger(trigger)));
    }
    events.sort_by_key(|(key, _)| *key);
    events
}

/// Steps all; the account is replaced before every `cut`th record.
fn run(spec: &Arc<AccountSpec>, steps: &[Step], cut: Option<usize>) -> (Outputs, AccountLoop) {
    let mut account = AccountLoop::new(Arc::clone(spec));
    let mut out = Outputs::default();
    for (i, (key, event)) in events(spec, steps).into_iter().enumerate() {
        if cut.is_some_and(|cut| i % cut == 0) {
            let state = account.snapshot();
            account = AccountLoop::new(Arc::clone(spec));
            account.restore(&state).unwrap();
            assert_eq!(account.snapshot(), state);
        }
        match event {
            Event::Row(market, row) => {
                let happened = Some(EventTime(key.ts.0));
                account.on_row(key, market, &row, happened, &mut out);
            }
            Event::Trigger(trigger) => account.on_trigger(&trigger, &mut out),
        }
    }
    account.advance(EventTime((steps.len() as i64 + 40) * MS), &mut out);
    out.sort();
    (out, account)
}

/// Is an order where its last row says: on its way, or at the venue?
fn is_there(account: &AccountLoop, id: &str) -> bool {
    let at_venue = account.markets.iter().flat_map(|market| market.exchange.orders());
    let coming = account.pending.values().any(|pending| match pending {
        Pending::Arrive(order) | Pending::Lost(order) => &*order.order().id == id,
        _ => false,
    });
    match account.stages.of(id) {
        Some(OrderStage::Decided) => coming,
        Some(_) => at_venue.filter(|working| &*working.order.id == id).count() == 1,
        None => false,
    }
}

/// Is it the row of an order of an exit that rests at the venue, and no order of the strategy's own
/// that waits for a price?
fn rests_for_exit(spec: &AccountSpec, row: &OrderEvent) -> bool {
    let own = spec.strategies.iter().find(|strategy| strategy.name == row.strategy).unwrap();
    let exits = own.exit.as_ref().is_some_and(|exit| exit.at_venue);
    let style = match &own.order {
        OrderStyle::Reduce(style) => style,
        style => style,
    };
    let waits = matches!(style, OrderStyle::Wait { .. });
    let kind = row.kind == OrderKind::Limit || row.kind == OrderKind::Stop && !waits;
    exits && row.trigger_price.is_some() && kind
}

/// What only reduces never opens a position, nor goes through one; but for what closes for good.
fn only_reduce(spec: &AccountSpec, out: &Outputs) -> Result<(), TestCaseError> {
    let mut held = BTreeMap::<&str, i64>::new();
    let triggers = out.orders.iter().filter(|row| row.trigger_price.is_some());
    let triggers: BTreeSet<&str> = triggers.map(|row| &*row.order_id).collect();
    for fill in out.fills.iter().filter(|_| spec.risk.drawdown_stop.is_none()) {
        let id = fill.instrument.as_deref().unwrap();
        let of = |market: &super::AccountInstrument| &**market.instrument.id.text() == id;
        let index = spec.instruments.iter().find(|market| of(market)).unwrap().index;
        let strategy = spec.strategies.iter().find(|s| s.name == fill.strategy).unwrap();
        let place = strategy.instruments.binary_search(&index).unwrap();
        let held = held.entry(id).or_default();
        let before = *held;
        *held += fill.side.sign() * fill.quantity.raw;
        // Orders of an exit at the venue close the strategy's own part, whatever others hold.
        let at_venue = strategy.exit.as_ref().is_some_and(|exit| exit.at_venue);
        let of_exit = at_venue && triggers.contains(&*fill.order_id);
        if strategy.order_at(place).reduces() && !of_exit {
            let less = held.abs() < before.abs() && *held * before >= 0;
            prop_assert!(less, "{:?} after {}", fill, before);
        }
    }
    Ok(())
}

/// As many cases as a few seconds hold, unless the environment says more.
fn cases() -> ProptestConfig {
    let given = ProptestConfig::default();
    ProptestConfig { cases: given.cases / 2, ..given }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_order_is_lost_or_filled_twice_and_a_cut_changes_nothing(
        steps in steps(),
        latency in [latency(), latency()],
        styles in (style(), style()),
        closes in (
            proptest::option::of(proptest::sample::select(Remedy::ALL)),
            prop_oneof![Just(None), Just(Some(false)), Just(Some(true)), Just(Some(true))],
        ),
        terms in terms(),
        cut in 1..9usize,
    ) {
        let spec = Arc::new(account(latency, styles, closes, terms));
        let (out, account) = run(&spec, &steps, None);
        let mut last = BTreeMap::<&str, &OrderEvent>::new();
        let mut held = BTreeMap::<&str, i64>::new();
        for row in &out.orders {
            let before = last.insert(&row.order_id, row);
            let stage = before.map(|row| row.event);
            prop_assert!(next(stage).contains(&row.event), "{:?} after {stage:?}", row.event);
            let filled = row.filled_quantity.raw - before.map_or(0, |row| row.filled_quantity.raw);
            prop_assert!((0..=row.quantity.raw).contains(&row.filled_quantity.raw) && filled >= 0);
            let before = before.map_or(row.quantity.raw, |row| row.quantity.raw);
            let why = |text: &str| row.reason.as_ref().is_some_and(|why| why.contains(text));
            let cut = why("reduce_only") || why("oco");
            match row.event {
                OrderStage::Amended => prop_assert!(row.quantity.raw < before),
                OrderStage::Arrived if cut => prop_assert!(row.quantity.raw < before),
                // Cut down, and then not taken.
                OrderStage::Rejected => prop_assert!(row.quantity.raw <= before),
                _ => prop_assert_eq!(row.quantity.raw, before),
            }
            let whole = row.filled_quantity == row.quantity;
            prop_assert_eq!(row.event == OrderStage::Filled, whole);
            *held.entry(row.instrument.as_deref().unwrap()).or_default() +=
                row.side.sign() * filled;
        }
        let mut filled = BTreeMap::<&str, i64>::new();
        let mut parts = BTreeMap::<(&str, &str), i64>::new();
        for fill in &out.fills {
            *filled.entry(&fill.order_id).or_default() += fill.quantity.raw;
            let instrument = fill.instrument.as_deref().unwrap();
            let part = parts.entry((&fill.strategy, instrument)).or_default();
            let before = *part;
            *part += fill.side.sign() * fill.quantity.raw;
            if rests_for_exit(&spec, last[&*fill.order_id]) {
                let closes = part.abs() < before.abs() && *part * before >= 0;
                prop_assert!(closes, "{} to {} by {:?}", before, part, fill);
            }
        }
        for (id, row) in &last {
            let there = is_there(&account, id);
            prop_assert_eq!(is_final(row.event), !there, "{} is lost after {}", id, row.event);
            let told = row.filled_quantity.raw;
            prop_assert_eq!(filled.remove(id).unwrap_or(0), told);
        }
        prop_assert!(filled.is_empty(), "fills of no order");
        only_reduce(&spec, &out)?;
        for market in &account.markets {
            let told = held.get(&**market.exchange.instrument().id.text());
            prop_assert_eq!(market.holding.quantity, told.copied().unwrap_or(0));
        }
        let cash: Money = out.ledger.iter().map(|posting| posting.amount).sum();
        prop_assert_eq!(out.portfolio.last().map_or(cash, |row| row.cash), cash);
        let (again, other) = run(&spec, &steps, Some(cut));
        prop_assert_eq!(format!("{again:?}"), format!("{out:?}"));
        prop_assert_eq!(other.snapshot(), account.snapshot());
    }
}
