//! Numbers of any size, tried on each example of the catalogue: where a coin costs a millionth of a
//! millionth, where it costs a million millions, and where nothing moves or nothing is traded; and
//! that outputs are in the units that they say.

use std::collections::BTreeMap;

use super::{
    IndicatorSpec, Unit,
    laws::{columns_for, each_example},
    testing::{outputs, walk},
};

const ROWS: usize = 700;

/// 1e-12 and 1e12 to within a tenth, and powers of two: nothing is rounded otherwise for them.
const TINY: f64 = 1.0 / 1_099_511_627_776.0;
const HUGE: f64 = 1_099_511_627_776.0;

/// Kinds whose values are not those of the same bars in another unit of price times a power of it,
/// with the reason.
const NOT_OF_ONE_POWER: &[(&str, &str)] = &[
    ("acos", OF_A_NUMBER),
    ("asin", OF_A_NUMBER),
    ("atan", OF_A_NUMBER),
    ("ceil", OF_A_NUMBER),
    ("cos", OF_A_NUMBER),
    ("cosh", OF_A_NUMBER),
    ("decay", "it wears off by a number a row, not by a share"),
    ("div", "the second series of these tapes is not a price"),
    ("exp", OF_A_NUMBER),
    ("floor", OF_A_NUMBER),
    ("linearreg_angle", "the angle of a slope drawn in units"),
    ("ln", OF_A_NUMBER),
    ("log10", OF_A_NUMBER),
    ("mavp", "its second series is a number of rows"),
    ("natr", "of one row, TA-Lib gives the true range itself"),
    ("round", OF_A_NUMBER),
    ("sarext", "one of its parameters is a price"),
    ("sin", OF_A_NUMBER),
    ("sinh", OF_A_NUMBER),
    ("sqrt", "it grows by the root of the unit"),
    ("tan", OF_A_NUMBER),
    ("tanh", OF_A_NUMBER),
    ("trunc", OF_A_NUMBER),
];

const OF_A_NUMBER: &str = "a function of a number, not of a price";

/// Outputs whose unit does not tell by which power of the unit of price they grow.
const NOT_BY_UNIT: &[(&str, i32)] = &[("mult", 2), ("todeg", 1), ("torad", 1)];

/// The powers of the units of price and of volume in what an output is in.
fn powers_of(unit: Unit) -> (i32, i32) {
    match unit {
        Unit::Input => (1, 0),
        Unit::Square => (2, 0),
        Unit::Is("quantity") => (0, 1),
        Unit::Is("money") => (1, 1),
        Unit::Is("1 / money") => (-1, -1),
        Unit::Is("price / quantity") => (1, -1),
        Unit::Is("price² / quantity") => (2, -1),
        Unit::Is(_) => (0, 0),
    }
}

/// The units of the outputs of a kind.
fn units(kind: &str) -> Vec<Unit> {
    let spec = IndicatorSpec::examples().into_iter().find(|spec| spec.kind() == kind);
    let outputs = spec.expect("one of the list").indicator().outputs();
    outputs.into_iter().map(|output| output.unit).collect()
}

/// The power of an output that is 0 all along, which is any.
const ANY: i32 = i32::MAX;

/// All outputs as bits, NaN as one null, over a tape whose prices and volumes are in other units.
fn run(spec: &IndicatorSpec, seed: u64, price: f64, volume: f64) -> Vec<Vec<Option<f64>>> {
    let mut bars = walk(seed, ROWS);
    for (column, values) in bars.iter_mut().enumerate() {
        let unit = if column < 4 { price } else { volume };
        values.iter_mut().for_each(|value| *value *= unit);
    }
    let tape = columns_for(spec, bars);
    let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
    outputs(spec.indicator(), &inputs)
}

/// The power of a unit by which an output grows, for both units; nothing if there is none.
fn power(one: &[Option<f64>], tiny: &[Option<f64>], huge: &[Option<f64>]) -> Option<i32> {
    let grows = |power: i32| {
        [(tiny, TINY), (huge, HUGE)].iter().all(|(found, unit)| {
            one.iter().zip(*found).all(|(one, found)| match (one, found) {
                (Some(one), Some(found)) => *found == one * unit.powi(power),
                (None, None) => true,
                _ => false,
            })
        })
    };
    if one.iter().flatten().all(|value| *value == 0.0) && grows(0) {
        return Some(ANY);
    }
    [0, 1, -1, 2, -2].into_iter().find(|power| grows(*power))
}

/// The powers of every output of every kind, the same in all its examples; nothing where an output
/// has none.
fn powers(price: bool) -> BTreeMap<&'static str, Vec<Option<i32>>> {
    let mut found: BTreeMap<&'static str, Vec<Option<i32>>> = BTreeMap::new();
    each_example(|spec, seed| {
        let in_unit = |unit| match price {
            true => run(spec, seed, unit, 1.0),
            false => run(spec, seed, 1.0, unit),
        };
        let [one, tiny, huge] = [1.0, TINY, HUGE].map(in_unit);
        let own: Vec<_> =
            (0..one.len()).map(|place| power(&one[place], &tiny[place], &huge[place])).collect();
        let kind = spec.kind();
        match found.get_mut(kind) {
            None => {
                found.insert(kind, own);
            }
            Some(before) => {
                for (before, own) in before.iter_mut().zip(own) {
                    *before = match (*before, own) {
                        (Some(ANY), own) => own,
                        (before, Some(ANY)) => before,
                        (before, own) if before == own => own,
                        _ => None,
                    };
                }
            }
        }
    });
    found
}

#[test]
fn tiny_and_huge_prices_give_the_same_in_another_unit() {
    let found = powers(true);
    let mut wrong = Vec::new();
    for (kind, powers) in &found {
        let listed = NOT_OF_ONE_POWER.iter().any(|(other, _)| other == kind);
        if listed == powers.iter().all(Option::is_some) {
            wrong.push(format!("{kind}: {powers:?}, listed: {listed}"));
        }
        let other = NOT_BY_UNIT.iter().find(|(other, _)| other == kind);
        for (power, unit) in powers.iter().zip(units(kind)).filter(|_| !listed) {
            let expected = other.map_or(powers_of(unit).0, |(_, power)| *power);
            if *power != Some(expected) && *power != Some(ANY) {
                wrong.push(format!("{kind}: {unit:?} grows by {power:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tiny_and_huge_volumes_give_the_same_in_another_unit() {
    let mut wrong = Vec::new();
    for (kind, powers) in &powers(false) {
        for (power, unit) in powers.iter().zip(units(kind)) {
            if *power != Some(powers_of(unit).1) && *power != Some(ANY) {
                wrong.push(format!("{kind}: {unit:?} grows by {power:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Kinds that have no value, or not always, where nothing moves, nothing is traded, or all is 0.
const NULL_OF_NOTHING: &[(&str, &str)] = &[
    ("ln", "there is none of 0"),
    ("log10", "there is none of 0"),
    ("rolling_vwap", "no price where nothing was traded"),
    ("rvol", "no share of nothing"),
    ("vwma", "no price where nothing was traded"),
];

#[test]
fn where_nothing_moves_or_is_traded_there_is_a_value_or_null_by_rule() {
    let mut wrong = BTreeMap::new();
    each_example(|spec, seed| {
        let still = vec![vec![0.1; ROWS], vec![0.1; ROWS], vec![0.1; ROWS], vec![0.1; ROWS]];
        let with = |volume: f64| {
            let mut bars = still.clone();
            bars.push(vec![volume; ROWS]);
            bars
        };
        let mut untraded = walk(seed, ROWS);
        untraded[4].fill(0.0);
        // As is every second bar of a thin market.
        let mut thin = walk(seed, ROWS);
        thin[4].iter_mut().step_by(2).for_each(|volume| *volume = 0.0);
        let tapes = [
            ("still", with(7.0)),
            ("untraded", untraded),
            ("thin", thin),
            ("still and untraded", with(0.0)),
            ("nothing", vec![vec![0.0; ROWS]; 5]),
        ];
        for (name, bars) in tapes {
            let tape = columns_for(spec, bars);
            let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
            let found = outputs(spec.indicator(), &inputs);
            for (output, values) in spec.indicator().outputs().iter().zip(found) {
                for (row, value) in values.iter().enumerate() {
                    assert!(value.is_none_or(f64::is_finite), "{spec:?} {name} row {row}");
                    assert!(value.is_none() || row >= output.warm_up, "{spec:?} {name} row {row}");
                    if value.is_none() && row >= output.warm_up {
                        wrong.entry(spec.kind()).or_insert_with(Vec::new).push(name);
                    }
                }
            }
        }
    });
    wrong.values_mut().for_each(|names| names.dedup());
    let listed: Vec<&str> = NULL_OF_NOTHING.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(wrong.keys().copied().collect::<Vec<_>>(), listed, "{wrong:?}");
}

#[test]
fn bounds_hold() {
    for spec in IndicatorSpec::examples() {
        for (output, values) in spec.indicator().outputs().iter().zip(run(&spec, 5, 1.0, 1.0)) {
            let Unit::Is(unit) = output.unit else { continue };
            let both = |(a, b): (&str, &str)| Some([a.parse().ok()?, b.parse().ok()?]);
            let range: Option<[f64; 2]> = unit.split_once(" to ").and_then(both);
            let either: Option<[f64; 2]> = unit.split_once(" or ").and_then(both);
            for value in values.into_iter().flatten() {
                let within = range.is_none_or(|[least, most]| {
                    let slack = 1e-9 * (most - least);
                    (least - slack..=most + slack).contains(&value)
                });
                let fits = within && either.is_none_or(|either| either.contains(&value));
                assert!(fits, "{spec:?}, {}: {value} is not {unit}", output.name);
            }
        }
    }
}
