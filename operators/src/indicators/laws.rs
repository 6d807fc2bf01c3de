//! What holds for every indicator, tried on each example of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error, value::MapAccessDeserializer},
};

use super::{
    Indicator, IndicatorSpec, IndicatorState, Input, MAGNITUDE_MAX, SnapshotError,
    testing::{Random, outputs, walk},
};

const ROWS: usize = 700;

/// Runs `rows` of the tape through a state; values as bits, so that NaN equals NaN.
fn feed(
    state: &mut dyn IndicatorState,
    indicator: &dyn Indicator,
    tape: &[Vec<f64>],
    rows: std::ops::Range<usize>,
) -> Vec<Vec<u64>> {
    let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[rows.clone()]).collect();
    let mut columns = vec![vec![0.0; rows.len()]; indicator.outputs().len()];
    let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(|column| &mut column[..]).collect();
    state.run(&inputs, &mut slices);
    columns.into_iter().map(|column| column.into_iter().map(f64::to_bits).collect()).collect()
}

/// Feeds the tape in the pieces that `cuts` makes.
fn feed_cut(indicator: &dyn Indicator, tape: &[Vec<f64>], cuts: &[usize]) -> Vec<Vec<u64>> {
    let mut state = indicator.start();
    let mut whole = vec![Vec::new(); indicator.outputs().len()];
    let mut from = 0;
    for &to in cuts {
        let part = feed(&mut *state, indicator, tape, from..to);
        whole.iter_mut().zip(part).for_each(|(whole, part)| whole.extend(part));
        from = to;
    }
    whole
}

/// The columns of a tape of bars that an indicator takes.
fn columns_for(indicator: &dyn Indicator, bars: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    match indicator.input() {
        Input::Bar => bars,
        Input::Value => vec![bars[3].clone()],
    }
}

fn each(mut law: impl FnMut(&IndicatorSpec, &dyn Indicator, Vec<Vec<f64>>)) {
    for (spec, seed) in IndicatorSpec::examples().iter().zip(1..) {
        law(spec, spec.indicator(), columns_for(spec.indicator(), walk(seed, ROWS)));
    }
}

#[test]
fn warm_up_is_exact_then_all_finite() {
    let flat = vec![vec![0.1; ROWS]; 5];
    each(|spec, indicator, tape| {
        for tape in [tape, columns_for(indicator, flat.clone())] {
            let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
            for (output, values) in indicator.outputs().iter().zip(outputs(indicator, &inputs)) {
                assert!(output.warm_up + 50 < ROWS, "{spec:?}: example too slow for the tape");
                for (row, value) in values.iter().enumerate() {
                    assert_eq!(value.is_some(), row >= output.warm_up, "{spec:?} row {row}");
                    assert!(value.is_none_or(f64::is_finite), "{spec:?} row {row}: {value:?}");
                }
            }
        }
    });
}

#[test]
fn batches_do_not_matter() {
    each(|spec, indicator, tape| {
        let whole = feed_cut(indicator, &tape, &[ROWS]);
        assert_eq!(whole, feed_cut(indicator, &tape, &[ROWS]), "{spec:?}: two fresh states");
        let single: Vec<usize> = (1..=ROWS).collect();
        assert_eq!(whole, feed_cut(indicator, &tape, &single), "{spec:?}: one row a batch");
        let mut random = Random(7);
        for _ in 0..5 {
            let cuts: BTreeSet<usize> =
                (0..20).map(|_| random.below(ROWS as u64) as usize).collect();
            let cuts: Vec<usize> = cuts.into_iter().chain([ROWS, ROWS]).collect();
            assert_eq!(whole, feed_cut(indicator, &tape, &cuts), "{spec:?}: {cuts:?}");
        }
    });
}

#[test]
fn a_snapshot_continues_bit_for_bit() {
    each(|spec, indicator, tape| {
        let mut random = Random(11);
        let mut rows: Vec<usize> = (0..10).map(|_| random.below(ROWS as u64) as usize).collect();
        rows.extend([0, 1, 2, ROWS]);
        for row in rows {
            let mut first = indicator.start();
            feed(&mut *first, indicator, &tape, 0..row);
            let mut second = indicator.start();
            second.restore(&first.snapshot()).expect("own snapshot");
            let expected = feed(&mut *first, indicator, &tape, row..ROWS);
            let found = feed(&mut *second, indicator, &tape, row..ROWS);
            assert_eq!(expected, found, "{spec:?} at row {row}");
            assert_eq!(first.snapshot(), second.snapshot(), "{spec:?} at row {row}");
        }
    });
}

#[test]
fn a_wrong_snapshot_is_refused() {
    let examples = IndicatorSpec::examples();
    each(|spec, indicator, tape| {
        let mut state = indicator.start();
        feed(&mut *state, indicator, &tape, 0..ROWS);
        let before = state.snapshot();
        for other in examples.iter().filter(|other| *other != spec) {
            let error = state.restore(&other.indicator().start().snapshot()).unwrap_err();
            let same_kind = other.kind() == spec.kind();
            assert_eq!(
                matches!(error, SnapshotError::OtherParameters { .. }),
                same_kind,
                "{error}"
            );
            assert_eq!(matches!(error, SnapshotError::OtherKind { .. }), !same_kind, "{error}");
        }
        for length in 0..before.len() {
            assert!(state.restore(&before[..length]).is_err(), "{spec:?} cut to {length}");
        }
        let error = state.restore(&[&before[..], &[0]].concat()).unwrap_err();
        assert!(matches!(error, SnapshotError::Trailing { bytes: 1, .. }), "{error}");
        assert_eq!(state.snapshot(), before, "{spec:?}: a refused snapshot left a trace");
    });
}

#[test]
fn a_null_gives_nulls_and_leaves_no_trace() {
    // What an indicator uses shows in its values or its state when another tape stands there.
    let uses = |indicator: &dyn Indicator, tape: &[Vec<f64>], column: usize| {
        let mut other = tape.to_vec();
        other[column] = walk(99, ROWS).swap_remove(column);
        let [first, second] = [tape, &other].map(|tape| {
            let mut state = indicator.start();
            (feed(&mut *state, indicator, tape, 0..ROWS), state.snapshot())
        });
        first != second
    };
    each(|spec, indicator, tape| {
        for column in 0..tape.len() {
            let used = uses(indicator, &tape, column);
            for null in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, MAGNITUDE_MAX * 2.0] {
                for row in [0, 1, 300] {
                    let mut state = indicator.start();
                    feed(&mut *state, indicator, &tape, 0..row);
                    let mut holed: Vec<Vec<f64>> = tape.iter().map(|c| vec![c[row]]).collect();
                    holed[column][0] = null;
                    let values = feed(&mut *state, indicator, &holed, 0..1);
                    let mut expected = indicator.start();
                    let rows = if used { row } else { row + 1 };
                    feed(&mut *expected, indicator, &tape, 0..rows);
                    assert_eq!(state.snapshot(), expected.snapshot(), "{spec:?}: {column} {row}");
                    let nulls = values.iter().all(|v| f64::from_bits(v[0]).is_nan());
                    assert!(nulls || !used, "{spec:?}: column {column} row {row}");
                }
            }
        }
    });
}

#[test]
fn extremes_neither_panic_nor_stay() {
    let extremes = [0.0, -0.0, f64::MIN_POSITIVE, 5e-324, MAGNITUDE_MAX, -MAGNITUDE_MAX, 1.0];
    each(|spec, indicator, tape| {
        let mut random = Random(3);
        let mut pick = || extremes[random.below(extremes.len() as u64) as usize];
        let wild: Vec<Vec<f64>> = tape.iter().map(|_| (0..300).map(|_| pick()).collect()).collect();
        let mut state = indicator.start();
        for values in feed(&mut *state, indicator, &wild, 0..300) {
            assert!(!values.iter().any(|&v| f64::from_bits(v).is_infinite()), "{spec:?}");
        }
        for values in feed(&mut *state, indicator, &tape, 0..ROWS) {
            let last = f64::from_bits(values[ROWS - 1]);
            assert!(last.is_finite(), "{spec:?} never comes back");
        }
    });
}

/// Reads `{ kind: { name: value } }`.
fn read(kind: &'static str, fields: &[(&'static str, i64)]) -> Result<IndicatorSpec, String> {
    let spec = BTreeMap::from([(kind, fields.iter().copied().collect::<BTreeMap<_, _>>())]);
    IndicatorSpec::deserialize(MapAccessDeserializer::new(spec.into_deserializer()))
        .map_err(|error: Error| error.to_string())
}

#[test]
fn a_misspelt_field_is_refused() {
    for entry in IndicatorSpec::kinds() {
        let error = read(entry.kind, &[("misspelt", 3)]).unwrap_err();
        assert!(error.contains("unknown field `misspelt`"), "{}: {error}", entry.kind);
    }
    assert!(read("misspelt", &[]).unwrap_err().contains("unknown variant `misspelt`"));
}

#[test]
fn every_field_is_needed_and_bounded() {
    for entry in IndicatorSpec::kinds() {
        let names: Vec<&str> = entry.parameters.iter().map(|parameter| parameter.name).collect();
        let full: Vec<_> = names.iter().map(|&name| (name, 5)).collect();
        let spec = read(entry.kind, &full).expect("every parameter given");
        assert_eq!(spec.kind(), entry.kind);
        for left_out in 0..names.len() {
            let mut fields = full.clone();
            let (name, _) = fields.remove(left_out);
            let error = read(entry.kind, &fields).unwrap_err();
            assert!(error.contains(&format!("missing field `{name}`")), "{error}");
            let mut fields = full.clone();
            fields[left_out].1 = -1;
            let error = read(entry.kind, &fields).unwrap_err();
            assert!(error.contains(entry.parameters[left_out].type_text), "{error}");
        }
    }
    let error = read("rsi", &[("period", 1)]).unwrap_err();
    assert_eq!(
        error,
        "invalid value: integer `1`, expected a number of rows: whole number from 2 to 65535"
    );
    assert!(read("sma", &[("period", 0)]).is_err() && read("sma", &[("period", 65_536)]).is_err());
}

#[test]
fn a_spec_survives_its_bytes() {
    for spec in IndicatorSpec::examples() {
        let bytes = postcard::to_stdvec(&spec).expect("encodes");
        assert_eq!(postcard::from_bytes::<IndicatorSpec>(&bytes).expect("decodes"), spec);
    }
}

#[test]
fn the_catalogue_is_complete() {
    let kinds: Vec<&str> = IndicatorSpec::kinds().iter().map(|entry| entry.kind).collect();
    assert!(kinds.is_sorted_by(|a, b| a < b), "sorted, no kind twice: {kinds:?}");
    for entry in IndicatorSpec::kinds() {
        let examples: Vec<_> = IndicatorSpec::examples()
            .into_iter()
            .filter(|spec| spec.kind() == entry.kind)
            .collect();
        assert!(entry.parameters.is_empty() || examples.len() > 1, "{}: examples", entry.kind);
        let mut texts = vec![entry.title, entry.doc, entry.formula, entry.convention, entry.cost];
        texts.extend(entry.parameters.iter().flat_map(|p| [p.name, p.type_text, p.doc]));
        let outputs = examples[0].indicator().outputs();
        texts.extend(outputs.iter().flat_map(|output| [output.name, output.doc]));
        assert!(
            texts.iter().all(|text| !text.trim().is_empty()),
            "{}: a text is empty",
            entry.kind
        );
        let names: BTreeSet<&str> = outputs.iter().map(|output| output.name).collect();
        assert_eq!(names.len(), outputs.len(), "{}: an output's name twice", entry.kind);
    }
}
