//! Orders that become smaller, driven by hand: quotes of which less is wanted, and orders that only
//! reduce.

use super::{
    AccountSpec,
    quotes::tests::maker,
    tests::{Drive, rule, spec},
};
use crate::{
    execution::QueueModel,
    market::Trigger,
    rules::Expr,
    strategy::{OrderStyle, Size},
};
use schemas::{
    Side,
    instrument::Rate,
    records::{
        Liquidity,
        OrderStage::{self, *},
        TimeInForce,
    },
};

/// A strategy at market, and beside it one that wants three times as much with a limit of 100.20
/// and only reduces.
fn reducing() -> AccountSpec {
    let mut spec = spec(OrderStyle::Market);
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal) = ("t".into(), 6);
    other.size = Size::Quantity(rule(Expr::Constant(3.0)));
    other.order = OrderStyle::Reduce(Box::new(OrderStyle::Limit {
        price: rule(Expr::Constant(100.20)),
        post_only: false,
        timeout: None,
        then_market: false,
        in_force: TimeInForce::Gtc,
    }));
    spec.strategies.push(other);
    spec
}

fn trigger(drive: &mut Drive, ms: i64, strategy: u16, values: Vec<f64>) {
    let key = drive.key(ms).derived(5 + strategy, 0, 0);
    let trigger = Trigger { key, strategy, instrument: 0, tainted: false, values };
    drive.account.on_trigger(&trigger, &mut drive.out);
}

/// Rows of a strategy's orders: what, the quantity, what was filled, and why.
fn told(drive: &Drive, strategy: &str) -> Vec<(OrderStage, i64, i64, String)> {
    let own = drive.out.orders.iter().filter(|row| &*row.strategy == strategy);
    own.map(|row| {
        let why = row.reason.as_ref().map_or(String::new(), |why| why.to_string());
        (row.event, row.quantity.raw, row.filled_quantity.raw, why)
    })
    .collect()
}

#[test]
fn what_only_reduces_is_never_larger_than_the_position() {
    let mut drive = Drive::new(reducing());
    drive.quote(0, (9_990, 500), (10_000, 500));
    trigger(&mut drive, 10, 1, vec![-1.0]);
    drive.advance(15);
    let nothing = "reduce_only: there is nothing to reduce".to_owned();
    let rejected = [(Decided, 300, 0, String::new()), (Rejected, 300, 0, nothing.clone())];
    assert_eq!(told(&drive, "t"), rejected);
    // Of a position of 100 it may sell 100, of which the other strategy sells some, then all.
    trigger(&mut drive, 20, 0, vec![1.0]);
    trigger(&mut drive, 29, 1, vec![0.0]);
    trigger(&mut drive, 30, 1, vec![-1.0]);
    drive.quote(35, (9_990, 40), (10_000, 500));
    trigger(&mut drive, 40, 0, vec![0.0]);
    drive.advance(45);
    let less = "reduce_only: what closes the position".to_owned();
    let resting =
        [(Decided, 300, 0, String::new()), (Arrived, 100, 0, less.clone()), (Amended, 60, 0, less)];
    assert_eq!(told(&drive, "t")[2..], resting);
    drive.quote(50, (9_990, 500), (10_000, 500));
    drive.advance(60);
    assert_eq!(told(&drive, "t")[5..], [(Cancelled, 60, 0, nothing)]);
}

#[test]
fn what_turns_a_position_over_only_closes_it_where_it_only_reduces() {
    let mut drive = Drive::new(reducing());
    drive.quote(0, (9_990, 500), (10_000, 500));
    trigger(&mut drive, 10, 0, vec![1.0]);
    trigger(&mut drive, 20, 1, vec![-1.0]);
    drive.advance(25);
    drive.trade(30, 10_030, 900, Side::Buy);
    assert_eq!(drive.fills()[1..], [(30, 10_020, -100, Liquidity::Maker)]);
    assert_eq!(drive.out.positions.last().unwrap().quantity.raw, 0);
}

#[test]
fn orders_that_trade_at_one_moment_close_the_position_once() {
    for queue in [QueueModel::RiskAverse, QueueModel::Fifo] {
        let mut spec = reducing();
        spec.instruments[0].execution.fill.queue = queue;
        let mut third = spec.strategies[1].clone();
        (third.name, third.ordinal) = ("u".into(), 7);
        spec.strategies.push(third);
        let mut drive = Drive::new(spec);
        drive.quote(0, (9_990, 500), (10_000, 500));
        trigger(&mut drive, 10, 0, vec![1.0]);
        trigger(&mut drive, 20, 1, vec![-1.0]);
        trigger(&mut drive, 20, 2, vec![-1.0]);
        drive.advance(25);
        drive.trade(30, 10_030, 900, Side::Buy);
        assert_eq!(drive.fills()[1..], [(30, 10_020, -100, Liquidity::Maker)], "{queue}");
        assert_eq!(drive.out.positions.last().unwrap().quantity.raw, 0);
        assert_eq!(told(&drive, "u").last().unwrap().0, Cancelled);
    }
}

#[test]
fn what_is_executed_already_is_not_cut_off() {
    let mut drive = Drive::new(reducing());
    drive.quote(0, (9_990, 500), (10_000, 500));
    trigger(&mut drive, 10, 0, vec![1.0]);
    trigger(&mut drive, 20, 1, vec![-1.0]);
    drive.advance(25);
    // Of 100 it sells 30, and the other strategy 20 of the 70 that are left.
    drive.trade(30, 10_030, 30, Side::Buy);
    drive.quote(35, (9_990, 20), (10_000, 500));
    trigger(&mut drive, 40, 0, vec![0.0]);
    drive.advance(45);
    let rows = told(&drive, "t").into_iter().skip(2).map(|row| (row.0, row.1, row.2));
    assert!(rows.eq([(PartlyFilled, 100, 30), (Amended, 80, 30)]), "{:?}", told(&drive, "t"));
}

#[test]
fn what_closes_for_good_closes_what_each_strategy_has() {
    let mut spec = spec(OrderStyle::Market);
    spec.risk.drawdown_stop = Some(Rate::parse("0.05").unwrap());
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal) = ("t".into(), 6);
    other.size = Size::Quantity(rule(Expr::Constant(2.0)));
    spec.strategies[0].order = OrderStyle::Reduce(Box::new(OrderStyle::Market));
    spec.strategies.push(other);
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    trigger(&mut drive, 10, 1, vec![-1.0]);
    trigger(&mut drive, 20, 0, vec![1.0]);
    // Short of one in all, and the first one long of one.
    drive.quote(500, (15_990, 500), (16_000, 500));
    drive.advance(2_000);
    let signed: Vec<i64> = drive.fills().iter().map(|fill| fill.2).collect();
    assert_eq!(signed, [-200, 100, -100, 200]);
}

/// A maker that is told how much to quote.
fn quoting() -> Drive {
    let mut spec = maker(|_| {});
    let strategy = &mut spec.strategies[0];
    (strategy.columns, strategy.size) = (3, Size::Quantity(rule(Expr::Column(2))));
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 300), (10_010, 500));
    trigger(&mut drive, 10, 0, vec![99.90, f64::NAN, 1.0]);
    drive
}

#[test]
fn a_quote_of_which_less_is_wanted_keeps_its_place() {
    let mut drive = quoting();
    // Behind 300; 250 of them go.
    drive.trade(15, 9_990, 250, Side::Sell);
    trigger(&mut drive, 20, 0, vec![99.90, f64::NAN, 0.4]);
    trigger(&mut drive, 25, 0, vec![99.90, f64::NAN, 0.4]);
    trigger(&mut drive, 27, 0, vec![99.90, f64::NAN, 0.3]);
    // What is added would stand behind: it waits until the order has ended.
    trigger(&mut drive, 30, 0, vec![99.90, f64::NAN, 0.7]);
    drive.trade(40, 9_990, 150, Side::Sell);
    assert_eq!(drive.fills(), [(40, 9_990, 30, Liquidity::Maker)]);
    let why = "the quote became smaller".to_owned();
    let rows = [
        (Decided, 100, 0, String::new()),
        (Arrived, 100, 0, String::new()),
        (Amended, 40, 0, why.clone()),
        (Amended, 30, 0, why),
        (Filled, 30, 30, String::new()),
    ];
    assert_eq!(told(&drive, "s"), rows);
}

#[test]
fn what_is_filled_before_it_could_be_smaller_is_filled() {
    let mut drive = quoting();
    drive.trade(15, 9_990, 360, Side::Sell);
    // That 60 were executed is known at 16, and the wish comes to the venue at 16.
    trigger(&mut drive, 15, 0, vec![99.90, f64::NAN, 0.4]);
    drive.advance(20);
    let ends = (Cancelled, 100, 60, "the quote became smaller".to_owned());
    assert_eq!(told(&drive, "s")[2..], [(PartlyFilled, 100, 60, String::new()), ends]);
    // Just as much.
    let mut drive = quoting();
    drive.trade(15, 9_990, 340, Side::Sell);
    trigger(&mut drive, 15, 0, vec![99.90, f64::NAN, 0.4]);
    drive.advance(20);
    assert_eq!(told(&drive, "s").last().unwrap().0, Cancelled);
    // Less: what is left of it is what is missing to that.
    let mut drive = quoting();
    drive.trade(15, 9_990, 310, Side::Sell);
    trigger(&mut drive, 15, 0, vec![99.90, f64::NAN, 0.4]);
    drive.trade(20, 9_990, 900, Side::Sell);
    let signed: Vec<i64> = drive.fills().iter().map(|fill| fill.2).collect();
    assert_eq!(signed, [10, 30]);
    // One that has ended does not become smaller.
    let mut drive = quoting();
    drive.trade(15, 9_990, 900, Side::Sell);
    trigger(&mut drive, 15, 0, vec![99.90, f64::NAN, 0.4]);
    drive.advance(20);
    assert_eq!(told(&drive, "s")[2..], [(Filled, 100, 100, String::new())]);
}
