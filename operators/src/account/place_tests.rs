//! Orders that wait for a price, and those that want all at once.

use super::tests::{Drive, rule, spec};
use crate::{
    account::{AccountLoop, AccountSpec},
    execution::{FillModel, Wake},
    rules::Expr,
    strategy::OrderStyle,
};
use proptest::prelude::*;
use schemas::{
    Side, Span,
    records::{Liquidity, OrderKind, OrderStage, TimeInForce},
};
use std::sync::Arc;

fn wait(wake: Wake, at: f64, limit: Option<f64>) -> OrderStyle {
    let number = |x| rule(Expr::Constant(x));
    let limit = limit.map(number);
    OrderStyle::Wait { wake, at: number(at), limit, timeout: None, then_market: false }
}

fn limit(price: f64, in_force: TimeInForce) -> OrderStyle {
    let (price, timeout) = (rule(Expr::Constant(price)), None);
    OrderStyle::Limit { price, post_only: false, timeout, then_market: false, in_force }
}

/// A market at 99.90 to 100.00, of which a trade told, and the wish to be long at 10 ms.
fn long(order: OrderStyle) -> Drive {
    let mut drive = Drive::new(spec(order));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.trade(1, 9_995, 1, Side::Buy);
    drive.wish(10, 1.0);
    drive
}

#[test]
fn a_stop_wakes_at_its_price_and_takes_what_is_there() {
    let mut drive = long(wait(Wake::Stop, 100.305, None));
    drive.trade(20, 10_030, 1, Side::Buy);
    drive.quote(30, (10_040, 500), (10_050, 500));
    assert!(drive.fills().is_empty(), "the price is rounded up, and quotes do not wake it");
    drive.trade(40, 10_031, 1, Side::Buy);
    assert_eq!(drive.fills(), [(40, 10_050, 100, Liquidity::Taker)]);
    drive.advance(100);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, Triggered, Filled]);
    let row = &drive.out.orders[2];
    assert_eq!(row.kind, OrderKind::Stop);
    assert_eq!((row.trigger_price.map(|p| p.raw), row.limit_price), (Some(10_031), None));
    // What ends the position does not wait.
    drive.wish(110, 0.0);
    drive.advance(200);
    assert_eq!(drive.fills()[1..], [(111, 10_040, -100, Liquidity::Taker)]);
}

#[test]
fn one_that_comes_too_late_wakes_at_once() {
    let mut drive = long(wait(Wake::Stop, 99.0, None));
    drive.advance(100);
    assert_eq!(drive.fills(), [(11, 10_000, 100, Liquidity::Taker)]);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, Triggered, Filled]);
}

#[test]
fn a_stop_with_a_limit_rests_if_the_market_has_gone_further() {
    let mut drive = long(wait(Wake::Stop, 100.3, Some(100.4)));
    drive.quote(20, (10_045, 500), (10_050, 500));
    drive.trade(30, 10_050, 1, Side::Buy);
    assert!(drive.fills().is_empty());
    // It gives liquidity now: nobody is before it at its price.
    drive.quote(40, (10_040, 100), (10_050, 500));
    drive.trade(50, 10_039, 300, Side::Sell);
    assert_eq!(drive.fills(), [(50, 10_040, 100, Liquidity::Maker)]);
    assert_eq!(drive.out.orders[2].kind, OrderKind::StopLimit);
}

#[test]
fn a_touch_waits_for_a_better_price_whichever_way() {
    let mut drive = long(wait(Wake::Touch, 99.5, None));
    drive.trade(20, 9_951, 1, Side::Sell);
    assert!(drive.fills().is_empty());
    drive.quote(25, (9_940, 500), (9_950, 500));
    drive.trade(30, 9_950, 1, Side::Sell);
    assert_eq!(drive.fills(), [(30, 9_950, 100, Liquidity::Taker)]);
    let mut drive = Drive::new(spec(wait(Wake::Touch, 100.5, None)));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, -1.0);
    drive.quote(20, (10_049, 500), (10_060, 500));
    assert!(drive.fills().is_empty(), "before the first trade the best bid wakes a sell order");
    drive.quote(30, (10_050, 500), (10_060, 500));
    assert_eq!(drive.fills(), [(30, 10_050, -100, Liquidity::Taker)]);
}

#[test]
fn a_trail_follows_the_best_price_and_never_goes_back() {
    let mut drive = long(wait(Wake::Trail, 0.5, None));
    for (ms, price) in [(20, 9_960), (30, 9_900), (40, 9_940), (50, 9_949)] {
        drive.trade(ms, price, 1, Side::Sell);
    }
    assert!(drive.fills().is_empty());
    drive.trade(60, 9_950, 1, Side::Buy);
    assert_eq!(drive.fills(), [(60, 10_000, 100, Liquidity::Taker)]);
    let row = &drive.out.orders[2];
    assert_eq!((row.kind, row.trigger_price.map(|p| p.raw)), (OrderKind::Trailing, Some(9_950)));
}

#[test]
fn what_rests_once_awake_has_a_place_and_gives() {
    let mut drive = long(wait(Wake::Stop, 100.30, Some(100.20)));
    drive.quote(20, (10_020, 300), (10_050, 500));
    drive.trade(21, 10_030, 1, Side::Buy);
    drive.trade(22, 10_020, 340, Side::Sell);
    assert_eq!(drive.fills(), [(22, 10_020, 40, Liquidity::Maker)], "300 were before it");
    drive.quote(23, (10_000, 300), (10_010, 500));
    assert_eq!(drive.fills()[1..], [(23, 10_020, 60, Liquidity::Maker)]);
}

#[test]
fn nothing_wakes_before_its_price() {
    let wakes = |wake, at, wish| {
        let mut drive = Drive::new(spec(wait(wake, at, None)));
        drive.quote(0, (9_990, 500), (10_000, 500));
        drive.trade(1, 9_995, 1, Side::Buy);
        drive.wish(10, wish);
        drive.advance(12);
        drive.account.markets[0].exchange.orders()[0].wakes_at().unwrap()
    };
    assert_eq!((wakes(Wake::Stop, 100.055, 1.0), wakes(Wake::Stop, 99.055, -1.0)), (10_006, 9_905));
    assert_eq!(
        (wakes(Wake::Touch, 99.055, 1.0), wakes(Wake::Touch, 100.055, -1.0)),
        (9_905, 10_006)
    );
    // Away from 99.95 by 3.4 ticks, rounded up.
    assert_eq!((wakes(Wake::Trail, 0.034, 1.0), wakes(Wake::Trail, 0.034, -1.0)), (9_999, 9_991));
}

#[test]
fn what_waits_is_taken_back_like_others() {
    let mut drive = long(wait(Wake::Stop, 101.0, None));
    drive.wish(20, 0.0);
    drive.trade(30, 10_200, 1, Side::Buy);
    drive.advance(100);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, Cancelled]);
    assert!(drive.fills().is_empty());
}

#[test]
fn without_a_price_to_wait_for_it_is_refused() {
    let mut drive = long(wait(Wake::Stop, f64::NAN, None));
    drive.advance(100);
    let row = &drive.out.orders[0];
    let why = "the price that it waits for is null or below one tick";
    assert_eq!((row.event, row.reason.as_deref()), (OrderStage::Refused, Some(why)));
}

#[test]
fn what_cannot_be_had_at_once_is_cancelled_or_nothing_is_had() {
    use OrderStage::*;
    let mut drive = Drive::new(spec(limit(100.0, TimeInForce::Ioc)));
    drive.quote(0, (9_990, 500), (10_000, 40));
    drive.wish(10, 1.0);
    drive.advance(100);
    assert_eq!(drive.fills(), [(11, 10_000, 40, Liquidity::Taker)]);
    assert_eq!(drive.stages(), [Decided, Arrived, PartlyFilled, Cancelled]);
    let mut drive = Drive::new(spec(limit(100.0, TimeInForce::Fok)));
    drive.quote(0, (9_990, 500), (10_000, 99));
    drive.wish(10, 1.0);
    drive.advance(100);
    assert_eq!(drive.stages(), [Decided, Rejected]);
    drive.quote(110, (9_990, 500), (10_000, 100));
    drive.wish(120, 0.0);
    drive.wish(130, 1.0);
    drive.advance(200);
    assert_eq!(drive.fills(), [(131, 10_000, 100, Liquidity::Taker)]);
    let told: Vec<_> = drive.out.orders.iter().map(|row| row.time_in_force).collect();
    assert!(told.iter().all(|told| *told == TimeInForce::Fok), "{told:?}");
}

/// An account whose venue fills in another way.
fn with(model: FillModel, order: OrderStyle) -> AccountSpec {
    let mut spec = spec(order);
    spec.instruments[0].execution.fill.model = model;
    spec
}

proptest! {
    /// The first price that wakes an order, recomputed from the prices alone.
    #[test]
    fn orders_wake_when_the_prices_say_so(
        prices in prop::collection::vec(9_900..10_100_i64, 1..40),
        kind in 0..3_usize,
        buys in prop::bool::ANY,
        level in 9_900..10_100_i64,
        distance in 1..60_i64,
    ) {
        let wake = [Wake::Stop, Wake::Touch, Wake::Trail][kind];
        let at = if wake == Wake::Trail { distance } else { level };
        let order = wait(wake, at as f64 / 100.0, None);
        let spec = with(FillModel::NextTrade, order);
        let mut drive = Drive::new(spec.clone());
        drive.wish(0, if buys { 1.0 } else { -1.0 });
        for (i, price) in prices.iter().enumerate() {
            drive.trade(10 + i as i64, *price, 1, Side::Buy);
            // However often it is interrupted.
            let state = drive.account.snapshot();
            drive.account = AccountLoop::new(Arc::new(spec.clone()));
            drive.account.restore(&state).expect("own snapshot");
        }
        drive.advance(1_000);
        let sign = if buys { 1 } else { -1 };
        let wakes = |i: usize| {
            let seen = &prices[..=i];
            // As a buy order sees it.
            let turned = |price: i64| price * sign;
            let best = seen.iter().map(|p| turned(*p)).min().unwrap();
            let now = turned(seen[i]);
            match wake {
                Wake::Stop => now >= turned(level),
                Wake::Touch => now <= turned(level),
                Wake::Trail => now >= best + distance,
            }
        };
        let expected = (0..prices.len()).find(|i| wakes(*i)).map(|i| 10 + i as i64);
        let woken: Vec<i64> = drive.out.orders.iter()
            .filter(|row| row.event == OrderStage::Triggered)
            .map(|row| row.key.ts.0 / Span::SECOND.0.div_euclid(1_000))
            .collect();
        prop_assert_eq!(woken, expected.into_iter().collect::<Vec<_>>());
        // It fills at the trade after that.
        let filled = expected.map(|at| at + 1).filter(|at| *at < 10 + prices.len() as i64);
        let fills: Vec<i64> = drive.fills().iter().map(|fill| fill.0).collect();
        prop_assert_eq!(fills, filled.into_iter().collect::<Vec<_>>());
    }
}
