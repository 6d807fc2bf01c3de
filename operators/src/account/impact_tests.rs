//! What an account's own taking costs it, by fill model; prices computed by hand.

use super::{
    candles_tests::{fills, of},
    tests::{Drive, MS, limit, next_trade, rule, spec},
    *,
};
use crate::{
    execution::{Consumed, FillModel, Impact, Wake},
    market::MarketRow,
    rules::Expr,
    strategy::{OrderStyle, Size},
};
use schemas::{
    Side,
    records::{Liquidity, TimeInForce},
};

/// Buying or selling one whole unit costs 0.1 * sqrt(1 / 100), which is 1 percent.
const ROOT: Impact = Impact::SquareRoot {
    coefficient: 1.0,
    volatility: 0.1,
    volume: 100.0,
    half_life: Span(100 * MS),
};

fn with(impact: Impact, order: OrderStyle) -> AccountSpec {
    let mut spec = spec(order);
    spec.instruments[0].execution.impact = Some(impact);
    spec
}

fn names(drive: &Drive) -> Vec<&str> {
    drive.out.fills.iter().map(|fill| &*fill.fill_model).collect()
}

#[test]
fn a_market_order_pays_for_all_that_it_takes() {
    let mut drive = Drive::new(with(ROOT, OrderStyle::Market));
    drive.quote(0, (9_990, 500), (10_000, 40));
    drive.wish(10, 1.0);
    drive.advance(20);
    assert_eq!(drive.fills(), [(11, 10_064, 40, Liquidity::Taker)], "sqrt(0.4 / 100) * 0.1");
    drive.quote(111, (9_990, 500), (10_000, 60));
    // Of 0.4 there is half after 100 ms, and 0.1 * (0.8 * sqrt(0.008) - 0.2 * sqrt(0.002)) / 0.6
    // of 100.00 is 1.0435.
    assert_eq!(drive.fills()[1..], [(111, 10_105, 60, Liquidity::Taker)]);
    // Sales have a pressure of their own: 99.90 less 1 percent is 98.901, rounded against it.
    drive.wish(120, 0.0);
    drive.advance(130);
    assert_eq!(drive.fills()[2..], [(121, 9_890, -100, Liquidity::Taker)]);
    assert_eq!(names(&drive), ["displayed_depth, square_root(1)"; 3]);
}

#[test]
fn all_levels_of_one_order_are_worse_by_the_same_fraction() {
    let mut drive = Drive::new(with(ROOT, OrderStyle::Market));
    let mut deltas = |levels: &[(u8, i64, i64)]| {
        use schemas::chunk::{DeltaFlags, NO_ID};
        for (n, (flags, price, quantity)) in levels.iter().enumerate() {
            let last = if n + 1 == levels.len() { DeltaFlags::LAST } else { 0 };
            let flags = DeltaFlags(flags | last | DeltaFlags::SNAPSHOT);
            let (price, quantity) = (*price, *quantity);
            let row = crate::book::DeltaRow {
                price,
                quantity,
                flags,
                first: NO_ID,
                previous: NO_ID,
                last: 1,
            };
            let key = drive.key(0);
            drive.account.on_row(key, 0, &MarketRow::Delta(row), None, &mut drive.out);
        }
    };
    deltas(&[
        (schemas::chunk::DeltaFlags::CLEAR, 0, 0),
        (schemas::chunk::DeltaFlags::BID, 9_990, 500),
        (0, 10_000, 40),
        (0, 10_100, 500),
    ]);
    drive.wish(10, 1.0);
    drive.advance(20);
    let takes = |at, price, quantity| (at, price, quantity, Liquidity::Taker);
    assert_eq!(drive.fills(), [takes(11, 10_100, 40), takes(11, 10_201, 60)], "1 percent each");
}

#[test]
fn a_limit_order_takes_at_its_limit_at_worst_and_gives_at_it() {
    let mut drive = Drive::new(with(ROOT, limit(100.03, false, false)));
    drive.quote(0, (9_990, 500), (10_000, 40));
    drive.wish(10, 1.0);
    drive.advance(12);
    assert_eq!(drive.fills(), [(11, 10_003, 40, Liquidity::Taker)]);
    drive.trade(13, 9_990, 100, Side::Sell);
    assert_eq!(drive.fills()[1..], [(13, 10_003, 60, Liquidity::Maker)]);
    assert_eq!(names(&drive), ["displayed_depth, square_root(1)", "displayed_depth"]);
}

#[test]
fn each_execution_of_an_order_draws_for_itself() {
    let impact = Impact::Ticks { probability: 0.5, ticks: 3, seed: 1 };
    let mut spec = with(impact, OrderStyle::Market);
    spec.instruments[0].execution.fill.consumed = Consumed::Ignored;
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 10));
    drive.wish(10, 1.0);
    (12..21).for_each(|ms| drive.quote(ms, (9_990, 500), (10_000, 10)));
    let worse = drive.fills().iter().filter(|fill| fill.1 == 10_003).count();
    assert_eq!(drive.fills().len(), 10);
    assert!((1..10).contains(&worse), "{worse}");
}

#[test]
fn no_price_is_worse_than_a_tick() {
    let impact = Impact::Ticks { probability: 1.0, ticks: 20_000, seed: 1 };
    let mut drive = Drive::new(with(impact, OrderStyle::Market));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, -1.0);
    drive.advance(20);
    assert_eq!(drive.fills(), [(11, 1, -100, Liquidity::Taker)]);
}

#[test]
fn a_woken_stop_pays_it() {
    let at = rule(Expr::Constant(101.0));
    let (limit, timeout, then_market) = (None, None, false);
    let order = OrderStyle::Wait { wake: Wake::Stop, at, limit, timeout, then_market };
    let impact = Impact::Ticks { probability: 1.0, ticks: 3, seed: 1 };
    let mut drive = Drive::new(with(impact, order));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(12);
    assert_eq!(drive.fills(), []);
    drive.trade(13, 10_100, 10, Side::Buy);
    assert_eq!(drive.fills(), [(13, 10_003, 100, Liquidity::Taker)]);
    assert_eq!(names(&drive), ["displayed_depth, ticks(3)"]);
}

#[test]
fn the_next_trade_is_worse_by_the_half_spread_and_the_impact() {
    let half_life = Span(100 * MS);
    let line = Impact::Linear { coefficient: 0.5, volume: 100.0, half_life };
    let mut spec = with(line, OrderStyle::Market);
    spec.instruments[0].execution.fill = next_trade();
    let mut drive = Drive::new(spec);
    drive.trade(0, 10_000, 10, Side::Buy);
    drive.wish(10, -1.0);
    drive.trade(11, 10_050, 10, Side::Buy);
    // 100.48 less 0.5 percent is 99.9776.
    assert_eq!(drive.fills(), [(11, 9_997, -100, Liquidity::Taker)]);
    assert_eq!(names(&drive), ["next_trade, linear(0.5)"]);
}

#[test]
fn orders_that_candles_fill_pay_it_by_the_time_of_the_candles() {
    let mut spec =
        of(FillModel::NextOpen, OrderStyle::Market, Size::Quantity(rule(Expr::Constant(1.0))));
    let half_life = Span(10_000 * MS);
    let line = Impact::Linear { coefficient: 1.0, volume: 100.0, half_life };
    spec.instruments[0].execution.impact = Some(line);
    let mut drive = Drive::new(spec);
    drive.candle(0, [100; 4]);
    drive.wants(0, 1.0);
    drive.candle(1, [120; 4]);
    drive.wants(1, 0.0);
    drive.candle(2, [120; 4]);
    drive.wants(2, 1.0);
    drive.candle(3, [200; 4]);
    // A quarter of the first unit is left two candles later: 1 percent of (1 + 2 / 4).
    assert_eq!(fills(&drive), [(20, 121.2, 1), (30, 118.8, -1), (40, 203.0, 1)]);
    assert_eq!(names(&drive), ["next_open, linear(1)"; 3]);
}

#[test]
fn what_was_taken_is_known_to_the_account_that_goes_on() {
    let go_on = |stops: bool| {
        let mut drive = Drive::new(with(ROOT, OrderStyle::Market));
        for (ms, wish) in [(10, 1.0), (40, -1.0), (60, 1.0), (70, 0.0), (90, -1.0)] {
            drive.quote(ms - 5, (9_990, 500 + ms), (10_000, 500 + ms));
            drive.wish(ms, wish);
            drive.advance(ms + 2);
            if stops {
                let bytes = drive.account.snapshot();
                drive.account = AccountLoop::new(drive.account.spec.clone());
                drive.account.restore(&bytes).expect("its own state");
            }
        }
        drive.fills()
    };
    let whole = go_on(false);
    assert_eq!(whole.len(), 5);
    assert_eq!(go_on(true), whole);
}

#[test]
fn immediate_orders_pay_it_within_their_limit() {
    let price = rule(Expr::Constant(102.0));
    let (post_only, timeout, then_market) = (false, None, false);
    let in_force = TimeInForce::Fok;
    let order = OrderStyle::Limit { price, post_only, timeout, then_market, in_force };
    let mut drive = Drive::new(with(ROOT, order));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(20);
    assert_eq!(drive.fills(), [(11, 10_100, 100, Liquidity::Taker)]);
}
