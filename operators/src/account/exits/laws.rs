//! Exits over random walks: recomputed from all prices so far, cut anywhere, and taken in runs.

use super::tests::{NONE, constant, level, traded};
use crate::{
    account::{
        AccountLoop, AccountSpec,
        candles_tests::all_in,
        tests::{Drive, MS, rule},
    },
    bars::BarTrade,
    execution::FillModel,
    market::{MarketRow, Trigger},
    outputs::Outputs,
    rules::Expr,
    strategy::{After, Exit},
};
use proptest::prelude::*;
use schemas::{EventTime, OrderKey, Side, Span, chunk::Candle};
use std::sync::Arc;

/// An exit as numbers: how far stop and take are from the entry, the trail, and the time.
type Numbers = (Option<i64>, Option<i64>, Option<i64>, Option<u32>);

fn exit((stop, take, trail, after): Numbers) -> Exit {
    Exit {
        stop: stop.and_then(|away| level(-(away as f64))),
        take: take.and_then(|away| level(away as f64)),
        trail: trail.and_then(|distance| constant(distance as f64)),
        after: after.map(After::Bars),
        at_venue: false,
    }
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let away = || proptest::option::of(1..12i64);
    (away(), away(), away(), proptest::option::of(1..9u32))
}

/// Steps of a price of about 1000, and wishes.
fn walk() -> impl Strategy<Value = Vec<(i64, f64)>> {
    let wish = prop_oneof![
        Just(1.0),
        Just(1.0),
        Just(-1.0),
        Just(0.0),
        Just(f64::NAN),
        Just(0.25),
        Just(-0.25)
    ];
    proptest::collection::vec((-4..5i64, wish), 1..150).prop_map(|steps| {
        let mut price = 1_000;
        let step = |(by, wish)| {
            price += by;
            (price, wish)
        };
        steps.into_iter().map(step).collect()
    })
}

/// A trade each ten milliseconds and a trigger with it.
fn drive(spec: AccountSpec, walk: &[(i64, f64)]) -> Drive {
    let mut drive = Drive::new(spec);
    for (i, (price, wish)) in walk.iter().enumerate() {
        drive.trade(10 * i as i64, price * 100, 10, Side::Buy);
        drive.wish(10 * i as i64, *wish);
    }
    drive.advance(10 * walk.len() as i64);
    drive
}

/// A position: its side, the price of its entry, the first trade that it saw, and triggers since.
#[derive(Clone, Copy)]
struct Held(i64, i64, usize, u32);

/// What the price of trade `i` touches, from all prices so far.
fn touched(walk: &[(i64, f64)], held: Held, i: usize, numbers: Numbers) -> Option<&'static str> {
    let (Held(side, entry, since, _), (stop, take, trail, _)) = (held, numbers);
    let best = walk[since..=i].iter().map(|(price, _)| price * side).max().unwrap();
    let (stop, trail) = (stop.map(|away| entry * side - away), trail.map(|away| best - away));
    let now = walk[i].0 * side;
    let [by_stop, by_trail] = [stop, trail].map(|level| level.is_some_and(|level| now <= level));
    // The nearer of the two, and the stop if they are as near.
    match (by_stop, by_trail) {
        (true, true) if stop < trail => Some("trail"),
        (true, _) => Some("stop"),
        (_, true) => Some("trail"),
        _ => take.is_some_and(|away| now >= entry * side + away).then_some("take"),
    }
}

/// What a strategy of these numbers tells, from all prices so far. An order that is decided at one
/// trade or its trigger fills at the next trade, and that is known after the next trigger.
fn recomputed(walk: &[(i64, f64)], numbers: Numbers) -> Vec<(usize, String)> {
    let mut told = Vec::new();
    let mut held: Option<Held> = None;
    let (mut target, mut under_way) = (0, None);
    let (mut spent, mut said) = ([false; 2], [false; 2]);
    for (i, (price, wish)) in walk.iter().enumerate() {
        let mut tell = |reason: &str| told.push((i, reason.to_owned()));
        let filled: Option<i64> = under_way.take();
        if let Some(reason) =
            held.filter(|_| filled.is_none()).and_then(|held| touched(walk, held, i, numbers))
        {
            (target, spent, under_way) = (0, said, Some(0));
            tell(reason);
        }
        // The trigger.
        let busy = filled.is_some() || under_way.is_some();
        let null = wish.is_nan();
        let [long, short, flat] = [*wish > 0.0, *wish < 0.0, *wish == 0.0];
        if !null {
            said = [long, short];
            (0..2).for_each(|rule| spent[rule] &= said[rule]);
        }
        if let Some(Held(.., triggers)) = &mut held {
            *triggers += 1;
        }
        let old = |held: &Held| numbers.3.is_some_and(|bars| held.3 >= bars);
        let choice = match (flat, long, short) {
            (true, ..) => Some((0, "flat", false)),
            (_, true, _) => Some((1, "long", spent[0])),
            (.., true) => Some((-1, "short", spent[1])),
            _ => None,
        };
        if !busy && held.as_ref().is_some_and(old) {
            (target, spent, under_way) = (0, said, Some(0));
            tell("after");
        } else if let Some((side, rule, false)) = choice.filter(|choice| choice.0 != target) {
            target = side;
            under_way = under_way.or((!busy).then_some(side));
            tell(rule);
        }
        // The fill becomes known: the rest follows, or what it is beyond already ends it.
        let Some(to) = filled else { continue };
        held = (to != 0).then_some(Held(to, *price, i, 0));
        if target != to {
            under_way = Some(target);
        } else if let Some(reason) = held.and_then(|held| touched(walk, held, i, numbers)) {
            (target, spent, under_way) = (0, said, Some(0));
            tell(reason);
        }
    }
    told
}

fn signals(drive: &Drive) -> Vec<(usize, String)> {
    let all = drive.out.signals.iter();
    all.map(|s| ((s.key.ts.0 / MS / 10) as usize, s.reason.to_string())).collect()
}

/// All rows as text, by key; keys are never there twice.
fn rows(mut out: Outputs) -> Vec<String> {
    out.sort();
    let Outputs { signals, orders, fills, ledger, portfolio, .. } = &out;
    let mut keys: Vec<OrderKey> = signals.iter().map(|row| row.key).collect();
    keys.extend(orders.iter().map(|row| row.key));
    keys.extend(fills.iter().map(|row| row.key));
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all, "a row twice");
    let signals = signals.iter().map(|row| format!("{row:?}"));
    let orders = orders.iter().map(|row| format!("{row:?}"));
    let fills = fills.iter().map(|row| format!("{row:?}"));
    let money = ledger.iter().map(|row| format!("{row:?}"));
    let worth = portfolio.iter().map(|row| format!("{row:?}"));
    signals.chain(orders).chain(fills).chain(money).chain(worth).collect()
}

/// Two strategies, one by its own exit, one that trails by what the row says and has time.
fn busy(numbers: Numbers) -> AccountSpec {
    let mut spec = traded(exit(numbers));
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal) = ("t".into(), 6);
    let prev = Expr::prev(Expr::Column(0));
    other.exit = Some(Exit {
        stop: Some(rule(Expr::binary(crate::rules::Binary::Sub, Expr::Column(2), prev))),
        trail: Some(rule(Expr::Column(0))),
        after: Some(After::Span(Span(75 * MS))),
        ..NONE
    });
    spec.strategies.push(other);
    spec
}

struct Feed<'a> {
    walk: &'a [(i64, f64)],
    spec: Arc<AccountSpec>,
}

impl Feed<'_> {
    /// Steps all before a time; `quiet` prices only move.
    fn run(&self, cuts: &[i64], quiet: bool, until: usize) -> Vec<String> {
        let mut account = AccountLoop::new(Arc::clone(&self.spec));
        let mut out = Outputs::default();
        let mut cuts = cuts.iter().peekable();
        for (i, (price, wish)) in self.walk.iter().enumerate().take(until) {
            let ms = 7 * i as i64;
            while let Some(cut) = cuts.next_if(|cut| **cut <= ms) {
                account.advance(EventTime(cut * MS), &mut out);
                let state = account.snapshot();
                account = AccountLoop::new(Arc::clone(&self.spec));
                account.restore(&state).unwrap();
                assert_eq!(account.snapshot(), state);
            }
            let key = OrderKey::source(EventTime(ms * MS), 0, 0, i as u64, 0);
            let price = price * 100;
            let (low, high) = account.band(0);
            if quiet && key.ts < account.quiet_until() && low < price && price < high {
                account.move_price(0, price);
            } else {
                let trade = BarTrade { price, quantity: 10, side: 1, tainted: false };
                account.on_row(key, 0, &MarketRow::Trade(trade), None, &mut out);
            }
            for (strategy, ordinal) in [(0, 5), (1, 6)].into_iter().filter(|s| i % 2 == s.0 % 2) {
                let (key, tainted) = (key.derived(ordinal, 0, 0), i % 11 == 3);
                let (strategy, values) = (strategy as u16, vec![*wish]);
                let trigger = Trigger { key, strategy, instrument: 0, tainted, values };
                account.on_trigger(&trigger, &mut out);
            }
        }
        account.advance(EventTime(7 * until as i64 * MS), &mut out);
        rows(out)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn signals_are_those_that_all_prices_so_far_give(walk in walk(), numbers in numbers()) {
        let drive = drive(traded(exit(numbers)), &walk);
        prop_assert_eq!(signals(&drive), recomputed(&walk, numbers));
    }

    #[test]
    fn an_exit_leaves_nothing_and_never_turns_a_position(walk in walk(), numbers in numbers()) {
        let drive = drive(traded(exit(numbers)), &walk);
        let mut held = 0;
        for fill in &drive.out.fills {
            let before = held;
            held += fill.side.sign() * fill.quantity.raw;
            let order = drive.out.orders.iter().find(|o| o.order_id == fill.order_id).unwrap();
            if order.trigger_price.is_some() {
                prop_assert!(before != 0 && held == 0, "{} to {}", before, held);
            }
        }
    }

    #[test]
    fn a_run_that_is_cut_or_taken_in_stretches_gives_the_same(
        walk in walk(),
        numbers in numbers(),
        every in 1..60i64,
    ) {
        let feed = Feed { walk: &walk, spec: Arc::new(busy(numbers)) };
        let whole = feed.run(&[], false, walk.len());
        let cuts: Vec<i64> = (0..7 * walk.len() as i64).step_by(every as usize).collect();
        prop_assert_eq!(&feed.run(&cuts, false, walk.len()), &whole);
        prop_assert_eq!(&feed.run(&[], true, walk.len()), &whole);
    }

    #[test]
    fn nothing_looks_ahead(walk in walk(), numbers in numbers(), part in 0.0..1.0f64) {
        let feed = Feed { walk: &walk, spec: Arc::new(busy(numbers)) };
        let until = (walk.len() as f64 * part) as usize;
        let (whole, first) = (feed.run(&[], false, walk.len()), feed.run(&[], false, until));
        // What is told of before the cut is told in the whole run too.
        prop_assert!(first.iter().all(|row| whole.contains(row)));
    }

    #[test]
    fn candles_that_are_cut_give_the_same(
        walk in walk(),
        numbers in numbers(),
        cut in 0..150usize,
        model in prop_oneof![
            Just(FillModel::NextOpen), Just(FillModel::BarOhlc), Just(FillModel::BarOlhc)
        ],
    ) {
        let mut spec = all_in(model);
        spec.cash[0].1 = schemas::Money::parse("100000").unwrap();
        spec.strategies[0].exit = Some(exit(numbers));
        let spec = Arc::new(spec);
        let run = |cut: usize| {
            let mut account = AccountLoop::new(Arc::clone(&spec));
            let mut out = Outputs::default();
            for (i, step) in walk.windows(2).enumerate() {
                let (open, close) = (step[0].0 * 100, step[1].0 * 100);
                let (ts, wide) = (i as i64 * 1_000 * MS, (i as i64 * 37 % 9) * 100);
                let candle = Candle {
                    open_ts: EventTime(ts),
                    close_ts: EventTime(ts + 1_000 * MS),
                    prices: [open, open.max(close) + wide, open.min(close) - wide / 2, close],
                    volume: 0,
                    buy_volume: None,
                    trades: None,
                };
                if i == cut {
                    let state = account.snapshot();
                    account = AccountLoop::new(Arc::clone(&spec));
                    account.restore(&state).unwrap();
                }
                let key = OrderKey::source(candle.close_ts, 0, 0, i as u64, 0);
                account.on_row(key, 0, &MarketRow::Candle(&candle), None, &mut out);
                let (key, values) = (key.derived(5, 0, 0), vec![step[1].1]);
                let trigger = Trigger { key, strategy: 0, instrument: 0, tainted: false, values };
                account.on_trigger(&trigger, &mut out);
                // Every price lies within its candle.
                for fill in out.fills.iter().filter(|fill| fill.key.ts == key.ts) {
                    let [_, high, low, _] = candle.prices;
                    assert!(low <= fill.price.raw && fill.price.raw <= high);
                }
            }
            account.advance(EventTime(walk.len() as i64 * 1_000 * MS), &mut out);
            (rows(out), account.snapshot())
        };
        prop_assert!(run(cut) == run(usize::MAX));
    }
}
