//! Bars of every kind as an instrument's engine builds them.

use super::{
    BarKind, BarOn, BrickStart, Empty, Measure, TimeBar, dollar::DollarBar,
    imbalance::ImbalanceBar, range::RangeBar, renko::RenkoBar, renko_atr::RenkoAtrBar, run::RunBar,
    tick::TickBar, volume::VolumeBar,
};
use crate::{
    bars::BarTrade,
    features::Amount,
    indicators::Period,
    market::{BarNode, InstrumentEngine, MARKET_COLUMNS, MarketRow, MarketSpec, Node, Top},
    outputs::Outputs,
};
use proptest::prelude::*;
use schemas::{
    EventTime, Instrument, InstrumentId, OrderKey, Span,
    chunk::NO_ID,
    instrument::Kind,
    records::{Bar, Clock},
};
use std::sync::Arc;

mod candles;

const SECOND: i64 = Span::SECOND.0;

fn instrument() -> Instrument {
    Instrument {
        id: InstrumentId::new("demo", "A"),
        base: "A".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 0,
        quantity_scale: 0,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

/// An engine of these bars; each may be built from one before it, by name.
fn engine(kinds: &[(&str, BarKind)]) -> InstrumentEngine {
    let columns = MARKET_COLUMNS.len() as u32;
    let node = |(place, (name, kind)): (usize, &(&str, BarKind))| BarNode {
        node: Node { name: (*name).into(), ordinal: place as u16 + 1 },
        kind: kind.clone(),
        upstream: match kind.on() {
            BarOn::Bar(lower) => kinds.iter().position(|(n, _)| *n == &**lower).map(|p| p as u16),
            _ => None,
        },
        slot: columns + 8 * place as u32,
    };
    let spec = MarketSpec {
        slots: columns + 8 * kinds.len() as u32,
        bars: kinds.iter().enumerate().map(node).collect(),
        foreign: Vec::new(),
        indicators: Vec::new(),
        features: Vec::new(),
        models: Vec::new(),
        triggers: Vec::new(),
        readings: None,
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: 99,
    };
    InstrumentEngine::new(Arc::new(spec), Arc::new(instrument()), 0)
}

/// Time, record, and the venue's time.
type Step = (i64, MarketRow<'static>, Option<i64>);

fn trade(at: i64, price: i64, quantity: i64, side: i8) -> Step {
    (at, MarketRow::Trade(BarTrade { price, quantity, side, tainted: false }), None)
}

fn quote(at: i64, bid: i64, ask: i64) -> Step {
    let top = Top { bid, bid_quantity: 1, ask, ask_quantity: 1, update_id: NO_ID };
    (at, MarketRow::Quote(top), None)
}

fn step(engine: &mut InstrumentEngine, place: usize, step: &Step, out: &mut Outputs) {
    let (at, row, exchange) = step;
    let key = OrderKey::source(EventTime(*at), 0, 0, place as u64, 0);
    engine.on_row(key, row, exchange.map(EventTime), out, &mut Vec::new());
}

/// All bars that close until `end`.
fn bars(kinds: &[(&str, BarKind)], steps: &[Step], end: i64) -> Vec<Bar> {
    let (mut engine, mut out) = (engine(kinds), Outputs::default());
    for (place, record) in steps.iter().enumerate() {
        step(&mut engine, place, record, &mut out);
    }
    engine.advance(EventTime(end), &mut out, &mut Vec::new());
    let mut keys: Vec<OrderKey> = out.bars.iter().map(|bar| bar.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), out.bars.len(), "each bar has a place of its own");
    out.bars
}

fn prices(bar: &Bar) -> [f64; 4] {
    [bar.open, bar.high, bar.low, bar.close].map(|price| price.to_f64())
}

fn time(seconds: i64, on: BarOn, empty: Empty) -> BarKind {
    let (every, clock) = (Span(seconds * SECOND), Clock::Receive);
    BarKind::Time(TimeBar { every, clock, on, empty })
}

#[test]
fn counts_volume_money_and_range_close_with_the_record_that_fills_them() {
    let steps: Vec<Step> = [(100, 1), (103, 2), (101, 3), (104, 1), (104, 9), (99, 1)]
        .iter()
        .enumerate()
        .map(|(at, (price, quantity))| trade(at as i64, *price, *quantity, 1))
        .collect();
    let closes = |kind: BarKind| -> Vec<(f64, i64, u64)> {
        let of = |bar: &Bar| (prices(bar)[3], bar.volume.raw, bar.trades);
        bars(&[("b", kind)], &steps, 100).iter().map(of).collect()
    };
    let on = BarOn::Trades;
    let tick = BarKind::Tick(TickBar { count: Period::of(2), on: on.clone() });
    assert_eq!(closes(tick), [(103.0, 3, 2), (104.0, 4, 2), (99.0, 10, 2)]);
    let volume = BarKind::Volume(VolumeBar { quantity: Amount::of("5"), on: on.clone() });
    assert_eq!(closes(volume), [(101.0, 6, 3), (104.0, 10, 2)]);
    let dollar = BarKind::Dollar(DollarBar { notional: Amount::of("306.5"), on: on.clone() });
    assert_eq!(closes(dollar), [(101.0, 6, 3), (104.0, 10, 2)]);
    let range = BarKind::Range(RangeBar { range: Amount::of("3"), on });
    assert_eq!(closes(range), [(103.0, 3, 2), (104.0, 4, 2), (99.0, 10, 2)]);
}

fn renko(brick: &str, start: BrickStart, on: BarOn) -> BarKind {
    BarKind::Renko(RenkoBar { brick: Amount::of(brick), start, on })
}

#[test]
fn bricks_step_and_turn_over_two() {
    let steps: Vec<Step> = [100, 104, 125, 116, 105, 96, 89, 100, 5_000_000]
        .iter()
        .enumerate()
        .map(|(at, price)| trade(at as i64, *price, 1, 1))
        .collect();
    let kind = renko("10", BrickStart::First, BarOn::Trades);
    let bricks = bars(&[("b", kind)], &steps, 100);
    let found: Vec<_> = bricks.iter().map(|b| (prices(b)[0], prices(b)[3], b.volume.raw)).collect();
    // 125 makes two up; 116 and 105 none, as a turn begins at 110; 96 one down, 89 one more; then
    // 110 would be two up.
    let expected = [(100.0, 110.0, 3), (110.0, 120.0, 0), (110.0, 100.0, 3), (100.0, 90.0, 1)];
    assert_eq!(found, expected);
    assert_eq!(bricks.iter().map(|b| b.key.seq).collect::<Vec<_>>(), [0, 1, 0, 0]);
    assert!(bricks[1].empty && !bricks[0].empty);
}

#[test]
fn bricks_of_multiples_do_not_depend_on_where_they_begin() {
    for (first, bricks) in [(104, [100.0, 110.0]), (105, [110.0, 120.0]), (96, [100.0, 110.0])] {
        let kind = renko("10", BrickStart::Multiple, BarOn::Trades);
        let found = bars(&[("b", kind)], &[trade(0, first, 1, 1), trade(1, 129, 1, 1)], 100);
        let lines: Vec<f64> = found.iter().map(|bar| prices(bar)[0]).collect();
        assert!([100.0, 110.0].ends_with(&lines) && lines[0] == bricks[0], "{first}: {lines:?}");
    }
}

#[test]
fn uneven_bars_are_those_of_their_definition() {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let steps: Vec<Step> = (0..4_000)
        .map(|at| {
            let side = if random(10) < 5 + 4 * (at / 500 % 2) as u64 { 1 } else { -1 };
            trade(at, 100 + random(5) as i64, random(20) as i64, side)
        })
        .collect();
    for run in [false, true] {
        let (of, expected, means) = (Measure::Volume, 50, 10);
        let (count, bars_) = (Period::of(expected), Period::of(means));
        let on = BarOn::Trades;
        let kind = match run {
            true => BarKind::Run(RunBar { of, expected: count, bars: bars_, on }),
            false => BarKind::Imbalance(ImbalanceBar { of, expected: count, bars: bars_, on }),
        };
        let found: Vec<u64> =
            bars(&[("b", kind)], &steps, 9_999).iter().map(|bar| bar.trades).collect();
        // The definition, over the whole bar each time.
        let (mut lengths, mut from) = (Vec::new(), 0);
        let (mut length, mut each) = (0.0, 0.0);
        for to in 1..=steps.len() {
            let (mut up, mut down) = (0, 0);
            for (_, row, _) in &steps[from..to] {
                let MarketRow::Trade(trade) = row else { continue };
                *(if trade.side > 0 { &mut up } else { &mut down }) += trade.quantity;
            }
            let size = if run { up.max(down) } else { (up - down).abs() } as f64;
            let events = (to - from) as f64;
            let first = lengths.is_empty();
            if (first && events >= 50.0) || (!first && size >= length * each) {
                if first {
                    (length, each) = (50.0, size / events);
                }
                let share = 2.0 / 11.0;
                length = (length + share * (events - length)).clamp(50.0 / 8.0, 400.0);
                each += share * (size / events - each);
                lengths.push((to - from) as u64);
                from = to;
            }
        }
        assert_eq!(found, lengths, "run: {run}");
        assert!(lengths.len() > 20, "{}", lengths.len());
    }
}

#[test]
fn empty_spans_are_skipped_or_carried_on() {
    let steps = [trade(SECOND / 2, 100, 1, 1), trade(7 * SECOND / 2, 104, 2, -1)];
    let made = |empty| bars(&[("b", time(1, BarOn::Trades, empty))], &steps, 6 * SECOND + 1);
    let starts = |bars: &[Bar]| bars.iter().map(|b| b.open_ts.0 / SECOND).collect::<Vec<_>>();
    assert_eq!(starts(&made(Empty::Skip)), [0, 3]);
    let carried = made(Empty::Carry);
    assert_eq!(starts(&carried), [0, 1, 2, 3, 4, 5]);
    let closes: Vec<f64> = carried.iter().map(|bar| prices(bar)[3]).collect();
    assert_eq!(closes, [100.0, 100.0, 100.0, 104.0, 104.0, 104.0]);
    let empty: Vec<bool> = carried.iter().map(|bar| bar.empty).collect();
    assert_eq!(empty, [false, true, true, false, true, true]);
    assert_eq!(prices(&carried[3]), [104.0; 4], "the first trade opens it");
    assert!(carried[1].vwap.is_nan() && carried[1].volume.raw == 0);
}

#[test]
fn quotes_give_exact_mids_and_no_volume() {
    let steps = [quote(0, 100, 101), quote(1, 100, 104), quote(2, 0, 0), quote(3, 99, 100)];
    let mut steps = steps.to_vec();
    // A side that is absent is no quote.
    let MarketRow::Quote(top) = &mut steps[2].1 else { panic!("a quote") };
    top.bid_quantity = 0;
    let bar = &bars(&[("b", time(1, BarOn::Quotes, Empty::Skip))], &steps, SECOND + 1)[0];
    assert_eq!(prices(bar), [100.5, 102.0, 99.5, 99.5]);
    assert_eq!((bar.volume.raw, bar.trades, &*bar.origin), (0, 3, "quotes"));
}

/// Every kind, on trades, on quotes where that goes, and on lower bars.
fn all() -> Vec<(&'static str, BarKind)> {
    let mut kinds = vec![
        ("a", time(1, BarOn::Trades, Empty::Skip)),
        ("b", time(3, BarOn::Trades, Empty::Carry)),
        ("c", time(2, BarOn::Quotes, Empty::Carry)),
        ("d", time(6, BarOn::Bar("b".into()), Empty::Skip)),
        ("e", time(4, BarOn::Bar("c".into()), Empty::Carry)),
    ];
    let (every, clock) = (Span(2 * SECOND), Clock::Exchange);
    let exchange = |on| BarKind::Time(TimeBar { every, clock, on, empty: Empty::Skip });
    let carried = |on| BarKind::Time(TimeBar { every, clock, on, empty: Empty::Carry });
    let on = |on: &str| BarOn::from(on.to_owned());
    let (expected, means) = (Period::of(4), Period::of(3));
    kinds.extend([
        ("f", exchange(BarOn::Trades)),
        ("g", exchange(BarOn::Bar("f".into()))),
        ("s", carried(BarOn::Trades)),
        ("t", exchange(BarOn::Bar("s".into()))),
        ("h", BarKind::Tick(TickBar { count: Period::of(3), on: on("quotes") })),
        ("i", BarKind::Volume(VolumeBar { quantity: Amount::of("9"), on: on("trades") })),
        ("j", BarKind::Dollar(DollarBar { notional: Amount::of("2500"), on: on("a") })),
        ("k", BarKind::Range(RangeBar { range: Amount::of("4"), on: on("quotes") })),
        ("l", renko("2", BrickStart::First, on("trades"))),
        ("m", BarKind::Tick(TickBar { count: Period::of(2), on: on("l") })),
        ("n", renko("3", BrickStart::Multiple, on("c"))),
        ("t", BarKind::RenkoAtr(RenkoAtrBar { period: means, on: on("trades") })),
        ("u", BarKind::RenkoAtr(RenkoAtrBar { period: means, on: on("a") })),
    ]);
    for (name, of, source) in [
        ("o", Measure::Count, "quotes"),
        ("p", Measure::Volume, "trades"),
        ("q", Measure::Notional, "a"),
    ] {
        let (bars, on) = (means, on(source));
        kinds.push((name, BarKind::Imbalance(ImbalanceBar { of, expected, bars, on })));
    }
    kinds.push((
        "r",
        BarKind::Run(RunBar { of: Measure::Volume, expected, bars: means, on: on("trades") }),
    ));
    kinds
}

fn tape() -> impl Strategy<Value = Vec<Step>> {
    let gap = prop_oneof![Just(0), Just(SECOND), Just(1), 0..SECOND, 0..9 * SECOND];
    let record = (90..110_i64, 0..6_i64, -1..=1_i8, prop::bool::ANY, -SECOND..SECOND);
    prop::collection::vec((gap, record), 1..50).prop_map(|steps| {
        let mut at = 1_700_000_000 * SECOND;
        let place = |(gap, (price, quantity, side, is_trade, late))| {
            at += gap;
            let step = match is_trade {
                true => trade(at, price, quantity, side),
                false => quote(at, price, price + 1 + quantity),
            };
            (step.0, step.1, Some(at + late))
        };
        steps.into_iter().map(place).collect()
    })
}

#[test]
fn a_date_that_is_years_ahead_makes_no_empty_bars() {
    let (every, clock) = (Span(SECOND), Clock::Exchange);
    let on = BarOn::Trades;
    let kind = BarKind::Time(TimeBar { every, clock, on, empty: Empty::Carry });
    let dated = |at: i64, exchange: i64| {
        let (at, row, _) = trade(at * SECOND, 100, 1, 1);
        (at, row, Some(exchange * SECOND))
    };
    let steps = [dated(1, 1), dated(2, 200_003), dated(3, 900_000_000), dated(4, 900_000_001)];
    let found = bars(&[("a", kind)], &steps, 0);
    // The first, 200,001 empty ones, and two that were begun.
    assert_eq!(found.len(), 200_004);
    assert_eq!(found.iter().filter(|bar| !bar.empty).count(), 3);
}

proptest! {
    #[test]
    fn a_snapshot_continues_bit_for_bit_at_every_cut(steps in tape()) {
        let kinds = all();
        let end = EventTime(steps[steps.len() - 1].0 + 20 * SECOND);
        let run = |engine: &mut InstrumentEngine, from: usize, to: usize, all: bool| {
            let mut out = Outputs::default();
            for (place, record) in steps.iter().enumerate().take(to).skip(from) {
                step(engine, place, record, &mut out);
            }
            if all {
                engine.advance(end, &mut out, &mut Vec::new());
            }
            format!("{:?}", out.bars)
        };
        for cut in 0..=steps.len() {
            let mut first = engine(&kinds);
            run(&mut first, 0, cut, false);
            let mut second = engine(&kinds);
            second.restore(&first.snapshot()).expect("own snapshot");
            let expected = run(&mut first, cut, steps.len(), true);
            prop_assert_eq!(run(&mut second, cut, steps.len(), true), expected);
            prop_assert_eq!(first.snapshot(), second.snapshot());
        }
    }

    #[test]
    fn higher_bars_are_those_that_trades_make(
        steps in tape(),
        [lower, carry, by_exchange] in prop::array::uniform3(prop::bool::ANY),
    ) {
        let lower = lower && carry;
        let end = steps[steps.len() - 1].0 + 60 * SECOND;
        let empty = |carry| if carry { Empty::Carry } else { Empty::Skip };
        let clock = if by_exchange { Clock::Exchange } else { Clock::Receive };
        let time = |seconds, on, carry| {
            let every = Span(seconds * SECOND);
            BarKind::Time(TimeBar { every, clock, on, empty: empty(carry) })
        };
        let direct = bars(&[("six", time(6, BarOn::Trades, carry))], &steps, end);
        let through = [
            ("one", time(1, BarOn::Trades, lower)),
            ("two", time(2, BarOn::Bar("one".into()), lower)),
            ("six", time(6, BarOn::Bar("two".into()), carry)),
        ];
        let mut through = bars(&through, &steps, end);
        through.retain(|bar| &*bar.name == "six");
        let plain = |mut bar: Bar| {
            bar.key.operator = 1;
            bar.origin = "trades".into();
            if by_exchange {
                // Others close between them.
                bar.key.seq = 0;
            }
            if lower {
                // Empty bars count with their price, the close before.
                let (spans, volume) = ((bar.open_ts, bar.close_ts), bar.volume.raw);
                return format!("{spans:?} {volume} {}", prices(&bar)[3]);
            }
            format!("{bar:?}")
        };
        let mut direct: Vec<String> = direct.into_iter().map(plain).collect();
        let through: Vec<String> = through.into_iter().map(plain).collect();
        if by_exchange {
            // What is still open in a lower bar is not known to the higher one.
            direct.truncate(through.len());
        }
        prop_assert_eq!(through, direct);
    }

    #[test]
    fn by_the_exchanges_clock_too_empty_bars_fill_what_is_between(steps in tape()) {
        let (every, clock) = (Span(2 * SECOND), Clock::Exchange);
        let kind = |empty| BarKind::Time(TimeBar { every, clock, on: BarOn::Trades, empty });
        let found = bars(&[("a", kind(Empty::Carry))], &steps, 0);
        let skipped = bars(&[("a", kind(Empty::Skip))], &steps, 0);
        let full: Vec<&Bar> = found.iter().filter(|bar| !bar.empty).collect();
        let text = |bar: &Bar| {
            let of_it = (bar.open_ts, bar.close_ts, prices(bar), bar.volume.raw, bar.trades);
            format!("{of_it:?}")
        };
        let full: Vec<String> = full.into_iter().map(text).collect();
        prop_assert_eq!(full, skipped.iter().map(text).collect::<Vec<_>>());
        for pair in found.windows(2) {
            prop_assert_eq!(pair[0].close_ts, pair[1].open_ts);
            let close = prices(&pair[0])[3];
            prop_assert!(!pair[1].empty || prices(&pair[1]) == [close; 4]);
        }
    }

    #[test]
    fn nothing_is_lost_and_nothing_counted_twice(steps in tape()) {
        let quantity = |(_, row, _): &Step| match row {
            MarketRow::Trade(trade) => trade.quantity,
            _ => 0,
        };
        let total: i64 = steps.iter().map(quantity).sum();
        let end = steps[steps.len() - 1].0 + 60 * SECOND;
        for (name, kind) in all().iter().filter(|(_, kind)| *kind.on() == BarOn::Trades) {
            let made = bars(&[(name, kind.clone())], &steps, end);
            let sum: i64 = made.iter().map(|bar| bar.volume.raw).sum();
            match kind {
                BarKind::Time(time) if time.clock == Clock::Receive => prop_assert_eq!(sum, total),
                // The last bar may be open.
                _ => prop_assert!(sum <= total),
            }
            prop_assert!(made.iter().all(|bar| bar.empty == (bar.trades == 0)));
            prop_assert!(made.is_sorted_by(|a, b| a.key < b.key), "{}", name);
        }
    }
}
