//! A strategy that quotes in one instrument, driven by hand.

use crate::{
    account::{
        AccountSpec,
        tests::{Drive, MS, rule, spec},
    },
    execution::Latency,
    market::Trigger,
    rules::{Binary, Expr},
    strategy::{ACCOUNT_COLUMNS, OrderStyle, Quote, Size},
};
use schemas::{
    Side, Span,
    instrument::Rate,
    records::{Liquidity, OrderStage},
};

/// Columns of a row: bid and ask of the trigger, then those of the account.
pub(super) const POSITION: u32 = 2;
pub(super) const TAINTED: u32 = 2 + ACCOUNT_COLUMNS.len() as u32;
const FAIR: u32 = TAINTED + 1;

/// One buy order at the first column, one sell order at the second, of 1 each.
pub(in crate::account) fn maker(change: impl FnOnce(&mut Quote)) -> AccountSpec {
    let mut spec = spec(OrderStyle::Market);
    let strategy = &mut spec.strategies[0];
    (strategy.long, strategy.short, strategy.flat, strategy.columns) = (None, None, None, 2);
    strategy.size = Size::Quantity(rule(Expr::Constant(1.0)));
    let mut quote = Quote {
        fair: None,
        bid: rule(Expr::Column(0)),
        ask: rule(Expr::Column(1)),
        pull: None,
        levels: 1,
        step_ticks: 0,
        post_only: true,
        requote_ticks: 1,
        max_position: None,
    };
    change(&mut quote);
    strategy.quote = Some(quote);
    spec
}

impl Drive {
    fn quotes(&mut self, ms: i64, bid: f64, ask: f64) {
        self.trigger(ms, vec![bid, ask], false);
    }

    fn trigger(&mut self, ms: i64, values: Vec<f64>, tainted: bool) {
        let key = self.key(ms).derived(5, 0, 0);
        let trigger = Trigger { key, strategy: 0, instrument: 0, tainted, values };
        self.account.on_trigger(&trigger, &mut self.out);
    }

    /// Rows of `orders`: when, what, and the signed quantity at its price.
    fn told(&self) -> Vec<(i64, OrderStage, i64, i64)> {
        let row = |o: &schemas::records::OrderEvent| {
            let signed = o.side.sign() * o.quantity.raw;
            (o.key.ts.0 / MS, o.event, signed, o.limit_price.map_or(0, |price| price.raw))
        };
        self.out.orders.iter().map(row).collect()
    }

    /// Rows of `signals`: why, first price, quantity, strength.
    fn signals(&self) -> Vec<(String, i64, i64, f64)> {
        let row = |s: &schemas::records::Signal| {
            let price = s.price.map_or(0, |price| price.raw);
            (s.reason.to_string(), price, s.target.raw, s.strength)
        };
        self.out.signals.iter().map(row).collect()
    }
}

use OrderStage::{Arrived, Cancelled, Decided, Filled, PartlyFilled, Refused, Rejected};

#[test]
fn levels_stand_on_the_tick_away_from_the_market() {
    let mut drive = Drive::new(maker(|quote| (quote.levels, quote.step_ticks) = (3, 5)));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.quotes(10, 99.9049, 100.091);
    drive.quotes(20, 99.901, 100.1);
    let decided = [
        (10, Decided, 100, 9_990),
        (10, Decided, 100, 9_985),
        (10, Decided, 100, 9_980),
        (10, Decided, -100, 10_010),
        (10, Decided, -100, 10_015),
        (10, Decided, -100, 10_020),
    ];
    assert_eq!(drive.told()[..6], decided);
    assert!(drive.told()[6..].iter().all(|row| (row.0, row.1) == (11, Arrived)), "the same again");
    let told = [("bid".to_owned(), 9_990, 300, 1.0), ("ask".to_owned(), 10_010, -300, -1.0)];
    assert_eq!(drive.signals(), told, "once");
    // A bid below the first tick is none: two levels are left of the side, then nothing.
    drive.quotes(30, 0.07, 100.1);
    let bids = drive.told().into_iter().filter(|row| (row.0, row.1) == (30, Decided));
    assert_eq!(bids.map(|row| row.3).collect::<Vec<_>>(), [7, 2]);
    drive.quotes(40, -1.0, 100.1);
    drive.advance(50);
    assert_eq!(drive.told()[19..], [(41, Cancelled, 100, 7), (41, Cancelled, 100, 2)]);
}

#[test]
fn an_order_that_is_near_enough_keeps_its_place_in_the_queue() {
    let filled = |requote_ticks: u32| {
        let mut drive = Drive::new(maker(|quote| quote.requote_ticks = requote_ticks));
        drive.quote(0, (9_990, 300), (10_010, 500));
        drive.quotes(10, 99.90, 100.10);
        // Behind 300; 200 of them go.
        drive.trade(15, 9_990, 200, Side::Sell);
        drive.quotes(20, 99.91, 100.10);
        drive.quotes(30, 99.90, 100.10);
        // 100 are before it, or 300 again.
        drive.trade(40, 9_990, 150, Side::Sell);
        (drive.fills(), drive.told().len())
    };
    assert_eq!(filled(2), (vec![(40, 9_990, 50, Liquidity::Maker)], 5));
    // It moves to 99.91 and, as the price is free by then, back.
    assert_eq!(filled(1), (vec![], 4 + 6));
}

#[test]
fn the_nearest_order_stays_and_each_wanted_price_has_its_own() {
    let mut drive = Drive::new(maker(|quote| {
        (quote.levels, quote.step_ticks, quote.requote_ticks) = (2, 3, 4);
    }));
    drive.quote(0, (9_980, 500), (10_020, 500));
    drive.quotes(10, 99.90, 100.10);
    // Orders at 9990 and 9987; wanted 9987, which is there, and 9984, from which 9990 is too far.
    drive.quotes(20, 99.87, 100.10);
    drive.advance(30);
    let bids: Vec<_> = drive.told().into_iter().filter(|row| row.2 > 0).collect();
    assert_eq!(
        bids[4..],
        [(20, Decided, 100, 9_984), (21, Cancelled, 100, 9_990), (21, Arrived, 100, 9_984)]
    );
    // 9986 and 9983 are wanted: 9987 and 9984 are the nearest.
    drive.quotes(40, 99.86, 100.10);
    drive.advance(50);
    assert_eq!(drive.told().iter().filter(|row| row.2 > 0).count(), 7);
}

#[test]
fn what_is_under_way_is_neither_sent_twice_nor_followed_before_its_end_is_known() {
    let mut spec = maker(|_| {});
    let execution = &mut spec.instruments[0].execution;
    execution.latency = Latency::constant(Span(5 * MS), Span(5 * MS));
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_950, 500), (10_050, 500));
    drive.quotes(10, 99.90, 100.10);
    drive.quotes(12, 99.90, 100.10);
    drive.quotes(13, 99.80, 100.20);
    drive.quotes(14, 99.90, 100.10);
    // Nobody knows before 23 that the first orders are gone.
    drive.quotes(22, 99.90, 100.10);
    drive.quotes(24, 99.90, 100.10);
    drive.advance(40);
    let expected = [
        (10, Decided, 100, 9_990),
        (10, Decided, -100, 10_010),
        (13, Decided, 100, 9_980),
        (13, Decided, -100, 10_020),
        (15, Arrived, 100, 9_990),
        (15, Arrived, -100, 10_010),
        (18, Cancelled, 100, 9_990),
        (18, Cancelled, -100, 10_010),
        (18, Arrived, 100, 9_980),
        (18, Arrived, -100, 10_020),
        (19, Cancelled, 100, 9_980),
        (19, Cancelled, -100, 10_020),
        (24, Decided, 100, 9_990),
        (24, Decided, -100, 10_010),
        (29, Arrived, 100, 9_990),
        (29, Arrived, -100, 10_010),
    ];
    assert_eq!(drive.told(), expected);
    assert_eq!(drive.out.orders[6].reason, Some("the quote changed".into()));
}

#[test]
fn a_side_quotes_what_fits_into_the_largest_position() {
    let mut drive = Drive::new(maker(|quote| {
        (quote.levels, quote.step_ticks, quote.max_position) = (2, 1, Some(1.5));
    }));
    drive.quote(0, (9_980, 300), (10_020, 300));
    drive.quotes(10, 99.90, 100.10);
    drive.trade(20, 9_990, 100, Side::Sell);
    // Half a unit is left: for the first price, once that at the second is known to be gone.
    drive.quotes(30, 99.90, 100.10);
    drive.quotes(31, 99.90, 100.10);
    drive.quotes(40, 99.90, 100.10);
    drive.quotes(50, 99.90, 100.10);
    drive.advance(60);
    let bids: Vec<_> = drive.told().into_iter().filter(|row| row.2 > 0).collect();
    let expected = [
        (10, Decided, 100, 9_990),
        (10, Decided, 50, 9_989),
        (11, Arrived, 100, 9_990),
        (11, Arrived, 50, 9_989),
        (20, Filled, 100, 9_990),
        (31, Cancelled, 50, 9_989),
        (40, Decided, 50, 9_990),
        (41, Arrived, 50, 9_990),
    ];
    assert_eq!(bids, expected);
    // Of the sell orders both stay: to sell reduces the position.
    assert_eq!(drive.told().iter().filter(|row| row.2 < 0).count(), 4);
    let told = drive.signals();
    let bids: Vec<_> = told.iter().filter(|row| row.0 == "bid").cloned().collect();
    let asks: Vec<_> = told.iter().filter(|row| row.0 == "ask").map(|row| row.2).collect();
    let bid = |quantity, strength| ("bid".to_owned(), 9_990, quantity, strength);
    assert_eq!(bids, [bid(150, 0.75), bid(50, 0.25)]);
    assert_eq!(asks, [-150, -200]);
    // Full: nothing is wanted of that side.
    drive.trade(70, 9_990, 50, Side::Sell);
    drive.quotes(80, 99.90, 100.10);
    drive.advance(90);
    assert_eq!(drive.signals().last(), Some(&("bid".to_owned(), 0, 0, 0.0)));
    assert_eq!(drive.fills().iter().map(|fill| fill.2).sum::<i64>(), 150);
}

#[test]
fn the_fair_price_may_lean_against_the_position() {
    let column = |slot| Expr::Column(slot);
    let mut drive = Drive::new(maker(|quote| {
        let lean = Expr::binary(Binary::Mul, Expr::Constant(0.5), column(POSITION));
        quote.fair = Some(rule(Expr::binary(Binary::Sub, column(0), lean)));
        quote.bid = rule(Expr::binary(Binary::Sub, column(FAIR), Expr::Constant(0.25)));
        quote.ask = rule(Expr::binary(Binary::Add, column(FAIR), Expr::Constant(0.25)));
    }));
    drive.quote(0, (9_900, 300), (10_100, 300));
    drive.quotes(10, 100.0, 0.0);
    drive.trade(20, 9_975, 100, Side::Sell);
    drive.quotes(30, 100.0, 0.0);
    drive.advance(40);
    let decided: Vec<_> = drive.told().into_iter().filter(|row| row.1 == Decided).collect();
    let expected = [
        (10, Decided, 100, 9_975),
        (10, Decided, -100, 10_025),
        (30, Decided, 100, 9_925),
        (30, Decided, -100, 9_975),
    ];
    assert_eq!(decided, expected);
}

#[test]
fn null_and_doubt_leave_orders_and_pull_takes_them_back() {
    let tainted = || Expr::binary(Binary::Eq, Expr::Column(TAINTED), Expr::Constant(1.0));
    for pulls in [false, true] {
        let mut drive = Drive::new(maker(|quote| quote.pull = pulls.then(|| rule(tainted()))));
        drive.quote(0, (9_980, 300), (10_020, 300));
        drive.quotes(10, 99.90, 100.10);
        // No opinion of the bid: it stays, and the ask moves.
        drive.quotes(20, f64::NAN, 100.11);
        drive.trigger(30, vec![99.80, 100.20], true);
        drive.advance(40);
        let rows = drive.told();
        assert_eq!(rows[4..6], [(20, Decided, -100, 10_011), (21, Cancelled, -100, 10_010)]);
        assert_eq!(rows[6], (21, Arrived, -100, 10_011));
        let gone = [(31, Cancelled, 100, 9_990), (31, Cancelled, -100, 10_011)];
        assert_eq!(rows[7..], gone[..if pulls { 2 } else { 0 }]);
        let report = drive.account.reports().remove(0);
        assert_eq!((report.triggers, report.tainted), (3, 1));
        let named = |name: &str| report.rules.iter().find(|r| r.rule == name).map(|r| r.was_true);
        assert_eq!(named("pull"), pulls.then_some(1));
        assert_eq!((named("bid"), named("ask")), (Some(2), Some(3)));
        let last = drive.signals().pop().unwrap();
        let pulled = ("pull".to_owned(), 0, 0, 0.0);
        assert_eq!(last == pulled, pulls, "{last:?}");
        // Afterwards it quotes again.
        drive.quotes(50, 99.90, 100.11);
        assert_eq!(drive.told().len() - rows.len(), if pulls { 2 } else { 0 });
    }
}

#[test]
fn a_bid_at_or_above_the_ask_changes_nothing_and_no_order_meets_its_own() {
    let mut drive = Drive::new(maker(|quote| quote.requote_ticks = 20));
    drive.quote(0, (9_900, 300), (10_100, 300));
    drive.quotes(10, 99.90, 100.00);
    drive.quotes(20, 100.0, 100.0);
    assert_eq!(drive.account.reports()[0].conflicts, 1);
    // The ask at 100.00 is near enough to 100.19; a bid at 100.15 would meet it.
    drive.quotes(30, 100.15, 100.19);
    drive.advance(40);
    assert_eq!(drive.told().len(), 5);
    assert_eq!(drive.told()[4], (31, Cancelled, 100, 9_990));
    drive.quotes(50, 100.15, 100.30);
    drive.advance(60);
    assert_eq!(
        drive.told()[5..8].iter().map(|row| row.3).collect::<Vec<_>>(),
        [10_015, 10_030, 10_000]
    );
}

#[test]
fn what_would_take_is_rejected_and_tried_anew() {
    let mut spec = maker(|_| {});
    spec.risk.price_band = Some(Rate::parse("0.01").unwrap());
    let mut drive = Drive::new(spec.clone());
    drive.quote(0, (9_980, 300), (10_000, 300));
    // The ask is too far from the mid for risk.
    drive.quotes(10, 100.05, 103.0);
    drive.quotes(20, 100.05, 103.0);
    drive.advance(30);
    let rows: Vec<_> = drive.told().into_iter().map(|row| (row.0, row.1)).collect();
    let expected = [
        (10, Decided),
        (10, Refused),
        (11, Rejected),
        (20, Decided),
        (20, Refused),
        (21, Rejected),
    ];
    assert_eq!(rows, expected);
    assert_eq!(drive.account.reports()[0].refused, 2);
    // Where it may take, it does.
    spec.strategies[0].quote.as_mut().unwrap().post_only = false;
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_980, 300), (10_000, 60));
    drive.quotes(10, 100.05, 100.5);
    drive.advance(20);
    assert_eq!(drive.fills(), [(11, 10_000, 60, Liquidity::Taker)]);
    let bid = drive.told().into_iter().filter(|row| row.2 > 0).map(|row| row.1);
    assert_eq!(bid.collect::<Vec<_>>(), [Decided, Arrived, PartlyFilled]);
}

#[test]
fn a_quantity_of_no_lot_takes_all_back_and_a_null_one_nothing() {
    let mut spec = maker(|_| {});
    spec.strategies[0].size = Size::Quantity(rule(Expr::Column(1)));
    spec.strategies[0].quote.as_mut().unwrap().ask = rule(Expr::Constant(101.0));
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_980, 300), (10_020, 300));
    drive.quotes(10, 99.90, 0.25);
    drive.quotes(20, 99.90, f64::NAN);
    drive.quotes(30, 99.90, 2.0);
    assert_eq!(drive.told()[..2], [(10, Decided, 20, 9_990), (10, Decided, -20, 10_100)]);
    assert_eq!(drive.told().len(), 4, "an order of another quantity stays");
    drive.quotes(40, 99.90, 0.09);
    drive.advance(50);
    assert_eq!(drive.told()[4..], [(41, Cancelled, 20, 9_990), (41, Cancelled, -20, 10_100)]);
    assert_eq!(drive.account.reports()[0].no_size, 1);
}

#[test]
fn the_drawdown_stop_takes_all_back_and_then_sells_at_market() {
    let mut spec = maker(|quote| (quote.levels, quote.step_ticks) = (2, 500));
    spec.risk.drawdown_stop = Some(Rate::parse("0.05").unwrap());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_980, 500), (10_010, 500));
    drive.quotes(10, 99.90, 101.00);
    drive.trade(20, 9_990, 100, Side::Sell);
    drive.quote(500, (3_990, 500), (12_000, 500));
    drive.quote(501, (3_990, 500), (4_000, 500));
    drive.quotes(600, 39.0, 41.0);
    drive.advance(2_000);
    drive.quotes(3_000, 39.0, 41.0);
    drive.advance(4_000);
    let rows = drive.told();
    // The market falls through the second bid at 501 ms, and the stop looks at each fill. What
    // it takes back is known two ms later.
    let end = [
        (501, Filled, 100, 9_490),
        (502, Cancelled, -100, 10_100),
        (502, Cancelled, -100, 10_600),
        (503, Decided, -200, 0),
        (504, Arrived, -200, 0),
        (504, Filled, -200, 0),
    ];
    assert_eq!(rows[rows.len() - 6..], end);
    assert_eq!(drive.fills().last().unwrap().1, 3_990);
    assert_eq!(drive.signals().last().unwrap().0, "drawdown stop");
}
