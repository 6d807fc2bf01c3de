//! Ten million rows leave no more behind in a running sum than the last few alone.

use std::{collections::BTreeMap, sync::Mutex, thread};

use super::{
    IndicatorSpec, Input,
    cumsum::Cumsum,
    testing::{Random, outputs, walk},
};
use crate::indicators::{Indicator, IndicatorState};

const ROWS: usize = 10_000_000;
const BATCH: usize = 8192;

/// Kinds whose value depends on rows that a fresh one has not seen, so that the two are not to be
/// the same, with the reason. All others are tried.
const REMEMBER: &[(&str, &str)] = &[
    ("ad", TOTAL),
    ("cumsum", TOTAL),
    ("decay", "it wears off by a number a row, for which these prices are too high"),
    ("maxindex", COUNT),
    ("minindex", COUNT),
    ("minmaxindex", COUNT),
    ("nvi", "an index: each row multiplies it"),
    ("obv", TOTAL),
    ("pvi", "an index: each row multiplies it"),
    ("pvt", TOTAL),
    ("vwap", "the mean of all rows: it is against one by plain sums"),
    ("wad", TOTAL),
];

const TOTAL: &str = "a total of all rows: it is against one by exact sums";
const COUNT: &str = "rows are counted from the first";

fn run(state: &mut dyn IndicatorState, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
    let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(|column| &mut column[..]).collect();
    state.run(inputs, &mut slices);
}

fn inputs_of<'a>(indicator: &dyn Indicator, bars: &'a [Vec<f64>]) -> Vec<&'a [f64]> {
    let columns: &[usize] = match indicator.input() {
        Input::Value => &[3],
        Input::Pair => &[1, 2],
        Input::Bar => &[0, 1, 2, 3, 4],
    };
    columns.iter().map(|&column| &bars[column][..]).collect()
}

/// Bars, taken in turn: all but the last million with prices and volumes that leave a mark on a sum
/// that takes away what leaves.
struct Tape {
    loud: Vec<Vec<Vec<f64>>>,
    quiet: Vec<Vec<Vec<f64>>>,
}

impl Tape {
    fn new() -> Self {
        let quiet: Vec<_> = (0..16).map(|seed| walk(seed, BATCH)).collect();
        let mut loud = quiet.clone();
        loud.iter_mut().flatten().flatten().for_each(|value| *value *= 1e6 / 3.0);
        Self { loud, quiet }
    }

    fn batch(&self, number: usize) -> &[Vec<f64>] {
        let is_loud = (number + 1) * BATCH < ROWS - 1_000_000;
        let batches = if is_loud { &self.loud } else { &self.quiet };
        &batches[number % batches.len()]
    }
}

/// What is wrong with a kind after ten million rows: against a fresh one that is given the last
/// batch alone, many times more than any window of an example and what an average still remembers.
fn drift(spec: &IndicatorSpec, tape: &Tape) -> Result<(), String> {
    let indicator = spec.indicator();
    let mut state = indicator.start();
    let mut found = vec![vec![0.0; BATCH]; indicator.outputs().len()];
    let batches = ROWS.div_ceil(BATCH);
    for number in 0..batches {
        run(&mut *state, &inputs_of(indicator, tape.batch(number)), &mut found);
    }
    let inputs = inputs_of(indicator, tape.batch(batches - 1));
    let largest = inputs.iter().flat_map(|column| column.iter()).copied().fold(0.0, f64::max);
    for (column, fresh) in outputs(indicator, &inputs).iter().enumerate() {
        let after_all = found[column][BATCH - 1];
        let fresh = fresh[BATCH - 1].expect("warm");
        let tolerance = 1e-9 * fresh.abs().max(after_all.abs()) + 1e-14 * largest;
        if (after_all - fresh).abs() > tolerance || after_all.is_nan() {
            return Err(format!("{spec:?} {column}: {after_all}, afresh {fresh}"));
        }
    }
    Ok(())
}

/// Whether there is anything that could drift.
fn has_state(indicator: &dyn Indicator) -> bool {
    let mut state = indicator.start();
    let before = state.snapshot();
    let bars = walk(1, BATCH);
    let mut found = vec![vec![0.0; BATCH]; indicator.outputs().len()];
    run(&mut *state, &inputs_of(indicator, &bars), &mut found);
    before != state.snapshot()
}

#[test]
fn what_left_a_window_leaves_no_trace() {
    let kinds: BTreeMap<&str, IndicatorSpec> =
        IndicatorSpec::examples().into_iter().rev().map(|spec| (spec.kind(), spec)).collect();
    for (kind, _) in REMEMBER {
        assert!(kinds.contains_key(kind), "{kind}");
    }
    let specs: Vec<IndicatorSpec> = kinds.into_values().collect();
    let tape = Tape::new();
    let (next, wrong) = (Mutex::new(specs.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let spec = next.lock().unwrap().next();
                    let Some(spec) = spec else { return };
                    if !has_state(spec.indicator()) {
                        continue;
                    }
                    let listed = REMEMBER.iter().any(|(kind, _)| *kind == spec.kind());
                    match drift(spec, &tape) {
                        Err(error) if !listed => wrong.lock().unwrap().push(error),
                        Ok(()) if listed => {
                            wrong.lock().unwrap().push(format!("{spec:?} remembers nothing"));
                        }
                        _ => {}
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

/// A number in 2^-40, of which a total is exact.
fn fixed(value: f64) -> i128 {
    (value * 1_099_511_627_776.0).round() as i128
}

#[test]
fn a_total_of_all_rows_is_that_of_exact_sums() {
    let tape = Tape::new();
    let examples = IndicatorSpec::examples();
    for (kind, _) in REMEMBER.iter().filter(|(_, why)| *why == TOTAL) {
        let spec = examples.iter().find(|spec| spec.kind() == *kind).expect("an example");
        let indicator = spec.indicator();
        let mut state = indicator.start();
        let mut found = [vec![0.0; BATCH]];
        // Of what each row adds to the one before it, as the two alone say it.
        let mut exact = 0_i128;
        let mut before: Vec<f64> = Vec::new();
        for number in 0..ROWS.div_ceil(BATCH) {
            let inputs = inputs_of(indicator, tape.batch(number));
            run(&mut *state, &inputs, &mut found);
            for row in 0..BATCH {
                let now: Vec<f64> = inputs.iter().map(|column| column[row]).collect();
                let both = if before.is_empty() { &now } else { &before };
                let pair: Vec<[f64; 2]> = both.iter().zip(&now).map(|(a, b)| [*a, *b]).collect();
                let pair: Vec<&[f64]> = pair.iter().map(|column| &column[..]).collect();
                let mut alone = [0.0; 2];
                indicator.start().run(&pair, &mut [&mut alone]);
                let first = number == 0 && row == 0;
                exact += fixed(if first { alone[0] } else { alone[1] - alone[0] });
                before = now;
            }
        }
        let (after_all, exact) = (found[0][BATCH - 1], exact as f64 / fixed(1.0) as f64);
        assert!((after_all - exact).abs() <= 1e-9 * exact.abs(), "{kind}: {after_all}, {exact}");
    }
}

#[test]
fn a_mean_of_all_rows_is_that_of_exact_sums() {
    let tape = Tape::new();
    let mut state = IndicatorSpec::Vwap(super::vwap::Vwap {}).indicator().start();
    let (mut money, mut volume) = (0_i128, 0_i128);
    let mut found = [vec![0.0; BATCH]];
    for number in 0..ROWS.div_ceil(BATCH) {
        let bars = tape.batch(number);
        let inputs: Vec<&[f64]> = bars.iter().map(|column| &column[..]).collect();
        run(&mut *state, &inputs, &mut found);
        let prices = bars[1].iter().zip(&bars[2]).zip(&bars[3]);
        for (((high, low), close), traded) in prices.zip(&bars[4]) {
            money += fixed((high + low + close) / 3.0 * traded);
            volume += fixed(*traded);
        }
    }
    let (after_all, exact) = (found[0][BATCH - 1], money as f64 / volume as f64);
    assert!((after_all - exact).abs() <= 1e-9 * exact, "{after_all}, {exact}");
}
