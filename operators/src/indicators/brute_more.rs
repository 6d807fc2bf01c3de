//! More windows against the plainest computation of the same numbers.

use proptest::prelude::*;

use super::{
    Indicator, Percent, Period, Portion, Width,
    alma::Alma,
    avgdev::Avgdev,
    brute::{check, deviation, highest, lowest, mean, prices},
    choppiness::Choppiness,
    cointegration::Cointegration,
    correl::Correl,
    donchian::Donchian,
    er::Er,
    linearreg::Linearreg,
    linearreg_slope::LinearregSlope,
    midpoint::Midpoint,
    minmax::Minmax,
    percentile::Percentile,
    percentrank::Percentrank,
    realized_volatility::RealizedVolatility,
    rolling_pivots::RollingPivots,
    sum::Sum,
    testing::{bars, outputs, series},
    tsf::Tsf,
    ulcer::Ulcer,
    var::Var,
};

fn last(window: &[f64]) -> f64 {
    window[window.len() - 1]
}

/// The line of least squares at a row of a window, 0 the oldest.
fn line(window: &[f64], at: f64) -> f64 {
    let middle = (window.len() as f64 - 1.0) / 2.0;
    let rows = window.iter().enumerate().map(|(row, value)| (row as f64 - middle, value));
    let both: f64 = rows.clone().map(|(row, value)| row * (value - mean(window))).sum();
    let squares: f64 = rows.map(|(row, _)| row * row).sum();
    mean(window) + both / squares * (at - middle)
}

fn way(window: &[f64]) -> f64 {
    window.windows(2).map(|two| (two[1] - two[0]).abs()).sum()
}

proptest! {
    #[test]
    fn sums_and_spreads(values in prices(), rows in 2..30_u16) {
        let (period, length) = (Period::of(rows), usize::from(rows));
        let average = |window: &[f64]| {
            window.iter().map(|value| (value - mean(window)).abs()).sum::<f64>() / length as f64
        };
        check(&series(&Avgdev { period }, &values), &values, length, average)?;
        let sum = |window: &[f64]| window.iter().sum::<f64>();
        check(&series(&Sum { period: Period::of(rows) }, &values), &values, length, sum)?;
        // Squares are compared as their roots: that is what a tolerance relative to values fits.
        let variance = series(&Var { period: Period::of(rows) }, &values);
        let roots: Vec<Option<f64>> = variance.iter().map(|v| v.map(f64::sqrt)).collect();
        check(&roots, &values, length, deviation)?;
        let middle = |window: &[f64]| (highest(window) + lowest(window)) / 2.0;
        check(&series(&Midpoint { period }, &values), &values, length, middle)?;
        let both = outputs(&Minmax { period }, &[&values]);
        check(&both[0], &values, length, lowest)?;
        check(&both[1], &values, length, highest)?;
    }

    #[test]
    fn lines(values in prices(), rows in 2..30_u16) {
        let (period, length) = (Period::of(rows), usize::from(rows));
        let end = length as f64 - 1.0;
        let at_end = |window: &[f64]| line(window, end);
        check(&series(&Linearreg { period }, &values), &values, length, at_end)?;
        let next = |window: &[f64]| line(window, end + 1.0);
        check(&series(&Tsf { period }, &values), &values, length, next)?;
        let slope = |window: &[f64]| line(window, 1.0) - line(window, 0.0);
        check(&series(&LinearregSlope { period }, &values), &values, length, slope)?;
    }

    #[test]
    fn ranks(values in prices(), rows in 2..30_u16, share in 0..=20_u8) {
        let length = usize::from(rows);
        let percentile = Percent::of(5.0 * f64::from(share));
        let of = Percentile { period: Period::of(rows), percentile };
        let nearest = |window: &[f64]| {
            let mut sorted = window.to_vec();
            sorted.sort_by(f64::total_cmp);
            let rank = (u64::from(share) * length as u64).div_ceil(20) as usize;
            sorted[rank.max(1) - 1]
        };
        check(&series(&of, &values), &values, length, nearest)?;
        let below = |window: &[f64]| {
            let (now, before) = window.split_last().expect("not empty");
            100.0 * before.iter().filter(|value| *value < now).count() as f64 / length as f64
        };
        let rank = series(&Percentrank { period: Period::of(rows) }, &values);
        check(&rank, &values, length + 1, below)?;
    }

    #[test]
    fn ways(values in prices(), rows in 2..30_u16) {
        let (period, length) = (Period::of(rows), usize::from(rows));
        let straight = |window: &[f64]| {
            let distance = (last(window) - window[0]).abs();
            if way(window) <= distance { 1.0 } else { distance / way(window) }
        };
        let ratio = series(&Er { period }, &values);
        for (window, found) in values.windows(length + 1).zip(&ratio[length.min(ratio.len())..]) {
            prop_assert!((found.expect("warm") - straight(window)).abs() < 1e-6);
        }
        let volatility = series(&RealizedVolatility { period: Period::of(rows) }, &values);
        let roots = |window: &[f64]| {
            let squares = window.windows(2).map(|two| (two[1] / two[0]).ln().powi(2));
            squares.sum::<f64>().sqrt()
        };
        check(&volatility, &values, length + 1, roots)?;
        let falls = |window: &[f64]| {
            let fall = |row: usize| 100.0 * (window[row] / highest(&window[..=row]) - 1.0);
            ((0..length).map(|row| fall(row).powi(2)).sum::<f64>() / length as f64).sqrt()
        };
        let ulcer = series(&Ulcer { period: Period::of(rows) }, &values);
        for (window, found) in values.windows(length).zip(&ulcer[(length - 1).min(ulcer.len())..]) {
            prop_assert!((found.expect("warm") - falls(window)).abs() < 1e-9);
        }
    }

    #[test]
    fn bells(values in prices(), rows in 2..30_u16, top in 0..=4_u8) {
        let (length, share) = (usize::from(rows), f64::from(top) / 4.0);
        let alma = Alma {
            period: Period::of(rows),
            offset: Portion::of(share),
            sigma: Width::of(6.0),
        };
        let weighted = |window: &[f64]| {
            let width = length as f64 / 6.0;
            let middle = share * (length as f64 - 1.0);
            let weight = |row: usize| (-((row as f64 - middle) / width).powi(2) / 2.0).exp();
            let sum: f64 = window.iter().enumerate().map(|(row, value)| weight(row) * value).sum();
            sum / (0..length).map(weight).sum::<f64>()
        };
        check(&series(&alma, &values), &values, length, weighted)?;
    }

    #[test]
    fn pairs(values in prices(), steps in prop::collection::vec(-8..8_i8, 400), rows in 2..30_u16) {
        let (period, length) = (Period::of(rows), usize::from(rows));
        let other: Vec<f64> = values.iter().zip(&steps)
            .map(|(value, step)| value * (1.0 + f64::from(*step) / 1024.0))
            .collect();
        let inputs: [&[f64]; 2] = [&values[..other.len()], &other];
        let correlation = outputs(&Correl { period: Period::of(rows) }, &inputs).swap_remove(0);
        let found = outputs(&Cointegration { period }, &inputs);
        let both = inputs[0].windows(length).zip(inputs[1].windows(length));
        for (row, (a, b)) in both.enumerate() {
            let moves = |window: &[f64]| highest(window) - lowest(window) > 1e-6 * highest(window);
            if !moves(a) || !moves(b) {
                continue;
            }
            let row = row + length - 1;
            let of = |x: &[f64], y: &[f64]| -> f64 {
                x.iter().zip(y).map(|(x, y)| (x - mean(a)) * (y - mean(b))).sum()
            };
            let squares = |w: &[f64]| w.iter().map(|x| (x - mean(w)).powi(2)).sum::<f64>();
            let expected = of(a, b) / (squares(a) * squares(b)).sqrt();
            prop_assert!((correlation[row].expect("warm") - expected).abs() < 1e-6);
            let beta = of(a, b) / squares(b);
            let residual = (last(a) - mean(a)) - beta * (last(b) - mean(b));
            let tolerance = 1e-6 * highest(a).max(highest(b));
            prop_assert!((found[0][row].expect("warm") - residual).abs() < tolerance);
        }
    }

    #[test]
    fn channels(closes in prices(), rows in 2..30_u16) {
        let (period, length) = (Period::of(rows), usize::from(rows));
        let tape: Vec<[f64; 5]> =
            closes.iter().map(|close| [0.0, close * 1.01, close * 0.98, *close, 0.0]).collect();
        let tape = bars(&tape);
        let inputs: Vec<&[f64]> = tape.iter().map(|column| &column[..]).collect();
        let of = |indicator: &dyn Indicator| outputs(indicator, &inputs);
        let donchian = of(&Donchian { period });
        check(&donchian[0], &tape[1], length, highest)?;
        check(&donchian[2], &tape[2], length, lowest)?;
        let pivots = of(&RollingPivots { period: Period::of(rows) });
        let choppiness = of(&Choppiness { period }).swap_remove(0);
        for row in length..closes.len() {
            let before = row - length..row;
            let (top, bottom) = (highest(&tape[1][before.clone()]), lowest(&tape[2][before]));
            let pivot = (top + bottom + closes[row - 1]) / 3.0;
            prop_assert!((pivots[0][row].expect("warm") - pivot).abs() <= 1e-12 * pivot);
            let r1 = 2.0 * pivot - bottom;
            prop_assert!((pivots[1][row].expect("warm") - r1).abs() <= 1e-12 * top);
            let window = row + 1 - length..row + 1;
            let highs: Vec<f64> =
                window.clone().map(|row| tape[1][row].max(closes[row - 1])).collect();
            let lows: Vec<f64> = window.map(|row| tape[2][row].min(closes[row - 1])).collect();
            let way: f64 = highs.iter().zip(&lows).map(|(high, low)| high - low).sum();
            let share = way / (highest(&highs) - lowest(&lows));
            let expected = 100.0 * share.log10() / (length as f64).log10();
            prop_assert!((choppiness[row].expect("warm") - expected).abs() < 1e-6);
        }
    }
}
