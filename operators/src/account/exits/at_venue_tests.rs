//! Exits at the venue, driven by hand.

use super::tests::{NONE, constant, level};
use crate::{
    account::tests::{Drive, MS, limit, rule, spec},
    execution::{Latency, LatencyLog, LogRow, QueueModel},
    market::Trigger,
    rules::Expr,
    strategy::{After, Exit, OrderStyle},
};
use schemas::{
    Money, Side, Span,
    records::{Liquidity, OrderKind, OrderStage},
};

/// A row of orders: when, what it is, its stage, its quantity and what of that is filled.
type Row = (i64, OrderKind, OrderStage, i64, i64);

fn rows(drive: &Drive, from: usize) -> Vec<Row> {
    let row = |o: &schemas::records::OrderEvent| {
        (o.key.ts.0 / MS, o.kind, o.event, o.quantity.raw, o.filled_quantity.raw)
    };
    drive.out.orders.iter().skip(from).map(row).collect()
}

fn reasons(drive: &Drive) -> Vec<(i64, &str)> {
    let told = drive.out.signals.iter().skip(1);
    told.map(|signal| (signal.key.ts.0 / MS, &*signal.reason)).collect()
}

fn exit() -> Exit {
    Exit { stop: level(-5.0), take: level(5.0), at_venue: true, ..NONE }
}

/// Long of one at 100, filled at 11 ms and known at 12 ms; the orders of its exit are there at 13.
fn long(exit: Exit) -> Drive {
    let mut spec = spec(OrderStyle::Market);
    spec.strategies[0].exit = Some(exit);
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(14);
    drive
}

use OrderKind::{Limit, Market, Stop};
use OrderStage::*;

#[test]
fn both_orders_go_out_once_the_position_is_known_and_the_take_ends_the_stop() {
    let mut drive = long(exit());
    let sent = [
        (12, Stop, Decided, 100, 0),
        (12, Limit, Decided, 100, 0),
        (13, Stop, Arrived, 100, 0),
        (13, Limit, Arrived, 100, 0),
    ];
    assert_eq!(rows(&drive, 3), sent);
    let prices = [3, 4].map(|i| drive.out.orders[i].trigger_price.unwrap().raw);
    assert_eq!(prices, [9_500, 10_500]);
    // A part of the take at once leaves as much less of the stop.
    drive.trade(20, 10_510, 30, Side::Buy);
    assert_eq!(drive.fills()[1..], [(20, 10_500, -30, Liquidity::Maker)]);
    drive.trade(30, 10_510, 500, Side::Buy);
    drive.advance(40);
    let ended = [
        (20, Limit, PartlyFilled, 100, 30),
        (20, Stop, Amended, 70, 0),
        (30, Limit, Filled, 100, 100),
        (30, Stop, Cancelled, 70, 0),
    ];
    assert_eq!(rows(&drive, 7), ended);
    let reason = drive.out.orders.last().unwrap().reason.as_deref();
    assert_eq!(reason, Some("oco: the other one was filled"));
    assert_eq!(reasons(&drive), [(31, "take")]);
    let report = drive.account.reports().remove(0).exits;
    let counts: Vec<_> = report.iter().map(|exit| (&*exit.exit, exit.ended)).collect();
    assert_eq!(counts, [("stop", 0), ("take", 1)]);
    // What was true then must become true anew.
    drive.wish(50, 1.0);
    drive.advance(60);
    assert_eq!(drive.fills().len(), 3);
    drive.wish(70, 0.0);
    drive.wish(80, 1.0);
    drive.advance(90);
    assert_eq!(drive.fills().len(), 4);
}

#[test]
fn the_stop_wakes_at_the_venue_without_latency_and_ends_the_take() {
    let mut drive = long(exit());
    drive.trade(19, 9_501, 10, Side::Sell);
    drive.quote(19, (9_490, 40), (9_510, 500));
    drive.trade(20, 9_500, 10, Side::Sell);
    assert_eq!(drive.fills()[1..], [(20, 9_490, -40, Liquidity::Taker)]);
    drive.quote(21, (9_480, 500), (9_510, 500));
    drive.advance(40);
    let ended = [
        (20, Stop, Triggered, 100, 0),
        (20, Stop, PartlyFilled, 100, 40),
        (20, Limit, Amended, 60, 0),
        (21, Stop, Filled, 100, 100),
        (21, Limit, Cancelled, 60, 0),
    ];
    assert_eq!(rows(&drive, 7), ended);
    assert_eq!(reasons(&drive), [(22, "stop")]);
}

#[test]
fn a_wish_waits_until_the_orders_are_back() {
    let mut drive = long(exit());
    drive.wish(20, -1.0);
    drive.advance(40);
    assert_eq!(
        rows(&drive, 7)[..3],
        [
            (21, Stop, Cancelled, 100, 0),
            (21, Limit, Cancelled, 100, 0),
            (22, Market, Decided, 200, 0),
        ]
    );
    let signed: Vec<i64> = drive.fills().iter().map(|fill| fill.2).collect();
    assert_eq!(signed, [100, -200]);
    // The short one has orders of its own.
    let sides: Vec<_> = drive.out.orders[12..14].iter().map(|o| (o.side, o.kind)).collect();
    assert_eq!(sides, [(Side::Buy, Stop), (Side::Buy, Limit)]);
}

#[test]
fn a_take_that_is_filled_before_the_wish_comes_is_not_closed_again() {
    let mut drive = long(exit());
    drive.wish(20, 0.0);
    drive.trade(20, 10_510, 60, Side::Buy);
    drive.advance(40);
    let signed: Vec<_> = drive.fills().iter().map(|fill| (fill.0, fill.2)).collect();
    assert_eq!(signed, [(11, 100), (20, -60), (23, -40)]);
    assert_eq!(reasons(&drive), [(20, "flat")], "the rule has ended it");
}

#[test]
fn only_the_order_whose_level_moved_is_replaced() {
    let mut drive = told_its_stop(Latency::constant(Span(MS), Span(MS)));
    let before = drive.out.orders.len();
    drive.wish(20, 95.0);
    drive.advance(29);
    assert_eq!(drive.out.orders.len(), before, "nothing has changed");
    drive.wish(30, 96.0);
    drive.trade(30, 10_510, 30, Side::Buy);
    drive.advance(40);
    // The new stop is for what is held when it is decided.
    let moved = [
        (30, Limit, PartlyFilled, 100, 30),
        (30, Stop, Amended, 70, 0),
        (31, Stop, Cancelled, 70, 0),
        (32, Stop, Decided, 70, 0),
        (33, Stop, Arrived, 70, 0),
    ];
    assert_eq!(rows(&drive, before), moved);
    assert_eq!(drive.out.orders.last().unwrap().trigger_price.unwrap().raw, 9_600);
}

#[test]
fn what_is_served_in_its_turn_leaves_as_much_less_of_the_stop() {
    let mut spec = spec(OrderStyle::Market);
    spec.instruments[0].execution.fill.queue = QueueModel::Fifo;
    spec.strategies[0].exit = Some(exit());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(14);
    drive.trade(20, 10_510, 30, Side::Buy);
    let told = [(20, Limit, PartlyFilled, 100, 30), (20, Stop, Amended, 70, 0)];
    assert_eq!(rows(&drive, 7), told);
}

/// Long of one at 100 while the trigger says more than 50, which is the level of the stop.
fn told_its_stop(latency: Latency) -> Drive {
    let mut spec = spec(OrderStyle::Market);
    spec.instruments[0].execution.latency = latency;
    spec.strategies[0].exit = Some(Exit { stop: Some(rule(Expr::Column(0))), ..exit() });
    let over = Expr::binary(crate::rules::Binary::Gt, Expr::Column(0), Expr::Constant(50.0));
    spec.strategies[0].long = Some(rule(over));
    (spec.strategies[0].short, spec.strategies[0].flat) = (None, None);
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 95.0);
    drive.advance(14);
    drive
}

#[test]
fn a_stop_that_has_begun_is_left_alone() {
    let mut drive = told_its_stop(Latency::constant(Span(MS), Span(MS)));
    let before = drive.out.orders.len();
    // Before the first trade it is the bid that wakes it.
    drive.quote(20, (9_490, 40), (9_510, 500));
    drive.wish(22, 96.0);
    drive.quote(30, (9_480, 500), (9_510, 500));
    let stops = rows(&drive, before).into_iter().filter(|row| row.1 == Stop);
    let stops: Vec<_> = stops.map(|row| (row.0, row.2, row.4)).collect();
    assert_eq!(stops, [(20, Triggered, 0), (20, PartlyFilled, 40), (30, Filled, 100)]);
}

#[test]
fn a_lost_wish_to_take_a_stop_back_is_sent_anew() {
    let rows = [(0, 1, 2), (29, 30, 31), (30, 0, 34), (36, 37, 38)];
    let row = |(request, exchange, response): (i64, i64, i64)| LogRow {
        request: request * MS,
        exchange: exchange * MS,
        response: response * MS,
    };
    let log = LatencyLog::new(rows.map(row).into()).unwrap();
    let mut drive = told_its_stop(Latency::Logged(log));
    drive.wish(30, 96.0);
    drive.advance(100);
    let last = drive.out.orders.last().unwrap();
    assert_eq!((last.kind, last.event), (Stop, Arrived));
    assert_eq!(last.trigger_price.unwrap().raw, 9_600);
}

#[test]
fn what_an_exit_has_closed_is_not_bought_again() {
    let mut spec = spec(limit(99.90, false, true));
    spec.strategies[0].exit = Some(exit());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_980, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.trade(12, 9_990, 40, Side::Sell);
    drive.advance(15);
    drive.trade(16, 10_500, 10, Side::Buy);
    // The time of the first order is over at 21; of 100 there are 40 and were 10 sold.
    drive.advance(30);
    let signed: Vec<_> = drive.fills().iter().map(|fill| (fill.0, fill.2)).collect();
    assert_eq!(signed, [(12, 40), (16, -10), (23, 60)]);
}

#[test]
fn risk_counts_both_orders_of_an_exit_once() {
    let mut spec = spec(OrderStyle::Market);
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal) = ("t".into(), 6);
    spec.strategies.push(other);
    spec.strategies[0].exit = Some(exit());
    spec.risk.position_notional = Some(Money::parse("150").unwrap());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(20);
    let key = drive.key(20).derived(6, 0, 0);
    let values = vec![-1.0];
    let trigger = Trigger { key, strategy: 1, instrument: 0, tainted: false, values };
    drive.account.on_trigger(&trigger, &mut drive.out);
    // Once it and one of them are filled, one is sold: 99.95, and not twice that.
    assert_eq!(drive.out.orders.last().unwrap().event, Decided);
}

#[test]
fn what_was_executed_on_the_way_is_taken_off_an_order_that_comes_later() {
    // Both are beyond the price already: whichever comes first closes all.
    let both = Exit { stop: constant(101.0), take: constant(99.0), at_venue: true, ..NONE };
    let mut drive = long(both);
    drive.advance(30);
    let signed: Vec<i64> = drive.fills().iter().map(|fill| fill.2).collect();
    assert_eq!(signed, [100, -100]);
    assert_eq!(drive.out.orders.last().unwrap().event, Rejected);
    assert_eq!(reasons(&drive), [(14, "stop")]);
}

#[test]
fn time_is_kept_by_the_strategy() {
    let mut drive = long(Exit { after: Some(After::Span(Span(50 * MS))), ..exit() });
    drive.advance(80);
    let told = rows(&drive, 7);
    let stages: Vec<_> = told.iter().map(|row| (row.0, row.1, row.2)).collect();
    let all = [
        (63, Stop, Cancelled),
        (63, Limit, Cancelled),
        (64, Market, Decided),
        (65, Market, Arrived),
        (65, Market, Filled),
    ];
    assert_eq!(stages, all);
    assert_eq!(reasons(&drive), [(62, "after")]);
}

#[test]
fn a_position_that_grows_has_new_orders_for_all_of_it() {
    let mut spec = spec(OrderStyle::Market);
    spec.instruments[0].execution.latency = Latency::constant(Span(MS), Span(MS));
    spec.strategies[0].exit = Some(exit());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 40));
    drive.wish(10, 1.0);
    drive.advance(14);
    drive.quote(20, (9_990, 500), (10_000, 10));
    drive.quote(21, (9_990, 500), (10_000, 500));
    drive.advance(40);
    let stops = rows(&drive, 0).into_iter().filter(|row| row.1 == Stop);
    let told: Vec<_> = stops.map(|row| (row.2, row.3)).collect();
    let all = [(Decided, 40), (Arrived, 40), (Cancelled, 40), (Decided, 100), (Arrived, 100)];
    assert_eq!(told, all);
}
