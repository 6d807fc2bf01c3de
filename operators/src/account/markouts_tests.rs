//! Markouts by hand, and under random flow against one that looks them up in the records.

use super::{
    quotes::laws::{Feed, Step, numbers, steps, two},
    tests::{Drive, MS, limit, rule, spec},
};
use crate::{
    account::{AccountSpec, MarkoutSpec, Toxic, ToxicBar},
    book::DeltaRow,
    execution::{FillModel, Latency, VenueClock},
    market::{MarketRow, Top},
    rules::{Binary, Expr},
    strategy::{ACCOUNT_COLUMNS, OrderStyle},
};
use proptest::prelude::*;
use schemas::{
    EventTime, Instrument, Money, OrderKey, Side, Span,
    chunk::{DeltaFlags, NO_ID},
    records::{MarkSource, Markout},
};
use std::{collections::BTreeMap, sync::Arc};

fn with(mut spec: AccountSpec, horizons: &[i64], toxic: Option<(i64, ToxicBar)>) -> AccountSpec {
    let toxic = toxic.map(|(horizon, bar)| Toxic {
        horizon: Span(horizon * MS),
        bar,
        half_life: Span(1_000 * MS),
    });
    let horizons = horizons.iter().map(|ms| Span(ms * MS)).collect();
    spec.markouts = MarkoutSpec { horizons, toxic };
    spec
}

/// When, horizon, mid, move, worth, toxic.
type Row = (i64, String, f64, f64, Option<f64>, Option<bool>);

fn rows(drive: &Drive) -> Vec<Row> {
    let row = |m: &Markout| {
        let worth = m.worth.map(Money::to_f64);
        (m.key.ts.0 / MS, m.horizon.to_string(), m.mid, m.r#move, worth, m.toxic)
    };
    drive.out.markouts.iter().map(row).collect()
}

#[test]
fn a_row_tells_what_was_known_when_its_horizon_was_over() {
    let mut drive = Drive::new(with(spec(OrderStyle::Market), &[10, 100, 1_000], None));
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(9, 1.0);
    drive.quote(15, (9_992, 500), (10_001, 500));
    // Received when the first horizon is over: not known before.
    drive.quote(20, (10_100, 500), (10_102, 500));
    drive.quote(109, (10_010, 500), (10_012, 500));
    drive.advance(110);
    let first = (20, "10ms".to_owned(), 99.965, -0.035, Some(-0.035), None);
    assert_eq!(
        rows(&drive),
        std::slice::from_ref(&first),
        "bought at 100.00; what is due at the end waits"
    );
    drive.quote(110, (9_000, 500), (9_100, 500));
    let second = (110, "100ms".to_owned(), 100.11, 0.11, Some(0.11), None);
    assert_eq!(rows(&drive), [first, second]);
    let (fill, markout) = (&drive.out.fills[0], &drive.out.markouts[0]);
    assert_eq!((&markout.fill_id, &markout.currency), (&fill.fill_id, &"USDT".into()));
    assert_eq!((markout.side, markout.liquidity), (fill.side, fill.liquidity));
    assert_eq!((markout.horizon_ns, markout.mid_source), (10_000_000, Some(MarkSource::Mid)));
    drive.advance(1_010);
    assert_eq!(drive.out.markouts.len(), 2, "the input ends before the last one");
}

#[test]
fn it_goes_by_what_was_received_and_the_drift_by_what_the_venue_had() {
    let mut spec = with(spec(OrderStyle::Market), &[10], None);
    let clock = VenueClock { offset: 0, max_latency: Span(20 * MS) };
    spec.instruments[0].execution.clock = Some(clock);
    let mut drive = Drive::new(spec);
    let quote = |drive: &mut Drive, ms, bid, at_venue: bool| {
        let key = drive.key(ms);
        let received = if at_venue { OrderKey::AT_VENUE } else { key.received };
        let (bid_quantity, ask_quantity, update_id) = (500, 500, NO_ID);
        let top = Top { bid, bid_quantity, ask: bid + 2, ask_quantity, update_id };
        let (key, row) = (OrderKey { received, ..key }, MarketRow::Quote(top));
        drive.account.on_row(key, 0, &row, Some(key.ts), &mut drive.out);
    };
    quote(&mut drive, 0, 9_990, true);
    quote(&mut drive, 2, 9_990, false);
    quote(&mut drive, 8, 10_008, true);
    drive.wish(9, 1.0);
    quote(&mut drive, 15, 10_100, true);
    quote(&mut drive, 18, 10_008, false);
    quote(&mut drive, 25, 10_100, false);
    // Bought at 10 for 100.10; of 101.01 nobody knows at 20.
    let row = &drive.out.markouts[0];
    assert_eq!((row.key.ts.0 / MS, row.mid), (20, 100.09));
    assert_eq!(row.worth, Some(Money::parse("-0.01").unwrap()));
    assert_eq!(row.drift, Some(Money::ZERO));
}

#[test]
fn sales_and_contracts_are_worth_what_they_settle_in() {
    let sold = |change: fn(&mut Instrument)| {
        let mut spec = with(spec(OrderStyle::Market), &[10], None);
        change(Arc::make_mut(&mut spec.instruments[0].instrument));
        let mut drive = Drive::new(spec);
        drive.quote(0, (10_000, 500), (10_002, 500));
        drive.wish(9, -1.0);
        drive.quote(11, (12_499, 500), (12_501, 500));
        drive.advance(100);
        rows(&drive).remove(0)
    };
    let row = |worth: f64| (20, "10ms".to_owned(), 125.0, -25.0, Some(worth), None);
    assert_eq!(sold(|_| {}), row(-25.0));
    assert_eq!(sold(|i| i.multiplier = 10), row(-250.0));
    assert_eq!(sold(|i| (i.multiplier, i.inverse) = (100, true)), row(-0.2), "1 - 100 / 125");
}

#[test]
fn nothing_is_known_of_a_market_that_is_void_or_crossed() {
    let bought = |last: fn(&mut Drive)| {
        let mut drive = Drive::new(with(spec(OrderStyle::Market), &[10], None));
        drive.quote(0, (9_990, 500), (10_000, 500));
        drive.trade(5, 9_995, 10, Side::Buy);
        drive.wish(9, 1.0);
        drive.advance(11);
        last(&mut drive);
        drive.advance(100);
        let row = drive.out.markouts.remove(0);
        assert_eq!(row.mid.is_nan(), row.worth.is_none());
        assert_eq!(row.mid.is_nan(), row.r#move.is_nan() && row.mid_source.is_none());
        row.mid
    };
    assert_eq!(bought(|_| {}), 99.95);
    assert!(bought(|drive| drive.quote(12, (10_000, 500), (10_000, 500))).is_nan(), "locked");
    assert!(bought(|drive| drive.quote(12, (0, 0), (10_000, 500))).is_nan(), "a side is absent");

    // A book alone, and then a gap in it.
    let mut drive = Drive::new(with(spec(OrderStyle::Market), &[10, 20], None));
    let flags = |more: u8| DeltaFlags(more);
    let row = |price, quantity, flags| {
        let (first, previous) = (NO_ID, NO_ID);
        MarketRow::Delta(DeltaRow { price, quantity, flags, first, previous, last: 1 })
    };
    let snapshot = DeltaFlags::SNAPSHOT;
    let step = |drive: &mut Drive, ms, row: MarketRow<'_>| {
        let key = drive.key(ms);
        drive.account.on_row(key, 0, &row, None, &mut drive.out);
    };
    step(&mut drive, 0, row(0, 0, flags(snapshot | DeltaFlags::CLEAR)));
    step(&mut drive, 0, row(9_990, 500, flags(snapshot | DeltaFlags::BID)));
    step(&mut drive, 0, row(10_000, 500, flags(snapshot | DeltaFlags::LAST)));
    drive.trade(1, 9_995, 10, Side::Buy);
    drive.wish(9, 1.0);
    drive.advance(25);
    step(&mut drive, 25, row(0, 0, flags(DeltaFlags::GAP | DeltaFlags::LAST)));
    drive.advance(100);
    let mids: Vec<f64> = drive.out.markouts.iter().map(|m| m.mid).collect();
    assert_eq!(mids[0], 99.95);
    assert!(mids[1].is_nan(), "the last trade is no mid of a market that was displayed");
}

#[test]
fn without_quotes_it_is_the_last_trade() {
    let mut spec = with(spec(OrderStyle::Market), &[10], None);
    spec.instruments[0].execution.fill.model = FillModel::NextTrade;
    let mut drive = Drive::new(spec);
    drive.trade(0, 10_000, 10, Side::Buy);
    drive.wish(5, 1.0);
    drive.trade(10, 10_010, 10, Side::Buy);
    drive.trade(19, 10_030, 10, Side::Buy);
    drive.trade(20, 10_000, 10, Side::Buy);
    let row = &drive.out.markouts[0];
    assert_eq!((row.mid, row.r#move, row.mid_source), (100.3, 0.2, Some(MarkSource::Last)));
}

#[test]
fn fills_are_toxic_beyond_the_bar_and_rules_can_read_how_many() {
    // Its column 1 buys, and it sells what it has while more than 0.4 of its fills were toxic.
    let toxicity = Expr::Column(ACCOUNT_COLUMNS.len() as u32);
    let often = Expr::binary(Binary::Gt, toxicity, Expr::Constant(0.4));
    let toxic = |bar, spread: i64| {
        let mut spec = with(spec(OrderStyle::Market), &[10, 20], Some((20, bar)));
        spec.strategies[0].flat = Some(rule(often.clone()));
        let mut drive = Drive::new(spec);
        drive.quote(0, (10_000 - spread, 500), (10_000, 500));
        drive.wish(9, 1.0);
        drive.quote(12, (9_989, 500), (9_991, 500));
        drive.wish(40, 1.0);
        drive.advance(50);
        let toxic: Vec<Option<bool>> = drive.out.markouts.iter().map(|m| m.toxic).collect();
        (toxic, drive)
    };
    // The mid went 10 ticks below the price.
    let marks = |bar, spread| toxic(bar, spread).0;
    assert_eq!(marks(ToxicBar::Ticks(9.0), 4), [None, Some(true)]);
    assert_eq!(marks(ToxicBar::Ticks(10.0), 4), [None, Some(false)], "not beyond it");
    assert_eq!(marks(ToxicBar::Spreads(0.5), 4), [None, Some(true)]);
    assert_eq!(marks(ToxicBar::Spreads(0.5), 40), [None, Some(false)]);

    let share = |drive: &mut Drive, ms| drive.account.toxicity(0, EventTime(ms * MS));
    let (_, mut drive) = toxic(ToxicBar::Ticks(9.0), 4);
    let half = share(&mut drive, 30);
    assert!((half - 0.5).abs() < 1e-3, "one beside the good one that is always there: {half}");
    let faded = share(&mut drive, 1_030);
    assert!((faded - 1.0 / 3.0).abs() < 1e-3, "half of it: {faded}");
    let (_, mut good) = toxic(ToxicBar::Ticks(10.0), 4);
    assert_eq!(share(&mut good, 30), 0.0);
    assert_eq!((drive.fills().len(), good.fills().len()), (2, 1), "the rule has read it");
    let mut none = Drive::new(spec(OrderStyle::Market));
    assert!(share(&mut none, 30).is_nan(), "nobody said what is toxic");
}

#[test]
fn a_fill_is_not_judged_before_it_is_known() {
    let mut spec = with(spec(OrderStyle::Market), &[10], Some((10, ToxicBar::Ticks(1.0))));
    spec.instruments[0].execution.latency = Latency::constant(Span(MS), Span(50 * MS));
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(9, 1.0);
    drive.advance(60);
    assert_eq!(drive.out.markouts[0].toxic, Some(true));
    assert_eq!(drive.account.toxicity(0, EventTime(60 * MS)), 0.0);
    drive.advance(61);
    assert_eq!(drive.account.toxicity(0, EventTime(60 * MS)), 0.5);
}

#[test]
fn a_job_without_horizons_has_no_rows() {
    let mut drive = Drive::new(with(spec(limit(99.90, false, false)), &[], None));
    drive.quote(0, (9_990, 0), (9_985, 500));
    drive.wish(9, 1.0);
    drive.advance(10_000);
    assert_eq!((drive.out.fills.len(), drive.out.markouts.len()), (1, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_fill_has_a_row_for_each_horizon_that_is_over(
        steps in steps(),
        numbers in numbers(),
        latency in (0..6i64, 0..6i64),
    ) {
        let spec = Arc::new(two(numbers, latency));
        let (mut out, _) = Feed { steps: &steps, spec: Arc::clone(&spec) }.run(&[], false);
        out.sort();
        let end = steps.len() as i64 * MS;
        let mut found: BTreeMap<(String, u64), &Markout> = BTreeMap::new();
        for row in &out.markouts {
            prop_assert!(found.insert((row.fill_id.to_string(), row.horizon_ns), row).is_none());
        }
        let keys: Vec<OrderKey> = out.markouts.iter().map(|row| row.key).collect();
        prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "every row has its own place");
        for fill in &out.fills {
            for horizon in &spec.markouts.horizons {
                let due = fill.key.ts.plus(*horizon);
                let row = found.remove(&(fill.fill_id.to_string(), horizon.0 as u64));
                prop_assert_eq!(row.is_some(), due.0 < end);
                let Some(row) = row else { continue };
                prop_assert_eq!(row.key.ts, due);
                // Step i is received at millisecond i.
                let before = steps.iter().enumerate().filter(|(i, _)| (*i as i64) * MS < due.0);
                let mid = before.rev().find_map(|(_, step)| match step {
                    Step::Quote { bid, spread, .. } => Some((2 * bid + spread) as f64 / 200.0),
                    _ => None,
                });
                // Before the first quote, orders meet trades.
                let Some(mid) = mid else { continue };
                prop_assert_eq!(row.mid, mid);
                let moved = (mid - fill.price.to_f64()) * fill.side.sign() as f64;
                prop_assert!((row.r#move - moved).abs() < 1e-9);
                let worth = row.worth.unwrap().to_f64();
                prop_assert!((worth - moved * fill.quantity.to_f64()).abs() < 1e-9);
                prop_assert_eq!(row.drift.is_none(), fill.fill_mid.is_nan());
                if let Some(drift) = row.drift {
                    let away = (fill.fill_mid - fill.price.to_f64()) * fill.side.sign() as f64;
                    let whole = drift.to_f64() + away * fill.quantity.to_f64();
                    prop_assert!((worth - whole).abs() < 1e-9, "{whole} is not {worth}");
                }
                if horizon.0 == 3 * MS && fill.fill_spread.is_finite() {
                    prop_assert_eq!(row.toxic, Some(row.r#move < -0.5 * fill.fill_spread));
                } else {
                    prop_assert_eq!(row.toxic, None);
                }
            }
        }
        prop_assert!(found.is_empty(), "a row of no fill");
    }
}
