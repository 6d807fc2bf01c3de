//! Windows against the plainest computation of the same numbers.

use proptest::prelude::*;

use super::{
    Deviations, Indicator, IndicatorSpec, IndicatorState, Input, MaType, Percent, Period, Smoother,
    bbands::Bbands,
    cci::Cci,
    cti::Cti,
    linearreg::Linearreg,
    linearreg_slope::LinearregSlope,
    max::Max,
    min::Min,
    mom::Mom,
    percentile::Percentile,
    percentrank::Percentrank,
    psl::Psl,
    roc::Roc,
    rolling_vwap::RollingVwap,
    sma::Sma,
    stddev::Stddev,
    stochf::Stochf,
    sum::Sum,
    testing::{bars, outputs, series, walk},
    var::Var,
    willr::Willr,
    wma::Wma,
    zscore::Zscore,
};

/// Prices around levels that change, with repeats: where running sums go wrong.
fn prices() -> impl Strategy<Value = Vec<f64>> {
    let level = prop_oneof![Just(1e-6), Just(1.0), Just(46_000.0), Just(1e9)];
    let run = (level, prop::collection::vec(0..8_u8, 1..40));
    prop::collection::vec(run, 1..8).prop_map(|runs| {
        let price = |level: f64, step: u8| level * (1.0 + f64::from(step) / 4096.0);
        runs.iter()
            .flat_map(|(level, steps)| steps.iter().map(move |&step| price(*level, step)))
            .collect()
    })
}

/// None, little or much.
fn volumes() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 1e-6..1.0, 1e6..1e9]
}

fn check(
    found: &[Option<f64>],
    values: &[f64],
    rows: usize,
    expected: impl Fn(&[f64]) -> f64,
) -> Result<(), TestCaseError> {
    prop_assert!(found.iter().take(rows - 1).all(Option::is_none));
    for (window, found) in values.windows(rows).zip(&found[(rows - 1).min(found.len())..]) {
        let (found, expected) = (found.expect("warm"), expected(window));
        let largest = window.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let tolerance = 1e-12 * found.abs().max(expected.abs()) + 1e-13 * largest;
        prop_assert!((found - expected).abs() <= tolerance, "{found} {expected} of {window:?}");
    }
    Ok(())
}

fn mean(window: &[f64]) -> f64 {
    window.iter().sum::<f64>() / window.len() as f64
}

fn deviation(window: &[f64]) -> f64 {
    let mean = mean(window);
    let squares = window.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (squares / window.len() as f64).sqrt()
}

fn highest(window: &[f64]) -> f64 {
    window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn lowest(window: &[f64]) -> f64 {
    window.iter().copied().fold(f64::INFINITY, f64::min)
}

proptest! {
    #[test]
    fn means(values in prices(), rows in 2..30_u32) {
        let length = rows as usize;
        check(&series(&Sma { period: Period::of(rows) }, &values), &values, length, mean)?;
        let weighted = |window: &[f64]| {
            let weights = (1..=window.len()).map(|weight| weight as f64);
            let sum: f64 = window.iter().zip(weights.clone()).map(|(x, w)| x * w).sum();
            sum / weights.sum::<f64>()
        };
        check(&series(&Wma { period: Period::of(rows) }, &values), &values, length, weighted)?;
    }

    #[test]
    fn deviations(values in prices(), rows in 2..30_u32) {
        let (length, one) = (rows as usize, Deviations::of(1.0));
        let stddev = Stddev { period: Period::of(rows), deviations: one };
        check(&series(&stddev, &values), &values, length, deviation)?;
        let two = Deviations::of(2.0);
        let ma = Smoother::of(MaType::Sma);
        let bands = Bbands { period: Period::of(rows), up: one, down: two, ma };
        let bands = outputs(&bands, &[&values]);
        check(&bands[0], &values, length, |window| mean(window) + deviation(window))?;
        check(&bands[1], &values, length, mean)?;
        check(&bands[2], &values, length, |window| mean(window) - 2.0 * deviation(window))?;
    }

    #[test]
    fn orders(values in prices(), rows in 2..30_u32, percent in 0..=100_u8) {
        let length = rows as usize;
        let percentile =
            Percentile { period: Period::of(rows), percentile: Percent::of(f64::from(percent)) };
        let ranked = |window: &[f64]| {
            let mut sorted = window.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted[(usize::from(percent) * length).div_ceil(100).max(1) - 1]
        };
        check(&series(&percentile, &values), &values, length, ranked)?;
        let share = |rows: usize| 100.0 * rows as f64 / length as f64;
        let below = |window: &[f64]| share(window.iter().filter(|x| **x < window[length]).count());
        let ranks = series(&Percentrank { period: Period::of(rows) }, &values);
        check(&ranks, &values, length + 1, below)?;
        let rises = |window: &[f64]| share(window.windows(2).filter(|two| two[1] > two[0]).count());
        check(&series(&Psl { period: Period::of(rows) }, &values), &values, length + 1, rises)?;
    }

    #[test]
    fn sums(values in prices(), rows in 2..30_u32) {
        let length = rows as usize;
        let sums = series(&Sum { period: Period::of(rows) }, &values);
        check(&sums, &values, length, |window| window.iter().sum())?;
        let variance = |window: &[f64]| deviation(window).powi(2);
        let found = series(&Var { period: Period::of(rows) }, &values);
        for (window, found) in values.windows(length).zip(found.into_iter().skip(length - 1)) {
            let (found, expected) = (found.expect("warm"), variance(window));
            let noise = 1e-15 * highest(window) * (highest(window) - lowest(window));
            prop_assert!((found - expected).abs() <= 1e-9 * expected + noise, "{found} {expected}");
        }
    }

    #[test]
    fn lines(values in prices(), rows in 2..30_u32) {
        let length = rows as usize;
        let middle = (length as f64 - 1.0) / 2.0;
        let steps = (0..length).map(|row| (row as f64 - middle).powi(2)).sum::<f64>();
        let slope = |window: &[f64]| {
            let mean = mean(window);
            let of = |(row, x): (usize, &f64)| (row as f64 - middle) * (x - mean);
            window.iter().enumerate().map(of).sum::<f64>() / steps
        };
        let slopes = series(&LinearregSlope { period: Period::of(rows) }, &values);
        check(&slopes, &values, length, slope)?;
        let end = |window: &[f64]| mean(window) + slope(window) * middle;
        check(&series(&Linearreg { period: Period::of(rows) }, &values), &values, length, end)?;
        let scores = series(&Zscore { period: Period::of(rows) }, &values);
        let trends = series(&Cti { period: Period::of(rows) }, &values);
        for (row, window) in values.windows(length).enumerate() {
            let row = row + length - 1;
            let flat = highest(window) == lowest(window);
            let score = (values[row] - mean(window)) / deviation(window);
            let trend = slope(window) * (steps / length as f64).sqrt() / deviation(window);
            for (found, expected) in [(scores[row], score), (trends[row], trend)] {
                let (found, expected) = (found.expect("warm"), if flat { 0.0 } else { expected });
                prop_assert!((found - expected).abs() <= 1e-9, "{found} {expected} of {window:?}");
            }
        }
    }

    #[test]
    fn extremes(values in prices(), rows in 2..30_u32) {
        let length = rows as usize;
        check(&series(&Max { period: Period::of(rows) }, &values), &values, length, highest)?;
        check(&series(&Min { period: Period::of(rows) }, &values), &values, length, lowest)?;
    }

    #[test]
    fn changes(values in prices(), rows in 1..30_u32) {
        let length = rows as usize + 1;
        let change = |window: &[f64]| window[window.len() - 1] - window[0];
        check(&series(&Mom { period: Period::of(rows) }, &values), &values, length, change)?;
        let rate = |window: &[f64]| 100.0 * change(window) / window[0];
        for (window, found) in values.windows(length)
            .zip(series(&Roc { period: Period::of(rows) }, &values).into_iter().skip(length - 1))
        {
            let (found, expected) = (found.expect("warm"), rate(window));
            prop_assert!((found - expected).abs() <= 1e-12 * (100.0 + expected.abs()));
        }
    }

    #[test]
    fn ranges(closes in prices(), rows in 2..30_u32) {
        let period = Period::of(rows);
        let tape: Vec<[f64; 5]> =
            closes.iter().map(|close| [0.0, close * 1.01, close * 0.98, *close, 0.0]).collect();
        let tape = bars(&tape);
        let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
        let (fastd, fastd_ma) = (Period::of(1), Smoother::of(MaType::Sma));
        let k = &outputs(&Stochf { fastk: Period::of(rows), fastd, fastd_ma }, &inputs)[0];
        let r = &outputs(&Willr { period }, &inputs)[0];
        for row in rows as usize - 1..closes.len() {
            let window = row + 1 - rows as usize..row + 1;
            let (top, bottom) = (highest(&tape[1][window.clone()]), lowest(&tape[2][window]));
            let place = 100.0 * (closes[row] - bottom) / (top - bottom);
            prop_assert!((k[row].expect("warm") - place).abs() < 1e-9);
            prop_assert!((r[row].expect("warm") - (place - 100.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn unusual(values in prices(), rows in 2..30_u32) {
        let tape = bars(&values.iter().map(|&x| [0.0, x, x, x, 0.0]).collect::<Vec<_>>());
        let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
        let found = outputs(&Cci { period: Period::of(rows) }, &inputs).swap_remove(0);
        for (row, window) in tape[3].windows(rows as usize).enumerate() {
            let row = row + rows as usize - 1;
            let last = window[window.len() - 1];
            let distance = |value: &f64| (value - mean(window)).abs();
            let spread = 0.015 * window.iter().map(distance).sum::<f64>() / window.len() as f64;
            let flat = highest(window) == lowest(window);
            let expected = if flat { 0.0 } else { (last - mean(window)) / spread };
            let found = found[row].expect("warm");
            prop_assert!((found - expected).abs() < 1e-6, "{found} {expected} of {window:?}");
        }
    }

    #[test]
    fn weighted_by_volume(
        rows in prop::collection::vec((1..200_u32, volumes()), 1..80),
        period in 1..10_u32,
    ) {
        let typical = |&(price, _): &(u32, f64)| f64::from(price);
        let tape: Vec<[f64; 5]> =
            rows.iter().map(|row| [0.0, typical(row), typical(row), typical(row), row.1]).collect();
        let tape = bars(&tape);
        let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
        let vwap = RollingVwap { period: Period::of(period) };
        let found = outputs(&vwap as &dyn Indicator, &inputs).swap_remove(0);
        let warm = found.iter().skip(period as usize - 1);
        for (window, found) in rows.windows(period as usize).zip(warm) {
            let volume: f64 = window.iter().map(|row| row.1).sum();
            let money: f64 = window.iter().map(|row| typical(row) * row.1).sum();
            prop_assert_eq!(found.is_some(), volume > 0.0);
            if let Some(found) = found {
                let expected = money / volume;
                prop_assert!((found - expected).abs() <= 1e-12 * expected, "{found} {expected}");
            }
        }
    }
}

/// What forgets all but its last rows agrees after ten million of them, at levels a million times
/// apart, with what has seen the last ones only.
#[test]
fn ten_million_rows_leave_no_trace() {
    const FORGETS: [&str; 29] = [
        "accbands",
        "adr",
        "ao",
        "cci",
        "cmf",
        "cmou",
        "coppock",
        "dpo",
        "er",
        "fosc",
        "hma",
        "imi",
        "mavp",
        "max",
        "mfi",
        "midpoint",
        "qstick",
        "rolling_vwap",
        "rvol",
        "sma",
        "stddev",
        "stochf",
        "trima",
        "ultosc",
        "vhf",
        "vortex",
        "vwma",
        "willr",
        "wma",
    ];
    const ROWS: usize = 2_000;
    let warm_up = |spec: &IndicatorSpec| spec.indicator().outputs()[0].warm_up;
    let longest = |kind: &&str| {
        let examples = IndicatorSpec::examples().into_iter();
        examples.filter(|example| example.kind() == *kind).max_by_key(warm_up)
    };
    let specs: Vec<IndicatorSpec> = FORGETS.iter().filter_map(longest).collect();
    assert_eq!(specs.len(), FORGETS.len());
    let near = walk(5, ROWS);
    let far: Vec<Vec<f64>> =
        near.iter().map(|column| column.iter().map(|value| value * 1e6).collect()).collect();
    for spec in specs {
        let indicator = spec.indicator();
        let run = |state: &mut dyn IndicatorState, tape: &[Vec<f64>]| {
            let inputs: Vec<&[f64]> = match indicator.input() {
                Input::Value => vec![&tape[3]],
                Input::Pair => vec![&tape[3], &tape[4]],
                Input::Bar => tape.iter().map(|column| &column[..]).collect(),
            };
            let mut columns = vec![vec![0.0; ROWS]; indicator.outputs().len()];
            let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(|c| &mut c[..]).collect();
            state.run(&inputs, &mut slices);
            columns
        };
        let (mut old, mut fresh) = (indicator.start(), indicator.start());
        for round in 0..10_000_000 / ROWS {
            run(&mut *old, if round % 2 == 0 { &near } else { &far });
        }
        let (old, fresh) = (run(&mut *old, &near), run(&mut *fresh, &near));
        let largest = near.iter().flatten().fold(0.0, |largest: f64, v| largest.max(v.abs()));
        for (old, fresh) in old.iter().zip(fresh).map(|(old, fresh)| (&old[500..], fresh)) {
            for (&old, &fresh) in old.iter().zip(&fresh[500..]) {
                let tolerance = 1e-9 * fresh.abs() + 1e-12 * largest;
                let null = old.is_nan() && fresh.is_nan();
                assert!(null || (old - fresh).abs() <= tolerance, "{spec:?}: {old} {fresh}");
            }
        }
    }
}
