//! Margins: where venues' own formulas say that a liquidation begins, what it does, and what is
//! refused.

use crate::{
    account::{
        AccountSpec,
        candles_tests::all_in,
        tests::{Drive, MS, limit, rule, spec},
    },
    execution::{
        Borrow, FillModel, Margin,
        margin::tests::{margin, money},
    },
    market::{MarketRow, Top, Trigger},
    rules::Expr,
    strategy::{OrderStyle, Size},
};
use proptest::prelude::*;
use schemas::{
    EventTime, Instrument, InstrumentId, Money, Side,
    chunk::NO_ID,
    instrument::{Kind, Rate},
    records::{OrderStage, PostingKind},
};
use std::sync::Arc;

/// An account of so much cash that orders so much at market, with margin.
pub(super) fn with(margin: Margin, cash: &str, quantity: f64, inverse: bool) -> AccountSpec {
    let mut spec = spec(OrderStyle::Market);
    let place = &mut spec.instruments[0];
    if inverse {
        let old = &*place.instrument;
        let (base, settle) = ("BTC".into(), "BTC".into());
        let multiplier = 100;
        place.instrument =
            Arc::new(Instrument { base, settle, multiplier, inverse, ..old.clone() });
    }
    spec.cash = vec![(place.instrument.settle.clone(), money(cash))];
    place.execution.margin = Some(margin);
    spec.strategies[0].size = Size::Quantity(rule(Expr::Constant(quantity)));
    spec
}

pub(super) fn flat(fee: &str) -> Margin {
    margin(&[("0", "0.1", "0.05")], fee)
}

/// Best bid and ask a step below and above a mark.
fn mark_at(drive: &mut Drive, ms: i64, mark: i64) {
    drive.quote(ms, (mark - 1, 1_000_000), (mark + 1, 1_000_000));
}

fn postings(drive: &Drive) -> Vec<(PostingKind, String)> {
    let all = drive.out.ledger.iter().skip(1);
    let short = |amount: Money| amount.to_string().trim_end_matches('0').to_owned();
    all.map(|posting| (posting.kind, short(posting.amount))).collect()
}

/// Is cash the sum of the ledger, and equity what it and the position are worth?
fn is_conserved(drive: &Drive) {
    let last = drive.out.portfolio.last().unwrap();
    assert_eq!(drive.out.ledger.iter().map(|p| p.amount).sum::<Money>(), last.cash);
    assert_eq!(last.cash + last.unrealised, last.equity);
}

proptest! {
    /// Binance's closed formulas for the liquidation price of one position, of USDT-M and COIN-M
    /// futures: the venue acts at the first step beyond it, and not before.
    #[test]
    fn a_position_is_liquidated_where_the_venues_formula_says(
        entry in 2_000_000..9_000_000_i64,
        quantity in 50..2_000_i64,
        leverage in 4.0..30.0_f64,
        long: bool,
        inverse: bool,
    ) {
        let terms = [(0.0, 0.004), (0.5, 0.01), (2.0, 0.025)];
        // Brackets of both currencies: of some positions of these sizes each.
        let unit = if inverse { 0.1 } else { 2_000_000.0 };
        let written = terms.map(|(from, rate)| [(from * unit).to_string(), rate.to_string()]);
        let tiers: Vec<(&str, &str, &str)> =
            written.iter().map(|[from, rate]| (&**from, "0.005", &**rate)).collect();
        let (side, price) = (if long { 1.0 } else { -1.0 }, (entry + side_of(long)) as f64 / 100.0);
        let size = quantity as f64 / 10.0;
        let (multiplier, notional) = match inverse {
            true => (100.0, size * 100.0 / price),
            false => (1.0, size * price),
        };
        let cash = format!("{:.8}", notional / leverage);
        let mut drive = Drive::new(with(margin(&tiers, "0"), &cash, size, inverse));
        mark_at(&mut drive, 0, entry);
        drive.wish(10, side);
        drive.advance(100);
        prop_assert_eq!(drive.out.fills.len(), 1);
        let wallet = drive.out.portfolio.last().unwrap().cash.to_f64();

        // WB + cum - side * q * EP over q * MMR - side * q, and for COIN-M
        // q * MMR + side * q over (WB + cum) / multiplier + side * q / EP.
        let mut taken_off = 0.0;
        let mut before = 0.0;
        let mut found = Vec::new();
        for (i, (from, rate)) in terms.iter().enumerate() {
            taken_off += from * unit * (rate - before);
            before = *rate;
            let level = match inverse {
                true => {
                    let below = (wallet + taken_off) / multiplier + side * size / price;
                    (size * rate + side * size) / below
                }
                false => (wallet + taken_off - side * size * price) / (size * rate - side * size),
            };
            let there = if inverse { size * multiplier / level } else { size * level };
            let end = terms.get(i + 1).map_or(f64::INFINITY, |next| next.0 * unit);
            if level > 0.0 && from * unit <= there && there < end {
                found.push(level);
            }
        }
        prop_assume!(found.len() == 1);
        let level = found[0] * 100.0;
        let (safe, gone) = match long {
            true => (level.ceil() as i64, level.floor() as i64),
            false => (level.floor() as i64, level.ceil() as i64),
        };
        // A formula in doubles says nothing about a step that it meets nearly.
        prop_assume!((level - level.round()).abs() > 1e-3);
        // Not so far that nothing is left of it, and not at once.
        prop_assume!(gone > 1_000 && (entry - gone) * side as i64 > 2 && gone < entry * 7);
        mark_at(&mut drive, 200, safe);
        prop_assert_eq!(drive.out.fills.len(), 1, "at {}, safe until {}", safe, level);
        mark_at(&mut drive, 300, gone);
        prop_assert_eq!(drive.out.fills.len(), 2, "at {}, beyond {}", gone, level);
        drive.advance(10_000);
        prop_assert_eq!(&*drive.out.signals.last().unwrap().reason, "liquidation");
        prop_assert_eq!(drive.out.positions.last().unwrap().quantity.raw, 0);
        is_conserved(&drive);
    }
}

fn side_of(long: bool) -> i64 {
    if long { 1 } else { -1 }
}

#[test]
fn a_liquidation_walks_the_book_and_the_venue_bears_what_is_left() {
    let mut spec = with(flat("0.01"), "100", 10.0, false);
    spec.instruments[0].execution.fees.taker = Rate(0);
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_999, 5_000), (10_000, 5_000));
    drive.wish(10, 1.0);
    drive.advance(20);
    assert_eq!(drive.out.portfolio.last().unwrap().margin, money("99.995"), "of 999.95");
    // At a mark of 94.70 equity is 47 and the maintenance margin 47.35; the bid holds 4 of 10.
    drive.quote(30, (9_400, 400), (9_540, 400));
    let told = drive.out.orders.iter().skip(3);
    let told: Vec<_> = told.map(|o| (o.event, o.reason.clone())).collect();
    let why = "liquidation: equity is 47 USDT and the maintenance margin 47.35";
    assert_eq!(told[0], (OrderStage::Decided, Some(why.into())));
    assert_eq!(told[1], (OrderStage::Arrived, Some(why.into())));
    assert_eq!((told[2].0, told.len()), (OrderStage::PartlyFilled, 3));
    // The strategy knows a moment later, and orders nothing of its own.
    drive.wish(40, 0.0);
    drive.wish(41, -1.0);
    drive.advance(45);
    assert_eq!(drive.out.orders.len(), 6);
    drive.quote(50, (8_500, 900), (8_510, 900));
    use PostingKind::{Insurance, Liquidation, Trade};
    let expected = [
        (Trade, "-24."),
        (Liquidation, "-3.76"),
        (Trade, "-90."),
        (Liquidation, "-5.1"),
        (Insurance, "22.86"),
    ];
    assert_eq!(postings(&drive), expected.map(|(kind, amount)| (kind, amount.to_owned())));
    assert_eq!(drive.out.portfolio.last().unwrap().equity, Money::ZERO);
    is_conserved(&drive);
    // What it wanted last, it wants still, and lacks all margin for it.
    drive.advance(60);
    let last = drive.out.orders.last().unwrap();
    assert_eq!(last.event, OrderStage::Refused);
    let why = "margin: 85.05 USDT would be needed, and equity is 0";
    assert_eq!(last.reason.as_deref(), Some(why));
}

#[test]
fn orders_are_taken_back_at_once_and_those_on_their_way_are_turned_away() {
    let spec = with(margin(&[("0", "0.08", "0.05")], "0"), "100", 10.0, false);
    let mut other = spec.clone();
    other.strategies.push(spec.strategies[0].clone());
    let second = &mut other.strategies[1];
    (second.name, second.ordinal) = ("t".into(), 6);
    second.order = limit(90.00, false, false);
    second.size = Size::Quantity(rule(Expr::Constant(0.1)));
    let mut drive = Drive::new(other);
    drive.quote(0, (9_999, 5_000), (10_000, 5_000));
    drive.wish(10, 1.0);
    drive.advance(20);
    wish_of(&mut drive, 21, 1.0);
    drive.advance(24);
    assert_eq!(drive.account.markets[0].exchange.orders().len(), 1);
    // The bid holds little, so the liquidation takes its time; another order is on its way.
    drive.quote(25, (9_400, 400), (9_500, 400));
    wish_of(&mut drive, 26, -1.0);
    drive.advance(27);
    wish_of(&mut drive, 28, 0.0);
    drive.advance(40);
    let of = |strategy: &str| -> Vec<(OrderStage, String)> {
        let rows = drive.out.orders.iter().filter(|o| &*o.strategy == strategy);
        rows.map(|o| (o.event, o.reason.as_deref().unwrap_or_default().to_owned())).collect()
    };
    let second = of("t");
    assert_eq!(second[2], (OrderStage::Cancelled, "liquidation".to_owned()));
    let flat = drive.out.signals.iter().filter(|s| &*s.reason == "liquidation");
    let flat: Vec<(i64, &str)> = flat.map(|s| (s.key.ts.0 / MS, &*s.strategy)).collect();
    assert_eq!(flat, [(26, "s"), (26, "t")], "known after the response latency");
    let rejected = (
        OrderStage::Rejected,
        "liquidation: the venue is closing the account's positions".to_owned(),
    );
    assert!(second.contains(&rejected), "{second:?}");
}

pub(super) fn wish_of(drive: &mut Drive, ms: i64, wish: f64) {
    let key = drive.key(ms).derived(6, 0, 0);
    let values = vec![wish];
    let trigger =
        crate::market::Trigger { key, strategy: 1, instrument: 0, tainted: false, values };
    drive.account.on_trigger(&trigger, &mut drive.out);
}

#[test]
fn an_order_needs_initial_margin_when_decided_and_when_it_comes() {
    let mut drive = Drive::new(with(flat("0"), "100", 10.1, false));
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    drive.wish(10, 1.0);
    let refused = drive.out.orders.last().unwrap();
    assert_eq!(refused.event, OrderStage::Refused);
    let why = "margin: 101 USDT would be needed, and equity is 100";
    assert_eq!(refused.reason.as_deref(), Some(why));

    let mut drive = Drive::new(with(flat("0"), "100", 10.0, false));
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    drive.wish(10, 1.0);
    drive.quote(10, (10_009, 5_000), (10_011, 5_000));
    drive.advance(20);
    assert_eq!(drive.stages(), [OrderStage::Decided, OrderStage::Rejected]);
    let why = "margin: 100.1 USDT would be needed, and equity is 100";
    assert_eq!(drive.out.orders[1].reason.as_deref(), Some(why));
    // What reduces needs nothing, however little is left.
    let mut drive = Drive::new(with(flat("0"), "100", 9.9, false));
    drive.quote(0, (9_999, 5_000), (10_001, 5_000));
    drive.wish(10, 1.0);
    drive.advance(20);
    drive.quote(30, (9_599, 5_000), (9_601, 5_000));
    drive.wish(40, 0.0);
    drive.advance(50);
    assert_eq!(drive.out.positions.last().unwrap().quantity.raw, 0);
    assert!(drive.out.orders.iter().all(|o| o.reason.is_none()));
}

#[test]
fn a_state_that_is_taken_over_liquidates_at_the_same_price() {
    for cut in [0, 1, 2] {
        let mut drive = Drive::new(with(flat("0.01"), "100", 10.0, false));
        let at = |drive: &mut Drive, i: i32| {
            if i == cut {
                let bytes = drive.account.snapshot();
                let spec = with(flat("0.01"), "100", 10.0, false);
                drive.account = crate::account::AccountLoop::new(Arc::new(spec));
                drive.account.restore(&bytes).unwrap();
                assert_eq!(drive.account.snapshot(), bytes);
            }
        };
        drive.quote(0, (9_999, 5_000), (10_001, 5_000));
        drive.wish(10, 1.0);
        drive.advance(20);
        at(&mut drive, 0);
        drive.quote(30, (9_480, 400), (9_600, 400));
        at(&mut drive, 1);
        assert_eq!(drive.out.fills.len(), 1);
        drive.quote(40, (9_400, 400), (9_500, 400));
        at(&mut drive, 2);
        assert_eq!(drive.out.fills.len(), 2);
        drive.quote(50, (9_300, 800), (9_400, 400));
        drive.advance(60);
        assert_eq!(drive.out.positions.last().unwrap().quantity.raw, 0, "{cut}");
        is_conserved(&drive);
    }
}

#[test]
fn candles_liquidate_where_their_path_comes_to_the_price() {
    for model in [FillModel::BarOhlc, FillModel::BarOlhc, FillModel::NextOpen] {
        let mut spec = all_in(model);
        let terms = with(flat("0"), "100", 10.0, false);
        (spec.cash, spec.strategies[0].size) = (terms.cash, terms.strategies[0].size.clone());
        spec.instruments[0].execution.margin = Some(flat("0"));
        spec.instruments[0].execution.fees.taker = Rate(0);
        let mut drive = Drive::new(spec);
        drive.candle(0, [100, 100, 100, 100]);
        drive.wants(0, 1.0);
        drive.candle(1, [100, 101, 99, 100]);
        assert_eq!(drive.out.fills.len(), 1, "{model}");
        // 100 - 10 * (100 - p) < 0.05 * 10 * p below 94.7368…: the next step is 94.73.
        drive.candle(2, [100, 101, 90, 101]);
        drive.candle(3, [101, 101, 101, 101]);
        drive.advance(50_000);
        let fills: Vec<i64> = drive.out.fills.iter().map(|f| f.price.raw).collect();
        assert_eq!(fills, [10_000, 9_473], "{model}");
        assert_eq!(drive.out.positions.last().unwrap().quantity.raw, 0);
        // What is left is the account's, and it orders nothing anew.
        assert_eq!(drive.out.portfolio.last().unwrap().equity, money("47.3"));
        assert_eq!(drive.out.orders.len(), 6, "{model}");
        is_conserved(&drive);
    }
}

#[test]
fn trades_within_the_band_liquidate_nothing_and_the_first_outside_does() {
    // Where 9.5 * p is below 900, and 10.5 * p above 1100.
    for (wish, band) in [(1.0, (9_473, i64::MAX)), (-1.0, (i64::MIN, 10_477))] {
        let mut spec = with(flat("0"), "100", 10.0, false);
        spec.instruments[0].execution.fees.taker = Rate(0);
        spec.instruments[0].execution.fill.model = FillModel::NextTrade;
        let mut drive = Drive::new(spec);
        drive.trade(0, 10_000, 10, Side::Buy);
        drive.wish(10, wish);
        drive.trade(20, 10_000, 10, Side::Buy);
        drive.advance(30);
        assert_eq!(drive.account.band(0), band);
        assert!(drive.account.watches_prices());
        let (beyond, within) = if wish > 0.0 { (9_473, 9_474) } else { (10_477, 10_476) };
        drive.trade(40, within, 10, Side::Buy);
        assert_eq!(drive.out.orders.len(), 3);
        drive.trade(41, beyond, 10, Side::Buy);
        assert_eq!(drive.out.orders.len(), 5, "decided, and at the venue");
    }
}

#[test]
fn small_losses_of_several_positions_are_seen_together() {
    let mut spec = with(flat("0"), "101", 5.0, false);
    spec.instruments[0].execution.fees.taker = Rate(0);
    let mut far = spec.instruments[0].clone();
    Arc::make_mut(&mut far.instrument).id = InstrumentId::new("far", "AB");
    far.index = 1;
    spec.instruments.push(far);
    let mut second = spec.strategies[0].clone();
    (second.name, second.ordinal, second.instruments) = ("t".into(), 6, vec![1]);
    spec.strategies.push(second);
    let mut drive = Drive::new(spec);
    let far = |drive: &mut Drive, ms: i64, mark: i64| {
        let (bid_quantity, ask_quantity, update_id) = (5_000, 5_000, NO_ID);
        let top = Top { bid: mark - 1, bid_quantity, ask: mark + 1, ask_quantity, update_id };
        let key = drive.key(ms);
        drive.account.on_row(key, 1, &MarketRow::Quote(top), None, &mut drive.out);
    };
    mark_at(&mut drive, 0, 10_000);
    far(&mut drive, 0, 10_000);
    drive.wish(10, 1.0);
    let (key, values) = (drive.key(10).derived(6, 0, 0), vec![1.0]);
    let trigger = Trigger { key, strategy: 1, instrument: 1, tainted: false, values };
    drive.account.on_trigger(&trigger, &mut drive.out);
    drive.advance(20);
    // Each alone could fall by 10.7; both by 6 are too much.
    mark_at(&mut drive, 30, 9_400);
    assert_eq!(drive.out.fills.len(), 2);
    far(&mut drive, 40, 9_400);
    assert_eq!(drive.out.fills.len(), 4);
    is_conserved(&drive);
}

#[test]
fn each_order_of_a_liquidation_pays_its_fee() {
    let mut spec = with(flat("0.01"), "101", 6.0, false);
    spec.instruments[0].execution.fees.taker = Rate(0);
    let mut second = spec.strategies[0].clone();
    (second.name, second.ordinal) = ("t".into(), 6);
    second.size = Size::Quantity(rule(Expr::Constant(4.0)));
    spec.strategies.push(second);
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_999, 5_000), (10_000, 5_000));
    drive.wish(10, 1.0);
    wish_of(&mut drive, 10, 1.0);
    drive.advance(20);
    drive.quote(30, (9_400, 5_000), (9_500, 5_000));
    use PostingKind::{Liquidation, Trade};
    let expected =
        [(Trade, "-36."), (Liquidation, "-5.64"), (Trade, "-24."), (Liquidation, "-3.76")];
    assert_eq!(postings(&drive), expected.map(|(kind, amount)| (kind, amount.to_owned())));
    is_conserved(&drive);
}

#[test]
fn what_is_owed_costs_interest_each_hour() {
    let hours = |wish: f64| {
        let mut spec = spec(OrderStyle::Market);
        let place = &mut spec.instruments[0];
        let spot = Instrument { kind: Kind::Spot, ..(*place.instrument).clone() };
        place.instrument = Arc::new(spot);
        place.execution.fees.taker = Rate(0);
        let rates = [("A".into(), Rate::parse("0.0876").unwrap())].into();
        place.execution.borrow = Some(Borrow { rate: Rate::parse("0.876").unwrap(), rates });
        spec.strategies[0].size = Size::Quantity(rule(Expr::Constant(30.0)));
        let mut drive = Drive::new(spec);
        drive.quote(0, (9_999, 5_000), (10_001, 5_000));
        drive.wish(10, wish);
        drive.advance(2 * 3_600_000 + 1);
        is_conserved(&drive);
        let all = drive.out.ledger.iter().filter(|p| p.kind == PostingKind::Borrow);
        let hour = |ts: EventTime| ts.0 as f64 / 3_600_000.0 / MS as f64;
        all.map(|p| (hour(p.key.ts), p.amount)).collect::<Vec<_>>()
    };
    // Short 30 of what is worth 100 at 8.76 % a year; money for 30 at 100.01 less the 1000 at
    // 87.6 %, and for the interest of the first hour.
    assert_eq!(hours(-1.0), [(1.0, money("-0.03")), (2.0, money("-0.03"))]);
    assert_eq!(hours(1.0), [(1.0, money("-0.20003")), (2.0, money("-0.200050003"))]);
    assert_eq!(hours(f64::NAN), []);
}

#[test]
fn money_is_owed_for_spot_positions_at_the_highest_rate_by_the_hours_of_the_clock() {
    let owed = |kind: Kind, elsewhere: &str| {
        let mut spec = spec(OrderStyle::Market);
        let borrow =
            |rate| Some(Borrow { rate: Rate::parse(rate).unwrap(), rates: Default::default() });
        let place = &mut spec.instruments[0];
        Arc::make_mut(&mut place.instrument).kind = kind;
        place.execution.fees.taker = Rate(0);
        place.execution.borrow = borrow("0.0876");
        let mut far = place.clone();
        Arc::make_mut(&mut far.instrument).id = InstrumentId::new("far", "AB");
        (far.index, far.execution.borrow) = (1, borrow(elsewhere));
        spec.instruments.push(far);
        spec.strategies[0].size = Size::Quantity(rule(Expr::Constant(30.0)));
        let mut drive = Drive::new(spec);
        drive.quote(600_000, (9_999, 5_000), (10_001, 5_000));
        drive.wish(600_010, 1.0);
        drive.advance(3_600_001);
        let all = drive.out.ledger.iter().filter(|p| p.kind == PostingKind::Borrow);
        all.map(|p| (p.key.ts.0 / MS, p.amount)).collect::<Vec<_>>()
    };
    // 30 at 100.01 less the 1000.
    assert_eq!(owed(Kind::Spot, "0.0438"), [(3_600_000, money("-0.020003"))]);
    assert_eq!(owed(Kind::Spot, "0.876"), [(3_600_000, money("-0.20003"))]);
    assert_eq!(owed(Kind::Perpetual, "0.876"), []);
}
