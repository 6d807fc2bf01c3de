//! Ten million rows leave no more behind in a running sum than the last few alone.

use super::{
    IndicatorSpec, Input,
    cumsum::Cumsum,
    testing::{Random, outputs, walk},
};
use crate::indicators::{Indicator, IndicatorState};

const ROWS: usize = 10_000_000;
const BATCH: usize = 8192;
/// Rows that a fresh indicator is given: more than any warm-up of an example.
const LAST: usize = 700;

/// All that add up a window, and whose values depend on its rows alone.
const KINDS: [&str; 36] = [
    "ac",
    "accbands",
    "adr",
    "amihud",
    "ao",
    "avgdev",
    "bbands",
    "beta",
    "bipower_variation",
    "cci",
    "cmf",
    "cmou",
    "coppock",
    "correl",
    "dpo",
    "er",
    "fosc",
    "hma",
    "imi",
    "linearreg",
    "linearreg_slope",
    "mfi",
    "qstick",
    "realized_volatility",
    "rolling_vwap",
    "rvol",
    "sma",
    "stddev",
    "sum",
    "trima",
    "ultosc",
    "var",
    "vhf",
    "vortex",
    "vwma",
    "wma",
];

fn run(state: &mut dyn IndicatorState, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
    let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(|column| &mut column[..]).collect();
    state.run(inputs, &mut slices);
}

fn inputs_of<'a>(indicator: &dyn Indicator, bars: &'a [Vec<f64>], from: usize) -> Vec<&'a [f64]> {
    let columns: &[usize] = match indicator.input() {
        Input::Value => &[3],
        Input::Pair => &[1, 2],
        Input::Bar => &[0, 1, 2, 3, 4],
    };
    columns.iter().map(|&column| &bars[column][from..]).collect()
}

/// Bars, all but the last million with prices and volumes that leave a mark on a sum that takes
/// away what leaves.
fn batch(number: usize) -> Vec<Vec<f64>> {
    let mut bars = walk(number as u64, BATCH);
    if (number + 1) * BATCH < ROWS - 1_000_000 {
        for column in &mut bars {
            column.iter_mut().for_each(|value| *value *= 1e6 / 3.0);
        }
    }
    bars
}

#[test]
fn a_window_forgets_what_left_it() {
    let examples = IndicatorSpec::examples();
    let specs = KINDS.map(|kind| {
        examples.iter().find(|spec| spec.kind() == kind).expect("an example of every kind")
    });
    let mut states = specs.map(|spec| spec.indicator().start());
    let mut found = specs.map(|spec| vec![vec![0.0; BATCH]; spec.indicator().outputs().len()]);
    let batches = ROWS.div_ceil(BATCH);
    let mut bars = Vec::new();
    for number in 0..batches {
        bars = batch(number);
        for (place, state) in states.iter_mut().enumerate() {
            let inputs = inputs_of(specs[place].indicator(), &bars, 0);
            run(&mut **state, &inputs, &mut found[place]);
        }
    }
    for (place, spec) in specs.iter().enumerate() {
        let inputs = inputs_of(spec.indicator(), &bars, BATCH - LAST);
        let largest = inputs.iter().flat_map(|column| column.iter()).copied().fold(0.0, f64::max);
        for (column, fresh) in outputs(spec.indicator(), &inputs).iter().enumerate() {
            let fresh = fresh[LAST - 1].expect("warm");
            let after_all = found[place][column][BATCH - 1];
            let tolerance = 1e-9 * fresh.abs().max(after_all.abs()) + 1e-14 * largest;
            assert!((after_all - fresh).abs() <= tolerance, "{spec:?}: {after_all}, {fresh}");
        }
    }
}

#[test]
fn a_sum_of_all_is_exact_after_it_was_large() {
    let indicator = Cumsum {};
    let mut state = indicator.start();
    let mut sums = [vec![0.0; BATCH]];
    let half = ROWS / 2 / BATCH;
    for sign in [1.0, -1.0] {
        let mut random = Random(5);
        for _ in 0..=half {
            let values: Vec<f64> =
                (0..BATCH).map(|_| sign * random.below(1 << 40) as f64 / 1024.0).collect();
            run(&mut *state, &[&values], &mut sums);
        }
    }
    let mut last = [vec![0.0]];
    run(&mut *state, &[&[0.1]], &mut last);
    assert!((last[0][0] - 0.1).abs() <= 1e-10, "{}", last[0][0]);
}
