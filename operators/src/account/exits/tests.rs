//! Exits of one account in one instrument, driven by hand.

use crate::{
    account::{
        AccountSpec, ExitReport,
        candles_tests::{all_in, fills as whole_fills, limit as resting, of},
        tests::{Drive, MS, limit, rule, spec},
    },
    execution::{Consumed, Fees, FillModel, FillSpec, Latency, QueueModel},
    market::Trigger,
    risk::OrderRate,
    rules::{Binary, Expr},
    strategy::{After, Exit, OrderStyle, Size},
};
use schemas::{
    Side, Span,
    instrument::Rate,
    records::{Liquidity, OrderStage},
};

pub(super) const NONE: Exit =
    Exit { stop: None, take: None, trail: None, after: None, at_venue: false };

/// `entry + side * away`: the row has the wish, then the columns of the account.
pub(super) fn level(away: f64) -> Option<crate::rules::Rule> {
    let way = Expr::binary(Binary::Mul, Expr::Column(3), Expr::Constant(away));
    Some(rule(Expr::binary(Binary::Add, Expr::Column(2), way)))
}

pub(super) fn constant(value: f64) -> Option<crate::rules::Rule> {
    Some(rule(Expr::Constant(value)))
}

/// Orders fill whole at the next trade, a millisecond there and one back.
pub(super) fn traded(exit: Exit) -> AccountSpec {
    let mut spec = spec(OrderStyle::Market);
    spec.instruments[0].execution.fill = FillSpec {
        queue: QueueModel::RiskAverse,
        model: FillModel::NextTrade,
        partial: false,
        consumed: Consumed::UntilRefresh,
        half_spread: 0.0,
    };
    spec.strategies[0].exit = Some(exit);
    spec
}

fn trade(drive: &mut Drive, ms: i64, price: i64) {
    drive.trade(ms, price * 100, 10, Side::Buy);
}

/// Long of one at 100, known at 13 ms.
fn long(exit: Exit) -> Drive {
    let mut drive = Drive::new(traded(exit));
    trade(&mut drive, 0, 100);
    drive.wish(10, 1.0);
    trade(&mut drive, 12, 100);
    drive.advance(14);
    drive
}

/// Times in ms and reasons of all signals after the first.
fn reasons(drive: &Drive) -> Vec<(i64, String)> {
    let told = drive.out.signals.iter().skip(1);
    told.map(|signal| (signal.key.ts.0 / MS, signal.reason.to_string())).collect()
}

fn said(all: &[(i64, &str)]) -> Vec<(i64, String)> {
    all.iter().map(|(ms, reason)| (*ms, (*reason).to_owned())).collect()
}

#[test]
fn a_stop_is_watched_at_every_trade_and_the_rule_must_become_true_anew() {
    let mut drive = long(Exit { stop: level(-5.0), ..NONE });
    trade(&mut drive, 14, 96);
    assert_eq!(reasons(&drive), []);
    trade(&mut drive, 15, 95);
    trade(&mut drive, 16, 94);
    trade(&mut drive, 17, 93);
    assert_eq!(reasons(&drive), said(&[(15, "stop")]));
    assert_eq!(drive.fills()[1..], [(16, 9_400, -100, Liquidity::Taker)], "there after 1 ms");
    let decided = drive.out.orders.iter().rfind(|o| o.event == OrderStage::Decided).unwrap();
    assert_eq!(decided.trigger_price.map(|price| price.raw), Some(9_500));
    // It was true and null is no opinion: not anew. It is false at 50.
    for (ms, wish) in [(20, 1.0), (30, f64::NAN), (40, 1.0)] {
        drive.wish(ms, wish);
        trade(&mut drive, ms + 5, 100);
    }
    assert_eq!(drive.fills().len(), 2);
    drive.wish(50, 0.0);
    drive.wish(60, 1.0);
    trade(&mut drive, 65, 100);
    assert_eq!(drive.fills().len(), 3);
    let report = drive.account.reports().remove(0).exits;
    assert_eq!(report, [ExitReport { exit: "stop".to_owned(), ended: 1 }]);
}

#[test]
fn what_a_price_is_beyond_when_a_fill_becomes_known_ends_at_once() {
    let mut spec = traded(Exit { stop: level(-5.0), ..NONE });
    spec.instruments[0].execution.latency = Latency::constant(Span(MS), Span(5 * MS));
    let mut drive = Drive::new(spec);
    trade(&mut drive, 0, 100);
    drive.wish(10, 1.0);
    trade(&mut drive, 12, 100);
    trade(&mut drive, 14, 90);
    assert_eq!(reasons(&drive), [], "nobody knows of a position");
    drive.advance(20);
    assert_eq!(reasons(&drive), said(&[(17, "stop")]));
}

#[test]
fn without_trades_a_long_position_looks_at_the_bid() {
    let mut spec = spec(OrderStyle::Market);
    spec.strategies[0].exit = Some(Exit { stop: level(-5.0), take: level(5.0), ..NONE });
    for (wish, quotes) in [
        (1.0, [(9_501, 9_502), (10_499, 10_600), (9_500, 10_100)]),
        (-1.0, [(10_498, 10_499), (9_400, 9_501), (10_000, 10_500)]),
    ] {
        let mut drive = Drive::new(spec.clone());
        drive.quote(0, (10_000, 500), (10_000, 500));
        drive.wish(10, wish);
        for (i, (bid, ask)) in quotes.into_iter().enumerate() {
            assert_eq!(reasons(&drive), []);
            drive.quote(20 + i as i64, (bid, 500), (ask, 500));
        }
        assert_eq!(reasons(&drive), said(&[(22, "stop")]));
    }
}

#[test]
fn a_trail_follows_the_best_price_and_never_goes_back() {
    let mut drive = long(Exit { trail: constant(3.0), ..NONE });
    for (ms, price) in [(20, 98), (21, 110), (22, 108), (23, 109)] {
        trade(&mut drive, ms, price);
    }
    assert_eq!(reasons(&drive), []);
    trade(&mut drive, 24, 107);
    assert_eq!(reasons(&drive), said(&[(24, "trail")]));
    // The nearer of stop and trail holds.
    let both = |trail| Exit { stop: level(-2.0), trail: constant(trail), ..NONE };
    for (trail, member) in [(3.0, "stop"), (2.0, "stop"), (1.0, "trail")] {
        let mut drive = long(both(trail));
        trade(&mut drive, 20, 97);
        assert_eq!(reasons(&drive), said(&[(20, member)]));
    }
    // Below one tick it is one tick; what is not above zero is null.
    for (distance, ends) in [(1e-9, true), (0.0, false), (-3.0, false), (f64::NAN, false)] {
        let mut drive = long(Exit { trail: constant(distance), ..NONE });
        trade(&mut drive, 20, 99);
        assert_eq!(reasons(&drive).len(), usize::from(ends), "{distance}");
    }
}

#[test]
fn a_stop_goes_before_a_take_that_the_same_price_touches() {
    let mut drive = long(Exit { stop: level(1.0), take: level(-1.0), ..NONE });
    assert_eq!(reasons(&drive), said(&[(13, "stop")]), "on the wrong side it ends at once");
    // It does so once for each time that the rule becomes true.
    for n in 1..20 {
        drive.wish(20 * n, 1.0);
        trade(&mut drive, 20 * n + 10, 100);
    }
    drive.advance(1_000);
    assert_eq!(drive.fills().len(), 2);
}

#[test]
fn a_position_lasts_as_many_triggers_or_as_long_as_it_may() {
    let mut drive = long(Exit { after: Some(After::Bars(2)), ..NONE });
    drive.wish(20, 1.0);
    assert_eq!(reasons(&drive), []);
    drive.wish(30, f64::NAN);
    assert_eq!(reasons(&drive), said(&[(30, "after")]));
    // By time it needs no record at that moment.
    let mut drive = long(Exit { after: Some(After::Span(Span(50 * MS))), ..NONE });
    drive.advance(63);
    assert_eq!(reasons(&drive), []);
    drive.advance(64);
    assert_eq!(reasons(&drive), said(&[(63, "after")]));
    assert_eq!(drive.out.orders.last().unwrap().trigger_price, None);
    // A position that ended before is not the next one.
    let mut drive = long(Exit { after: Some(After::Span(Span(50 * MS))), ..NONE });
    drive.wish(20, 0.0);
    trade(&mut drive, 22, 100);
    drive.wish(40, 1.0);
    trade(&mut drive, 42, 100);
    drive.advance(93);
    assert_eq!(reasons(&drive), said(&[(20, "flat"), (40, "long")]));
    drive.advance(94);
    assert_eq!(reasons(&drive)[2..], said(&[(93, "after")]));
}

#[test]
fn an_exit_goes_before_the_rules() {
    for wish in [0.0, -1.0] {
        let mut drive = long(Exit { after: Some(After::Bars(1)), ..NONE });
        drive.wish(20, wish);
        trade(&mut drive, 22, 100);
        drive.wish(30, wish);
        trade(&mut drive, 32, 100);
        assert_eq!(reasons(&drive), said(&[(20, "after")]));
        assert_eq!(drive.fills().len(), 2, "flat, and not short");
    }
}

#[test]
fn a_position_on_its_way_out_is_left_alone() {
    let mut drive = long(Exit { stop: level(-5.0), ..NONE });
    drive.wish(20, -1.0);
    trade(&mut drive, 20, 90);
    trade(&mut drive, 22, 90);
    trade(&mut drive, 30, 90);
    assert_eq!(reasons(&drive), said(&[(20, "short")]));
    let signed: Vec<i64> = drive.fills().iter().map(|fill| fill.2).collect();
    assert_eq!(signed, [100, -200]);
    // The short one has levels of its own.
    trade(&mut drive, 40, 95);
    assert_eq!(reasons(&drive)[1..], said(&[(40, "stop")]));
}

#[test]
fn a_working_order_is_taken_back_before_the_way_out() {
    let mut spec = spec(limit(99.90, false, false));
    spec.strategies[0].exit = Some(Exit { stop: constant(99.0), ..NONE });
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 100), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(12);
    drive.trade(13, 9_990, 140, Side::Sell);
    assert_eq!(drive.fills(), [(13, 9_990, 40, Liquidity::Maker)]);
    drive.trade(16, 9_900, 5, Side::Buy);
    assert_eq!(reasons(&drive), said(&[(16, "stop")]));
    drive.advance(30);
    use OrderStage::*;
    assert_eq!(
        drive.stages()[3..],
        [Cancelled, Decided, Arrived, Filled],
        "asked for at 16, back at 17, known at 18, there at 19"
    );
    assert_eq!(drive.fills()[1..], [(19, 9_990, -40, Liquidity::Taker)]);
}

#[test]
fn doubtful_data_keeps_levels_and_does_not_disable_them() {
    let stop = Exit { stop: Some(rule(Expr::Column(0))), ..NONE };
    let mut spec = traded(stop);
    spec.strategies[0].long =
        Some(rule(Expr::binary(Binary::Gt, Expr::Column(0), Expr::Constant(50.0))));
    (spec.strategies[0].short, spec.strategies[0].flat) = (None, None);
    let mut drive = Drive::new(spec);
    trade(&mut drive, 0, 100);
    drive.wish(10, 90.0);
    trade(&mut drive, 12, 100);
    let doubt = |drive: &mut Drive, ms, value, tainted| {
        let key = drive.key(ms).derived(5, 0, 0);
        let trigger = Trigger { key, strategy: 0, instrument: 0, tainted, values: vec![value] };
        drive.account.on_trigger(&trigger, &mut drive.out);
    };
    doubt(&mut drive, 20, 99.0, true);
    doubt(&mut drive, 21, f64::NAN, false);
    trade(&mut drive, 22, 95);
    assert_eq!(reasons(&drive), []);
    doubt(&mut drive, 23, 94.0, false);
    doubt(&mut drive, 24, 99.0, true);
    trade(&mut drive, 25, 94);
    assert_eq!(reasons(&drive), said(&[(25, "stop")]));
}

#[test]
fn an_exit_that_risk_refuses_is_tried_at_each_trigger() {
    // Two strategies against each other: to close one opens the account's position.
    let mut spec = traded(Exit { stop: level(-5.0), ..NONE });
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal, other.exit) = ("t".into(), 6, None);
    spec.strategies.push(other);
    spec.risk.order_rate = Some(OrderRate { count: 2, per: Span(100 * MS) });
    let mut drive = Drive::new(spec);
    let other = |drive: &mut Drive, ms, value| {
        let key = drive.key(ms).derived(6, 0, 0);
        let values = vec![value];
        let trigger = Trigger { key, strategy: 1, instrument: 0, tainted: false, values };
        drive.account.on_trigger(&trigger, &mut drive.out);
    };
    trade(&mut drive, 0, 100);
    drive.wish(10, 1.0);
    other(&mut drive, 10, -1.0);
    trade(&mut drive, 12, 100);
    for ms in 20..30 {
        trade(&mut drive, ms, 90);
    }
    let refused = |drive: &Drive| {
        drive.stages().iter().filter(|stage| **stage == OrderStage::Refused).count()
    };
    assert_eq!((refused(&drive), drive.fills().len()), (1, 2), "once, not at every price");
    drive.wish(50, 1.0);
    assert_eq!(refused(&drive), 2);
    drive.wish(150, 1.0);
    trade(&mut drive, 160, 90);
    assert_eq!((refused(&drive), drive.fills().len()), (2, 3));
    assert_eq!(drive.out.signals.iter().filter(|s| *s.reason == *"stop").count(), 1);
}

/// A candle account that wants all in, with an exit.
fn candles(model: FillModel, exit: Exit) -> Drive {
    let mut spec = all_in(model);
    spec.strategies[0].exit = Some(exit);
    let mut drive = Drive::new(spec);
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive
}

#[test]
fn a_candle_ends_a_position_at_its_open_or_at_the_level() {
    use FillModel::{BarOhlc, BarOlhc, NextOpen};
    let bracket = || Exit { stop: level(-5.0), take: level(5.0), ..NONE };
    let cases = [
        // Model, the candle that opens the position, the one after it, price, is it given?
        (NextOpen, [100, 104, 96, 100], [94, 99, 90, 99], 94.0, Liquidity::Taker),
        (NextOpen, [100, 104, 96, 100], [107, 120, 90, 99], 107.0, Liquidity::Taker),
        (NextOpen, [100, 104, 96, 100], [96, 99, 90, 99], 95.0, Liquidity::Taker),
        (NextOpen, [100, 104, 96, 100], [96, 109, 96, 99], 105.0, Liquidity::Maker),
        (NextOpen, [100, 104, 96, 100], [96, 109, 90, 99], 95.0, Liquidity::Taker),
        (BarOhlc, [100, 104, 96, 100], [96, 109, 90, 99], 105.0, Liquidity::Maker),
        (BarOlhc, [100, 104, 96, 100], [96, 109, 90, 99], 95.0, Liquidity::Taker),
        // In the candle that opens it.
        (NextOpen, [100, 106, 95, 100], [96, 109, 90, 99], 95.0, Liquidity::Taker),
        (BarOhlc, [100, 105, 95, 100], [96, 109, 90, 99], 105.0, Liquidity::Maker),
    ];
    for (model, first, second, price, liquidity) in cases {
        let mut drive = candles(model, bracket());
        drive.candle(1, first);
        drive.wants(1, 1.0);
        drive.candle(2, second);
        drive.wants(2, 1.0);
        drive.candle(3, [100, 100, 100, 100]);
        let found = &whole_fills(&drive)[1..];
        assert_eq!(found.len(), 1, "{model}: flat, and it stays so");
        assert_eq!((found[0].1, found[0].2), (price, -10), "{model}: {first:?} {second:?}");
        assert_eq!(drive.fills()[1].3, liquidity, "{model}: {first:?} {second:?}");
    }
}

#[test]
fn a_short_position_is_the_mirror_of_a_long_one() {
    let mut spec = all_in(FillModel::NextOpen);
    spec.strategies[0].exit = Some(Exit { stop: level(-5.0), take: level(5.0), ..NONE });
    for (candle, price) in [
        ([106, 106, 94, 100], 106.0),
        ([101, 105, 94, 100], 105.0),
        ([101, 104, 95, 100], 95.0),
        ([93, 94, 90, 92], 93.0),
    ] {
        let mut drive = Drive::new(spec.clone());
        drive.candle(0, [100, 100, 100, 100]);
        drive.wants(0, -1.0);
        drive.candle(1, [100, 104, 96, 100]);
        drive.wants(1, -1.0);
        drive.candle(2, candle);
        assert_eq!(whole_fills(&drive)[1..], [(30, price, 10)], "{candle:?}");
    }
}

#[test]
fn a_trail_in_a_candle_is_raised_by_its_high_and_touched_on_the_way_to_its_close() {
    let trail = || Exit { trail: constant(4.0), ..NONE };
    for (candle, price) in [
        ([100, 103, 96, 100], Some(96.0)),
        ([100, 110, 97, 107], None),
        ([100, 110, 97, 106], Some(106.0)),
        ([100, 110, 97, 101], Some(106.0)),
    ] {
        let mut drive = candles(FillModel::NextOpen, trail());
        drive.candle(1, candle);
        let found = whole_fills(&drive).get(1).map(|fill| fill.1);
        assert_eq!(found, price, "{candle:?}");
    }
    let mut drive = candles(FillModel::NextOpen, trail());
    drive.candle(1, [100, 110, 97, 107]);
    drive.wants(1, 1.0);
    drive.candle(2, [105, 105, 105, 105]);
    assert_eq!(whole_fills(&drive)[1].1, 105.0, "its high was 110");
}

#[test]
fn a_stop_in_a_candle_pays_the_half_spread_and_the_fee_of_a_taker() {
    let mut spec = all_in(FillModel::NextOpen);
    spec.strategies[0].exit = Some(Exit { stop: level(-5.0), take: level(5.0), ..NONE });
    let execution = &mut spec.instruments[0].execution;
    execution.fees = Fees::flat(Rate(0), Rate::parse("0.01").unwrap());
    execution.fill.half_spread = 0.5;
    for (candle, price, pays) in
        [([100, 101, 80, 80], 95.0, true), ([100, 110, 99, 99], 105.5, false)]
    {
        let mut drive = Drive::new(spec.clone());
        drive.candle(0, [100, 100, 100, 100]);
        drive.wants(0, 1.0);
        drive.candle(1, candle);
        // Bought at 100.5: from there the levels are 95.5 and 105.5.
        let fill = &drive.out.fills[1];
        assert_eq!((fill.price.to_f64(), fill.fee.0 > 0), (price, pays));
    }
}

#[test]
fn a_limit_order_and_an_exit_meet_the_path_in_its_order() {
    // Long by a limit order at 95, out at 93 in the same candle: the path comes to both.
    let one = Size::Quantity(rule(Expr::Constant(1.0)));
    let mut spec = of(FillModel::BarOlhc, resting(95.0), one);
    spec.strategies[0].exit = Some(Exit { stop: level(-2.0), take: level(10.0), ..NONE });
    let mut drive = Drive::new(spec);
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive.candle(1, [100, 120, 92, 100]);
    assert_eq!(whole_fills(&drive), [(20, 95.0, 1), (20, 93.0, -1)]);
    assert_eq!(drive.out.signals.last().unwrap().reason, "stop".into());
    let stages = drive.stages();
    use OrderStage::*;
    assert_eq!(stages, [Decided, Arrived, Filled, Decided, Arrived, Filled]);
}
