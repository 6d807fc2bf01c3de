//! Bars that are built from candles.

use super::*;
use schemas::{chunk::Candle, records::QualityKind};

/// A candle of one minute that takes effect when it is over.
fn candle(minute: i64, prices: [i64; 4], volume: i64, told: Option<(i64, u64)>) -> Step {
    span(minute, minute + 1, prices, volume, told)
}

fn span(from: i64, to: i64, prices: [i64; 4], volume: i64, told: Option<(i64, u64)>) -> Step {
    let at = |minute: i64| EventTime(minute * 60 * SECOND);
    let (buy_volume, trades) = told.unzip();
    let (open_ts, close_ts) = (at(from), at(to));
    let candle = Candle { open_ts, close_ts, prices, volume, buy_volume, trades };
    (close_ts.0, MarketRow::Candle(Box::leak(Box::new(candle))), None)
}

fn of_candles(minutes: i64, on: &str) -> BarKind {
    let (every, clock) = (Span(minutes * 60 * SECOND), Clock::Exchange);
    BarKind::Time(TimeBar { every, clock, on: on.to_owned().into(), empty: Empty::Skip })
}

#[test]
fn bars_of_candles_close_with_the_candle_that_ends_them() {
    let kinds = [("five", of_candles(5, "candles")), ("ten", of_candles(10, "five"))];
    let steps: Vec<Step> =
        (0..10).map(|i| candle(i, [10 + i, 20 + i, 5 + i, 12 + i], 2, Some((1, 3)))).collect();
    // Nothing is left for the passing of time.
    let found = bars(&kinds, &steps, 0);
    let seen: Vec<_> = found
        .iter()
        .map(|b| (&*b.name, b.key.ts.0 / SECOND / 60, prices(b), b.volume.raw, b.trades))
        .collect();
    assert_eq!(
        seen,
        [
            ("five", 5, [10.0, 24.0, 5.0, 16.0], 10, 15),
            ("five", 10, [15.0, 29.0, 10.0, 21.0], 10, 15),
            ("ten", 10, [10.0, 29.0, 5.0, 21.0], 20, 30),
        ]
    );
    assert!(found.iter().all(|b| b.vwap.is_nan() && b.notional.is_nan() && !b.empty));
    assert_eq!(found[2].buy_volume.raw, 10);
}

#[test]
fn a_bar_of_candles_ends_before_the_next_begins_whatever_is_missing() {
    let kinds = [("one", of_candles(1, "candles")), ("five", of_candles(5, "one"))];
    let flat = |price: i64| [price; 4];
    let steps = [0, 1, 12, 15].map(|minute| candle(minute, flat(minute), 1, None));
    let found = bars(&kinds, &steps, 0);
    let five = found.iter().filter(|bar| &*bar.name == "five");
    let minutes = |at: EventTime| at.0 / SECOND / 60;
    let seen: Vec<_> =
        five.map(|b| (minutes(b.open_ts), minutes(b.close_ts), b.volume.raw)).collect();
    assert_eq!(seen, [(0, 5, 2), (10, 15, 1)]);
}

#[test]
fn candles_that_do_not_fit_are_counted_and_count_for_nothing() {
    let flat = |price: i64| [price; 4];
    let steps = [
        candle(0, flat(1), 1, None),
        candle(1, flat(2), 1, None),
        // The same again, and one of an hour from another file.
        candle(1, flat(9), 1, None),
        span(0, 60, flat(9), 1, None),
        // Beyond a gap, and beyond the bar that it begins in.
        candle(62, flat(3), 1, None),
        span(64, 66, flat(9), 1, None),
        candle(70, flat(4), 1, None),
    ];
    let start = || engine(&[("five", of_candles(5, "candles"))]);
    let (mut engine, mut out) = (start(), Outputs::default());
    for (place, record) in steps.iter().enumerate() {
        step(&mut engine, place, record, &mut out);
        // However often it is interrupted.
        let state = engine.snapshot();
        engine = start();
        engine.restore(&state).expect("own snapshot");
    }
    let seen: Vec<_> = out
        .bars
        .iter()
        .map(|b| (b.close_ts.0 / SECOND / 60, prices(b)[0], prices(b)[3], b.volume.raw))
        .collect();
    assert_eq!(seen, [(5, 1.0, 2.0, 2), (65, 3.0, 3.0, 1)]);
    let kinds: Vec<QualityKind> = out.quality.iter().map(|q| q.kind).collect();
    assert_eq!(kinds, [QualityKind::Duplicate, QualityKind::Duplicate, QualityKind::Misfit]);
    assert!(out.bars[0].trades == 0 && !out.bars[0].empty);
}
