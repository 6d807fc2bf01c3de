//! Latencies of one account, by hand and over random walks: nothing overtakes, and nothing depends
//! on where the input is cut.

use super::tests::{Drive, MS, limit, rule, spec};
use crate::{
    account::{AccountLoop, AccountSpec},
    execution::{Delay, Latency, LatencyLog, LogRow},
    outputs::Outputs,
    rules::Expr,
    strategy::{Exit, OrderStyle},
};
use proptest::prelude::*;
use schemas::{
    Side, Span,
    records::{Liquidity, OrderStage, TimeInForce},
};
use std::sync::Arc;

/// An account with a log of latencies in milliseconds.
fn logged(order: OrderStyle, rows: &[(i64, i64, i64)]) -> AccountSpec {
    let row = |&(request, exchange, response)| LogRow {
        request: request * MS,
        exchange: exchange * MS,
        response: response * MS,
    };
    let mut spec = spec(order);
    let log = LatencyLog::new(rows.iter().map(row).collect()).unwrap();
    spec.instruments[0].execution.latency = Latency::Logged(log);
    spec
}

fn moments(drive: &Drive) -> Vec<(OrderStage, i64)> {
    drive.out.orders.iter().map(|row| (row.event, row.key.ts.0 / MS)).collect()
}

#[test]
fn a_request_never_overtakes_the_one_before_it() {
    use OrderStage::*;
    // What is sent at 10 takes 10 ms, what is sent at 15 takes one.
    let mut drive = Drive::new(logged(
        limit(99.0, false, false),
        &[(10, 20, 30), (15, 16, 40), (99, 100, 101)],
    ));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.wish(15, 0.0);
    drive.advance(100);
    assert_eq!(moments(&drive), [(Decided, 10), (Arrived, 20), (Cancelled, 20)]);
    let arrived: Vec<i64> = drive.out.orders.iter().map(|row| row.key.ts.0).collect();
    assert!(arrived[1] <= arrived[2], "it comes at that moment, and after it");
}

#[test]
fn an_answer_never_overtakes_the_one_before_it() {
    // Answers to what happens at 20 take 10 ms, at 24 one.
    let rows = [(10, 20, 30), (20, 24, 25), (40, 50, 51)];
    let mut drive = Drive::new(logged(OrderStyle::Market, &rows));
    drive.quote(0, (9_990, 300), (10_000, 40));
    drive.wish(10, 1.0);
    drive.quote(24, (9_990, 300), (10_010, 500));
    drive.advance(100);
    assert_eq!(
        drive.fills(),
        [(20, 10_000, 40, Liquidity::Taker), (24, 10_010, 60, Liquidity::Taker)]
    );
    let known = |row: &schemas::records::OrderEvent| row.acknowledged_ts.map(|ts| ts.0 / MS);
    let known: Vec<Option<i64>> = drive.out.orders.iter().map(known).collect();
    assert_eq!(known, [None, Some(30), Some(30), Some(30)], "not 25");
}

#[test]
fn an_order_that_the_wire_loses_is_rejected_and_may_be_tried_anew() {
    use OrderStage::*;
    let rows = [(0, 1, 2), (10, 0, 14), (20, 21, 22)];
    let mut drive = Drive::new(logged(OrderStyle::Market, &rows));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    // It counts as under way until 14; then what becomes true is wished anew.
    drive.wish(12, f64::NAN);
    drive.wish(13, 1.0);
    drive.wish(15, f64::NAN);
    drive.wish(25, 1.0);
    drive.advance(100);
    let expected = [(Decided, 10), (Rejected, 14), (Decided, 25), (Arrived, 26), (Filled, 26)];
    assert_eq!(moments(&drive), expected);
    let row = &drive.out.orders[1];
    assert_eq!(&*row.status, "done");
    assert!(row.reason.as_ref().unwrap().contains("did not come to the venue"));
    assert_eq!((row.arrived_ts, row.acknowledged_ts), (None, Some(row.key.ts)));
    assert_eq!(drive.fills().len(), 1);
}

#[test]
fn an_order_of_an_exit_that_the_wire_loses_is_tried_at_the_next_trigger() {
    use OrderStage::*;
    let rows = [(0, 1, 2), (19, 20, 21), (20, 0, 24), (22, 23, 24)];
    let mut spec = logged(OrderStyle::Market, &rows);
    let stop = Some(rule(Expr::Constant(99.5)));
    spec.strategies[0].exit =
        Some(Exit { stop, take: None, trail: None, after: None, at_venue: false });
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(15);
    drive.trade(20, 9_940, 10, Side::Sell);
    drive.wish(23, 1.0);
    drive.wish(25, 1.0);
    drive.advance(100);
    let expected = [
        (Decided, 10),
        (Arrived, 11),
        (Filled, 11),
        (Decided, 20),
        (Rejected, 24),
        (Decided, 25),
        (Arrived, 26),
        (Filled, 26),
    ];
    assert_eq!(moments(&drive), expected);
}

#[test]
fn a_lost_wish_to_take_an_order_back_is_sent_anew() {
    use OrderStage::*;
    let rows = [(10, 11, 12), (19, 20, 21), (20, 0, 25), (30, 0, 33), (31, 32, 33)];
    let OrderStyle::Limit { price, post_only, then_market, .. } = limit(99.0, false, false) else {
        unreachable!("it is one");
    };
    let resting = OrderStyle::Limit {
        price,
        post_only,
        timeout: None,
        then_market,
        in_force: TimeInForce::Gtc,
    };
    let mut drive = Drive::new(logged(resting, &rows));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.wish(20, 0.0);
    drive.advance(100);
    // Sent at 20, 25 and 29, and lost, as is known after 5, 4 and 3.2; at 32.2 it takes one.
    assert_eq!(moments(&drive), [(Decided, 10), (Arrived, 11), (Cancelled, 33)]);
    let cancelled = drive.out.orders[2].key.ts.0;
    assert_eq!(cancelled, 33 * MS + MS / 5);
}

/// Milliseconds to the next step, a step of the price, and a wish.
type Step = (i64, i64, f64);

fn walk() -> impl Strategy<Value = Vec<Step>> {
    let wish = prop_oneof![Just(1.0), Just(-1.0), Just(0.0), Just(f64::NAN)];
    proptest::collection::vec((1..9i64, -4..5i64, wish), 1..120)
}

fn latency() -> impl Strategy<Value = Latency> {
    let delay = || {
        prop_oneof![
            (0..30 * MS).prop_map(|span| Delay::Constant(Span(span))),
            (0..30 * MS).prop_map(|to| Delay::Uniform { from: Span(0), to: Span(to) }),
            (1..9 * MS, 0..2 * MS).prop_map(|(median, min)| Delay::LogNormal {
                median: Span(median),
                sigma: 1.5,
                min: Span(min)
            }),
            (0..2 * MS, 0..20 * MS).prop_map(|(min, beyond)| Delay::Exponential {
                min: Span(min),
                mean: Span(min + beyond)
            }),
        ]
    };
    let rows = proptest::collection::vec((0..20 * MS, 0..30 * MS, 1..30 * MS, 0..5), 1..60);
    let logged = rows.prop_map(|rows| {
        let mut request = 0;
        let mut rows: Vec<LogRow> = rows
            .into_iter()
            .map(|(later, entry, back, lost)| {
                request += later;
                let exchange = if lost == 0 { 0 } else { request + entry };
                LogRow { request, exchange, response: request + entry + back }
            })
            .collect();
        rows.push(LogRow { request, exchange: request + MS, response: request + 2 * MS });
        Latency::Logged(LatencyLog::new(rows).unwrap())
    });
    let stated = (delay(), delay(), any::<u64>())
        .prop_map(|(entry, response, seed)| Latency::Stated { entry, response, seed });
    prop_oneof![3 => stated, 2 => logged]
}

/// Quotes that move, and a wish with each; at the steps of `cuts` the state goes through bytes.
fn drive(spec: &AccountSpec, walk: &[Step], cuts: &[usize]) -> Drive {
    let mut drive = Drive::new(spec.clone());
    let (mut ms, mut price) = (0, 10_000);
    for (i, (later, by, wish)) in walk.iter().enumerate() {
        if cuts.contains(&i) {
            drive.advance(ms + 1);
            let state = drive.account.snapshot();
            drive.account = AccountLoop::new(Arc::new(spec.clone()));
            drive.account.restore(&state).unwrap();
            assert_eq!(drive.account.snapshot(), state);
        }
        (ms, price) = (ms + later, price + by);
        drive.quote(ms, (price - 5, 70), (price + 5, 70));
        drive.trade(ms, price - 4, 30, Side::Sell);
        drive.wish(ms, *wish);
    }
    drive.advance(ms + 100);
    drive
}

fn rows(out: &Outputs) -> String {
    format!("{:?} {:?} {:?} {:?}", out.orders, out.fills, out.ledger, out.signals)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn drawn_latencies_are_the_same_at_any_cut_and_keep_the_order(
        walk in walk(), latency in latency(), market in any::<bool>(),
        cuts in proptest::collection::vec(0..120usize, 0..6),
    ) {
        let style = if market { OrderStyle::Market } else { limit(99.97, false, true) };
        let mut spec = spec(style);
        spec.instruments[0].execution.latency = latency;
        let whole = drive(&spec, &walk, &[]);
        prop_assert_eq!(rows(&whole.out), rows(&drive(&spec, &walk, &cuts).out));

        let orders = &whole.out.orders;
        let at = |stage: OrderStage| orders.iter().filter(move |row| row.event == stage);
        // Rows come in the order of their keys: so do what was decided, and what of it arrived.
        prop_assert!(orders.is_sorted_by_key(|row| row.key));
        prop_assert!(at(OrderStage::Arrived).map(|row| row.decided_ts).is_sorted());
        // Answers are known in the order in which they were given.
        let given = orders.iter().filter(|row| row.arrived_ts.is_some());
        prop_assert!(given.clone().map(|row| row.acknowledged_ts.unwrap()).is_sorted());
        for row in given {
            prop_assert!(row.acknowledged_ts >= Some(row.key.ts));
            prop_assert!(row.arrived_ts >= Some(row.decided_ts));
        }
        // Each order comes to the venue or is rejected, once, or is still on its way.
        let ended = at(OrderStage::Arrived).count() + at(OrderStage::Rejected).count();
        prop_assert!(ended <= at(OrderStage::Decided).count());
        prop_assert!(ended + 1 >= at(OrderStage::Decided).count());
    }
}
