//! Initial margin of positions and orders together.

use super::tests::{flat, wish_of, with};
use crate::{
    account::{
        AccountSpec,
        tests::{Drive, MS, limit, rule},
    },
    execution::{VenueClock, margin::tests::money},
    market::{MarketRow, Top},
    rules::{Binary, Expr},
    strategy::{Exit, OrderStyle, Size},
};
use schemas::{
    OrderKey, Span,
    chunk::NO_ID,
    instrument::Rate,
    records::{OrderKind, OrderStage},
};

/// Two strategies that order so much each, at market and like this.
fn two(cash: &str, first: f64, second: f64, order: OrderStyle) -> AccountSpec {
    let mut spec = with(flat("0"), cash, first, false);
    let mut other = spec.strategies[0].clone();
    (other.name, other.ordinal, other.order) = ("t".into(), 6, order);
    other.size = Size::Quantity(rule(Expr::Constant(second)));
    spec.strategies.push(other);
    spec
}

fn last(drive: &Drive) -> (OrderStage, &str) {
    let row = drive.out.orders.last().unwrap();
    (row.event, row.reason.as_deref().unwrap_or_default())
}

#[test]
fn orders_on_both_sides_need_what_the_larger_side_comes_to() {
    let mut drive = Drive::new(two("120", 15.0, 9.9, limit(99.0, false, false)));
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    wish_of(&mut drive, 10, 1.0);
    drive.advance(12);
    drive.wish(13, -1.0);
    let why = "margin: 150 USDT would be needed, and equity is 120";
    assert_eq!(last(&drive), (OrderStage::Refused, why));
}

#[test]
fn orders_on_their_way_need_it_too() {
    let mut drive = Drive::new(two("100", 9.9, 1.0, OrderStyle::Market));
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    drive.wish(10, 1.0);
    wish_of(&mut drive, 10, 1.0);
    let why = "margin: 109 USDT would be needed, and equity is 100";
    assert_eq!(last(&drive), (OrderStage::Refused, why));
}

#[test]
fn orders_of_which_one_cancels_the_other_need_it_once() {
    let mut spec = two("60", 5.0, 5.0, limit(101.0, false, false));
    // Slot 2 is the entry.
    let away = |by: f64| Some(rule(Expr::binary(Binary::Add, Expr::Column(2), Expr::Constant(by))));
    let exit = Exit { stop: away(-5.0), take: away(5.0), trail: None, after: None, at_venue: true };
    spec.strategies[0].exit = Some(exit);
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    drive.wish(10, 1.0);
    // It sells as much as is held, before both orders of the exit do.
    drive.advance(11);
    wish_of(&mut drive, 11, -1.0);
    drive.advance(15);
    let there = drive.account.markets[0].exchange.orders();
    let waits = there.iter().filter(|w| w.order.wake.is_some()).count();
    assert_eq!((there.len(), waits), (3, 1), "{:?}", drive.out.orders);
    // Of 5 held and 10 to be sold the larger side is 5.
    assert_eq!(drive.account.margin_in_use("USDT"), money("50"));
    assert!(drive.out.orders.iter().all(|row| row.event != OrderStage::Refused));
    assert!(drive.out.orders.iter().any(|row| row.kind == OrderKind::Stop));
}

#[test]
fn what_only_reduces_is_cut_down_rather_than_refused() {
    let order = OrderStyle::Reduce(Box::new(limit(101.0, false, false)));
    let mut drive = Drive::new(two("100", 9.0, 30.0, order));
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    drive.wish(10, 1.0);
    drive.advance(20);
    wish_of(&mut drive, 20, -1.0);
    drive.advance(25);
    let row = drive.out.orders.last().unwrap();
    assert_eq!((row.event, row.quantity.raw), (OrderStage::Arrived, 900));
}

#[test]
fn the_venue_judges_by_its_own_market() {
    let mut spec = two("100", 5.0, 4.0, OrderStyle::Market);
    let execution = &mut spec.instruments[0].execution;
    execution.fees.taker = Rate(0);
    execution.clock = Some(VenueClock { offset: 0, max_latency: Span(20 * MS) });
    let mut drive = Drive::new(spec);
    let quote = |drive: &mut Drive, ms: i64, mark: i64, at_venue: bool| {
        let key = drive.key(ms);
        let received = if at_venue { OrderKey::AT_VENUE } else { key.received };
        let (bid_quantity, ask_quantity, update_id) = (5_000, 5_000, NO_ID);
        let top = Top { bid: mark - 1, bid_quantity, ask: mark + 1, ask_quantity, update_id };
        let (key, row) = (OrderKey { received, ..key }, MarketRow::Quote(top));
        drive.account.on_row(key, 0, &row, None, &mut drive.out);
    };
    quote(&mut drive, 0, 10_000, true);
    quote(&mut drive, 2, 10_000, false);
    drive.wish(10, 1.0);
    wish_of(&mut drive, 19, 1.0);
    // Known at 22; the order comes at 20.
    quote(&mut drive, 20, 9_500, true);
    quote(&mut drive, 22, 9_500, false);
    let why = "margin: 85.5 USDT would be needed, and equity is 74.95";
    assert_eq!(last(&drive), (OrderStage::Rejected, why));
}
