//! That outputs are in the units that they say: prices four times as high give prices four times as
//! high, and shares of a whole do not change.

use super::{
    IndicatorSpec, Input, Unit,
    testing::{outputs, walk},
};

const ROWS: usize = 400;

/// What prices are multiplied with: a power of 2, so that nothing is rounded.
const FACTOR: f64 = 4.0;

/// Functions of plain numbers: what they give does not scale with what they are given.
const OF_NUMBERS: &[&str] = &[
    "acos",
    "asin",
    "atan",
    "ceil",
    "cos",
    "cosh",
    "decay",
    "exp",
    "floor",
    "ln",
    "log10",
    "mult",
    "round",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "todeg",
    "torad",
    "trunc",
    // Its slope is that of a picture in which a row is as wide as 1 is high; the periods of the
    // other one are its second series.
    "linearreg_angle",
    "mavp",
];

fn inputs(spec: &IndicatorSpec, scale: f64) -> Vec<Vec<f64>> {
    let [open, high, low, close, volume] = &walk(5, ROWS)[..] else { unreachable!("a bar") };
    let scaled = |column: &Vec<f64>| column.iter().map(|value| value * scale).collect();
    match spec.indicator().input() {
        Input::Value if ["acos", "asin"].contains(&spec.kind()) => {
            vec![close.iter().map(|close| close / 65_536.0).collect()]
        }
        Input::Value => vec![scaled(close)],
        Input::Pair => vec![scaled(close), scaled(open)],
        Input::Bar => {
            let prices = [open, high, low, close].map(scaled);
            prices.into_iter().chain([volume.clone()]).collect()
        }
    }
}

fn values(spec: &IndicatorSpec, scale: f64) -> Vec<Vec<Option<f64>>> {
    let columns = inputs(spec, scale);
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    outputs(spec.indicator(), &columns)
}

#[test]
fn what_is_in_the_unit_of_the_input_scales_with_it() {
    for spec in IndicatorSpec::examples() {
        let is_other = match &spec {
            // A start that is given is a price that does not scale.
            IndicatorSpec::Sarext(sar) => sar.start_value.get() != 0.0,
            // With this period TA-Lib's is the range itself.
            IndicatorSpec::Natr(natr) => natr.period.get() == 1,
            _ => false,
        };
        if OF_NUMBERS.contains(&spec.kind()) || is_other {
            continue;
        }
        let [plain, scaled] = [1.0, FACTOR].map(|scale| values(&spec, scale));
        for (at, output) in spec.indicator().outputs().into_iter().enumerate() {
            let factor = match output.unit {
                Unit::Input => FACTOR,
                Unit::Square | Unit::Is("price² / quantity") => FACTOR * FACTOR,
                Unit::Is("money" | "price / quantity") => FACTOR,
                Unit::Is("1 / money") => 1.0 / FACTOR,
                Unit::Is(_) => 1.0,
            };
            let largest = plain[at].iter().flatten().fold(0.0, |most: f64, v| most.max(v.abs()));
            for (row, (plain, scaled)) in plain[at].iter().zip(&scaled[at]).enumerate() {
                let off = match (plain, scaled) {
                    (Some(plain), Some(scaled)) => (plain * factor - scaled).abs(),
                    (None, None) => 0.0,
                    _ => f64::INFINITY,
                };
                let name = output.name;
                assert!(
                    off <= 1e-9 * factor * largest,
                    "{spec:?}, {name} in {:?}, row {row}: {plain:?} becomes {scaled:?}",
                    output.unit
                );
            }
        }
    }
}

#[test]
fn bounds_hold() {
    for spec in IndicatorSpec::examples() {
        for (output, values) in spec.indicator().outputs().iter().zip(values(&spec, 1.0)) {
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
