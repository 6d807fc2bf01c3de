//! What holds for every feature with running state, tried on each example of the catalogue.

use super::{
    Feature, FeatureSpec, FeatureState, Reads, Scales,
    testing::{Record, give, top, trade},
};
use crate::indicators::SnapshotError;
use proptest::{prelude::*, sample::select};
use schemas::EventTime;
use std::collections::BTreeSet;

const SCALES: Scales = Scales { price: 2, quantity: 1 };

/// Records with their times: some at one time, some a moment or long apart, some without volume,
/// some flat, some that lack a side, some huge.
fn tape(length: usize) -> impl Strategy<Value = Vec<(EventTime, Record)>> {
    let gap = select(vec![
        0,
        1,
        2,
        999_999_999,
        1_000_000_000,
        1_000_000_001,
        300_000_000,
        100_000_000_000,
        86_400_000_000_000,
    ]);
    let price = prop_oneof![
        8 => 9_990..10_010_i64,
        4 => Just(10_000),
        1 => Just(1),
        1 => Just(1_000_000_000_000_000_000),
        1 => Just(i64::MAX),
    ];
    let quantity = prop_oneof![8 => 1..500_i64, 1 => Just(0), 1 => Just(i64::MAX / 2)];
    let sides = (price.clone(), quantity.clone(), price.clone(), quantity.clone());
    let record = prop_oneof![
        (price, quantity, -1..=1_i8).prop_map(|(p, q, side)| Record::Trade(trade(p, q, side))),
        sides.prop_map(|(bid, b, ask, a)| Record::Quote(top([bid, b, ask, a]))),
    ];
    let start = 1_700_000_000_000_000_000_i64;
    prop::collection::vec((gap, record), 1..length).prop_map(move |steps| {
        let mut at = start;
        let place = |(gap, record): (i64, Record)| {
            at += gap;
            (EventTime(at), record)
        };
        steps.into_iter().map(place).collect()
    })
}

fn features() -> Vec<FeatureSpec> {
    FeatureSpec::examples()
}

fn behind(spec: &FeatureSpec) -> &dyn Feature {
    spec.running().expect("it has running state")
}

/// Gives records and looks after each; values as bits, so that NaN equals NaN.
fn feed(
    state: &mut dyn FeatureState,
    reads: Reads,
    records: &[(EventTime, Record)],
    looks: impl Fn(usize) -> bool,
) -> Vec<u64> {
    let mut values = Vec::new();
    for (i, (at, record)) in records.iter().enumerate() {
        give(state, reads, *at, record);
        if looks(i) {
            values.push(state.value(*at).to_bits());
        }
    }
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_snapshot_continues_bit_for_bit_at_every_cut(records in tape(40)) {
        for spec in features() {
            let feature = behind(&spec);
            let mut whole = feature.start(SCALES);
            for cut in 0..=records.len() {
                let mut second = feature.start(SCALES);
                second.restore(&whole.snapshot()).expect("own snapshot");
                prop_assert_eq!(whole.snapshot(), second.snapshot(), "{:?} at {}", spec, cut);
                let mut first = feature.start(SCALES);
                feed(&mut *first, feature.reads(), &records[..cut], |_| true);
                let rest = |state: &mut dyn FeatureState| {
                    feed(state, feature.reads(), &records[cut..], |_| true)
                };
                prop_assert_eq!(rest(&mut *first), rest(&mut *second), "{:?} at {}", spec, cut);
                if let Some((at, record)) = records.get(cut) {
                    give(&mut *whole, feature.reads(), *at, record);
                    whole.value(*at);
                }
            }
        }
    }

    #[test]
    fn looking_changes_nothing(records in tape(60), every in 2..9_usize) {
        for spec in features() {
            let feature = behind(&spec);
            let [mut often, mut rarely] = [(); 2].map(|()| feature.start(SCALES));
            let all = feed(&mut *often, feature.reads(), &records, |_| true);
            let some = feed(&mut *rarely, feature.reads(), &records, |i| i % every == 0);
            let expected: Vec<u64> = all.into_iter().step_by(every).collect();
            prop_assert_eq!(some, expected, "{:?}", spec);
        }
    }

    #[test]
    fn a_run_of_trades_is_the_same_as_one_by_one(records in tape(60), length in 1..9_usize) {
        let trades = |(at, record): &(EventTime, Record)| match record {
            Record::Trade(trade) => Some((*at, *trade)),
            Record::Quote(_) => None,
        };
        let trades: Vec<_> = records.iter().filter_map(trades).collect();
        for spec in features().iter().filter(|s| behind(s).reads() == Reads::Trades) {
            let [mut single, mut runs] = [(); 2].map(|()| behind(spec).start(SCALES));
            trades.iter().for_each(|trade| single.trades(&[*trade]));
            trades.chunks(length).for_each(|run| runs.trades(run));
            prop_assert_eq!(single.snapshot(), runs.snapshot(), "{:?}", spec);
        }
    }

    #[test]
    fn nothing_overflows_and_nothing_stays(records in tape(60)) {
        for spec in features() {
            let feature = behind(&spec);
            let mut state = feature.start(SCALES);
            for (at, record) in &records {
                give(&mut *state, feature.reads(), *at, record);
                prop_assert!(!state.value(*at).is_infinite(), "{:?}", spec);
            }
            // What is out of every window is as if it had never been.
            let end = records[records.len() - 1].0;
            let calm = |i: i64| {
                let at = EventTime(end.0 + 3_600_000_000_000 + i * 100_000_000);
                let (up, size) = (i % 7, 1 + i % 3);
                let side = if i % 2 == 0 { 1 } else { -1 };
                [
                    (at, Record::Trade(trade(100 + up, 1000 * size, side))),
                    (at, Record::Quote(top([100 + up, size, 102 + up, 5 - size]))),
                ]
            };
            let calm: Vec<_> = (0..9_200).flat_map(calm).collect();
            let mut fresh = feature.start(SCALES);
            let last = |_: usize| false;
            feed(&mut *state, feature.reads(), &calm, last);
            feed(&mut *fresh, feature.reads(), &calm, last);
            let now = calm[calm.len() - 1].0;
            let [found, expected] = [state.value(now), fresh.value(now)];
            // What counts in volume, or fades, does not forget all at a time.
            if feature.warm_up().0 > 0 {
                prop_assert_eq!(found.to_bits(), expected.to_bits(), "{:?}", spec);
            }
        }
    }
}

#[test]
fn a_wrong_snapshot_is_refused() {
    let examples = features();
    for spec in &examples {
        let mut state = behind(spec).start(SCALES);
        for i in 0..9 {
            let record = Record::Trade(trade(100 + i, 7, 1));
            give(&mut *state, behind(spec).reads(), EventTime(i), &record);
        }
        let before = state.snapshot();
        for other in examples.iter().filter(|other| *other != spec) {
            let error = state.restore(&behind(other).start(SCALES).snapshot()).unwrap_err();
            let same_kind = behind(other).kind() == behind(spec).kind();
            let parameters = matches!(error, SnapshotError::OtherParameters { .. });
            assert_eq!(parameters, same_kind, "{error}");
        }
        for length in 0..before.len() {
            assert!(state.restore(&before[..length]).is_err(), "{spec:?} cut to {length}");
        }
        let error = state.restore(&[&before[..], &[0]].concat()).unwrap_err();
        assert!(matches!(error, SnapshotError::Trailing { bytes: 1, .. }), "{error}");
        assert_eq!(state.snapshot(), before, "{spec:?}: a refused snapshot left a trace");
    }
}

#[test]
fn there_is_no_value_until_the_warm_up_is_over_and_one_then() {
    let mut valued = BTreeSet::new();
    for spec in features() {
        let feature = behind(&spec);
        let warm_up = feature.warm_up().0;
        if warm_up <= 1 {
            continue;
        }
        let mut state = feature.start(SCALES);
        // Enough records that every window has some, bouncing so that every measure is there.
        let steps = 4_000;
        let step = (warm_up / steps).max(1);
        for i in 0..=steps + 2 {
            let at = EventTime(i * step);
            let (up, side) = (if i % 2 == 0 { 3 } else { 0 }, if i % 2 == 0 { 1 } else { -1 });
            give(&mut *state, feature.reads(), at, &Record::Trade(trade(100 + up, 1 + up, side)));
            let quote = Record::Quote(top([100 + up, 1 + i % 3, 105, 1]));
            give(&mut *state, feature.reads(), at, &quote);
            let value = state.value(at);
            assert!(value.is_nan() || at.0 >= warm_up, "{spec:?} at {} of {warm_up}", at.0);
            if at.0 >= warm_up && at.0 < warm_up + step && !value.is_nan() {
                valued.insert(feature.kind());
            }
        }
    }
    // A window of a nanosecond may hold too little for a slope; others of its kind do not.
    for spec in features().iter().filter(|spec| behind(spec).warm_up().0 > 1) {
        assert!(valued.contains(behind(spec).kind()), "{spec:?} has no value when it should");
    }
}

#[test]
fn tiny_and_huge_prices_give_the_same_in_another_unit() {
    for spec in features() {
        let feature = behind(&spec);
        // The same steps at another scale, and with other integers.
        let run = |price: u8, times: i64| -> Vec<f64> {
            let mut state = feature.start(Scales { price, ..SCALES });
            let step = |i: i64| {
                let (at, side) = (EventTime(i * 37_000_000), [1, -1, 0][i as usize % 3]);
                let mid = 10_000 + i * 7919 % 23 - i * 31 % 11;
                let bought = trade(mid * times, 1 + i % 7, side);
                give(&mut *state, feature.reads(), at, &Record::Trade(bought));
                let quote = top([(mid - 1) * times, 1 + i % 3, (mid + 2) * times, 5 - i % 4]);
                give(&mut *state, feature.reads(), at, &Record::Quote(quote));
                state.value(at)
            };
            (0..4_000).map(step).collect()
        };
        let (one, tiny, huge) = (run(2, 1), run(14, 1), run(2, 1_000_000_000_000));
        let largest = one.iter().fold(0.0, |largest: f64, value| value.abs().max(largest));
        let grows = |power: i32| {
            [(&tiny, 1e-12_f64), (&huge, 1e12)].iter().all(|(found, unit)| {
                let unit = unit.powi(power);
                one.iter().zip(*found).all(|(one, found)| {
                    let near = 1e-9 * found.abs() + 1e-12 * unit * largest;
                    one.is_nan() && found.is_nan() || (found - one * unit).abs() <= near
                })
            })
        };
        assert!((-2..=2).any(grows), "{spec:?}");
    }
}

#[test]
fn a_spec_survives_its_bytes_and_none_is_at_fault() {
    for spec in features() {
        let bytes = postcard::to_stdvec(&spec).expect("encodes");
        assert_eq!(postcard::from_bytes::<FeatureSpec>(&bytes).expect("decodes"), spec);
        assert_eq!(behind(&spec).fault(), None, "{spec:?}");
    }
}

#[test]
fn the_catalogue_is_complete() {
    let kinds: Vec<&str> = FeatureSpec::running_kinds().iter().map(|entry| entry.kind).collect();
    assert!(kinds.is_sorted_by(|a, b| a < b), "sorted, no kind twice: {kinds:?}");
    let examples = features();
    for entry in FeatureSpec::running_kinds() {
        let own = examples.iter().filter(|spec| behind(spec).kind() == entry.kind);
        assert!(own.count() > 1, "{}: examples", entry.kind);
        let mut texts =
            vec![entry.title, entry.doc, entry.formula, entry.convention, entry.warm_up];
        texts.extend([entry.cost, entry.source]);
        texts.extend(entry.parameters.iter().flat_map(|p| [p.name, p.type_text, p.doc]));
        assert!(texts.iter().all(|t| !t.trim().is_empty()), "{}: a text is empty", entry.kind);
        let names: BTreeSet<&str> = entry.parameters.iter().map(|p| p.name).collect();
        assert_eq!(names.len(), entry.parameters.len(), "{}: a parameter twice", entry.kind);
    }
}
