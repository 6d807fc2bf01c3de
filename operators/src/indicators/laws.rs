//! What holds for every indicator, tried on each example of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer, Visitor, value::Error, value::MapAccessDeserializer},
    forward_to_deserialize_any,
};

use super::{
    Indicator, IndicatorSpec, IndicatorState, Input, MAGNITUDE_MAX, MaType, Parameter,
    SnapshotError,
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
pub fn columns_for(spec: &IndicatorSpec, bars: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    match spec.indicator().input() {
        Input::Bar => bars,
        Input::Value => {
            // Some functions have a value for small numbers only.
            let small = ["acos", "asin", "cosh", "exp", "sinh"].contains(&spec.kind());
            let scale = if small { 100_001.0 } else { 1.0 };
            vec![bars[3].iter().map(|close| close / scale).collect()]
        }
        // The second one moves around small numbers of either sign, as a second price or a period.
        Input::Pair => {
            let least = if spec.kind() == "div" { 1.0 / 1024.0 } else { 0.0 };
            let second = bars[0].iter().zip(&bars[3]).map(|(open, close)| close - open + least);
            vec![bars[3].clone(), second.collect()]
        }
    }
}

/// Every example with the seed of a tape of its own.
pub fn each_example(mut law: impl FnMut(&IndicatorSpec, u64)) {
    IndicatorSpec::examples().iter().zip(1..).for_each(|(spec, seed)| law(spec, seed));
}

fn each(mut law: impl FnMut(&IndicatorSpec, &dyn Indicator, Vec<Vec<f64>>)) {
    each_example(|spec, seed| law(spec, spec.indicator(), columns_for(spec, walk(seed, ROWS))));
}

#[test]
fn warm_up_is_exact_then_all_finite() {
    let flat = vec![vec![0.1; ROWS]; 5];
    each(|spec, indicator, tape| {
        for tape in [tape, columns_for(spec, flat.clone())] {
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
fn a_snapshot_continues_bit_for_bit_at_every_cut() {
    each(|spec, indicator, tape| {
        let whole = feed_cut(indicator, &tape, &[ROWS]);
        let mut first = indicator.start();
        let mut snapshots = vec![first.snapshot()];
        for row in 0..ROWS {
            feed(&mut *first, indicator, &tape, row..row + 1);
            snapshots.push(first.snapshot());
        }
        for (row, snapshot) in snapshots.iter().enumerate() {
            let mut second = indicator.start();
            second.restore(snapshot).expect("own snapshot");
            assert_eq!(second.snapshot(), *snapshot, "{spec:?} at row {row}");
            let found = feed(&mut *second, indicator, &tape, row..ROWS);
            for (found, whole) in found.iter().zip(&whole) {
                assert!(found[..] == whole[row..], "{spec:?} at row {row}");
            }
            assert!(second.snapshot() == snapshots[ROWS], "{spec:?} at row {row}");
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
    let uses = |spec: &IndicatorSpec, tape: &[Vec<f64>], column: usize| {
        let indicator = spec.indicator();
        let mut other = tape.to_vec();
        other[column] = columns_for(spec, walk(99_999, ROWS)).swap_remove(column);
        // Two tapes may end alike, and a short memory then forgets that they differed.
        (ROWS - 4..=ROWS).any(|rows| {
            let [first, second] = [tape, &other].map(|tape| {
                let mut state = indicator.start();
                (feed(&mut *state, indicator, tape, 0..rows), state.snapshot())
            });
            first != second
        })
    };
    each(|spec, indicator, tape| {
        for column in 0..tape.len() {
            let used = uses(spec, &tape, column);
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

/// A number in a job file: whole if it can be.
#[derive(Debug, Clone, Copy)]
struct Given(f64);

impl<'de> IntoDeserializer<'de, Error> for Given {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Given {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            true => visitor.visit_i64(self.0 as i64),
            false => visitor.visit_f64(self.0),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// Reads `{ kind: { name: value } }`.
fn read(kind: &'static str, fields: &[(&'static str, f64)]) -> Result<IndicatorSpec, String> {
    let fields = fields.iter().map(|&(name, value)| (name, Given(value)));
    let spec = BTreeMap::from([(kind, fields.collect::<BTreeMap<_, _>>())]);
    IndicatorSpec::deserialize(MapAccessDeserializer::new(spec.into_deserializer()))
        .map_err(|error: Error| error.to_string())
}

/// A value that a parameter takes, and one that it does not.
fn in_and_out(parameter: &Parameter) -> (f64, f64) {
    let range = parameter.type_text.split_once(" from ").and_then(|(_, range)| {
        let (least, most) = range.split_once(" to ")?;
        Some((least.parse::<f64>().ok()?, most.parse::<f64>().ok()?))
    });
    // A word is not a number, whichever.
    range
        .map_or((-1.0, -1.0), |(least, most)| (most.min(least.max(5.0)), least - 1.0 - least.abs()))
}

#[test]
fn a_misspelt_field_is_refused() {
    for entry in IndicatorSpec::kinds() {
        let error = read(entry.kind, &[("misspelt", 3.0)]).unwrap_err();
        assert!(error.contains("unknown field `misspelt`"), "{}: {error}", entry.kind);
    }
    assert!(read("misspelt", &[]).unwrap_err().contains("unknown variant `misspelt`"));
}

#[test]
fn every_field_without_a_default_is_needed_and_all_are_bounded() {
    for entry in IndicatorSpec::kinds() {
        let (left_out, needed): (Vec<&Parameter>, Vec<&Parameter>) =
            entry.parameters.iter().partition(|parameter| parameter.default.is_some());
        let full: Vec<_> = needed.iter().map(|p| (p.name, in_and_out(p).0)).collect();
        let spec = read(entry.kind, &full).expect("every parameter given");
        assert_eq!(spec.kind(), entry.kind);
        for (place, parameter) in needed.iter().enumerate() {
            let mut fields = full.clone();
            fields.remove(place);
            let error = read(entry.kind, &fields).unwrap_err();
            assert!(error.contains(&format!("missing field `{}`", parameter.name)), "{error}");
        }
        for parameter in needed.iter().chain(&left_out) {
            let mut fields = full.clone();
            fields.retain(|(name, _)| *name != parameter.name);
            fields.push((parameter.name, in_and_out(parameter).1));
            let error = read(entry.kind, &fields).unwrap_err();
            assert!(error.contains(parameter.type_text), "{error}");
        }
    }
    let error = read("rsi", &[("period", 1.0)]).unwrap_err();
    assert_eq!(
        error,
        "invalid value: integer `1`, expected a number of rows: whole number from 2 to 100000"
    );
    assert!(read("sma", &[("period", 0.0)]).is_err());
    assert!(read("sma", &[("period", 100_001.0)]).is_err());
}

#[test]
fn a_default_is_what_its_text_says() {
    let kinds = IndicatorSpec::kinds();
    let all = kinds.iter().flat_map(|kind| kind.parameters);
    let unstable: Vec<_> = all.filter(|parameter| parameter.name == "unstable").collect();
    assert!(unstable.iter().all(|parameter| parameter.default == Some("0")));
    assert_eq!(unstable.len(), 23, "the functions that TA-Lib says are unstable");
    let read_ma = |kind: &'static str, periods: &[&'static str]| {
        let fields: Vec<_> = periods.iter().map(|&name| (name, 5.0)).collect();
        read(kind, &fields).expect("every parameter that is needed")
    };
    let IndicatorSpec::Ma(ma) = read_ma("ma", &["period"]) else { panic!("an ma") };
    assert_eq!(ma.ma.get(), MaType::Sma);
    let IndicatorSpec::Apo(apo) = read_ma("apo", &["fast", "slow"]) else { panic!("an apo") };
    assert_eq!(apo.ma.get(), MaType::Ema);
    let IndicatorSpec::Kdj(kdj) = read_ma("kdj", &["fastk", "slowk", "slowd"]) else {
        panic!("a kdj")
    };
    assert_eq!((kdj.slowk_ma.get(), kdj.slowd_ma.get()), (MaType::Rma, MaType::Rma));
    for entry in kinds.iter().filter(|e| e.parameters.iter().all(|p| p.default.is_some())) {
        let number = |p: &Parameter| Some((p.name, p.default?.parse::<f64>().ok()?));
        let numbers: Vec<_> = entry.parameters.iter().filter_map(number).collect();
        let spec = read(entry.kind, &[]).expect("nothing is needed");
        assert_eq!(spec, read(entry.kind, &numbers).expect("they fit"));
    }
    // The words of the catalogue are those of the types.
    for (kind, name, word) in
        [("ma", "ma", "sma"), ("apo", "ma", "ema"), ("kdj", "slowk_ma", "rma")]
    {
        let entry = kinds.iter().find(|entry| entry.kind == kind).expect("it exists");
        let parameter = entry.parameters.iter().find(|p| p.name == name).expect("it exists");
        assert_eq!(parameter.default, Some(word));
    }
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
        let mut texts =
            vec![entry.title, entry.doc, entry.formula, entry.convention, entry.warm_up];
        texts.extend([entry.cost, entry.source]);
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
