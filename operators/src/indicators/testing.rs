//! Running an indicator over a few rows, for the tests beside each one.

use super::{BAR_COLUMNS, Indicator};

/// Rows of open, high, low, close, volume as columns.
pub fn bars(rows: &[[f64; 5]]) -> Vec<Vec<f64>> {
    (0..BAR_COLUMNS.len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

/// All outputs; `None` is null.
pub fn outputs(indicator: &dyn Indicator, inputs: &[&[f64]]) -> Vec<Vec<Option<f64>>> {
    let mut columns = vec![vec![0.0; inputs[0].len()]; indicator.outputs().len()];
    let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(|column| &mut column[..]).collect();
    indicator.start().run(inputs, &mut slices);
    let shown = |value: f64| (!value.is_nan()).then_some(value);
    columns.into_iter().map(|column| column.into_iter().map(shown).collect()).collect()
}

/// All outputs over bars.
pub fn outputs_of_bars(indicator: &dyn Indicator, bars: &[Vec<f64>]) -> Vec<Vec<Option<f64>>> {
    let inputs: Vec<&[f64]> = bars.iter().map(|column| &column[..]).collect();
    outputs(indicator, &inputs)
}

/// The first output over one series.
pub fn series(indicator: &dyn Indicator, values: &[f64]) -> Vec<Option<f64>> {
    outputs(indicator, &[values]).swap_remove(0)
}

/// The first output over bars.
pub fn series_of_bars(indicator: &dyn Indicator, bars: &[Vec<f64>]) -> Vec<Option<f64>> {
    outputs_of_bars(indicator, bars).swap_remove(0)
}

/// A walk of bars that repeats for a seed: some flat, some without volume.
pub fn walk(seed: u64, rows: usize) -> Vec<Vec<f64>> {
    let mut random = Random(seed);
    let mut close = 40_000.0;
    let mut tape = Vec::with_capacity(rows);
    for _ in 0..rows {
        let open = close;
        let still = random.below(5) == 0;
        close += if still { 0.0 } else { (random.below(2001) as f64 - 1000.0) / 16.0 };
        let [above, below] = [(); 2].map(|()| if still { 0 } else { random.below(400) });
        let (high, low) =
            (open.max(close) + above as f64 / 8.0, open.min(close) - below as f64 / 8.0);
        tape.push([open, high, low, close, random.below(1_000_000) as f64 / 1024.0]);
    }
    bars(&tape)
}

/// A small generator of numbers (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Null in a table of expected values.
pub const NULL: f64 = f64::NAN;

/// Checks every output over columns, to within rounding.
#[track_caller]
pub fn expect(indicator: &dyn Indicator, inputs: &[&[f64]], expected: &[&[f64]]) {
    let found = outputs(indicator, inputs);
    assert_eq!(found.len(), expected.len(), "outputs");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len(), "rows");
        for (row, (found, expected)) in found.iter().zip(*expected).enumerate() {
            let same = match found {
                None => expected.is_nan(),
                Some(found) => (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
            };
            assert!(same, "row {row}: {found:?}, expected {expected}");
        }
    }
}

/// Checks every output over rows of open, high, low, close, volume.
#[track_caller]
pub fn expect_bars(indicator: &dyn Indicator, rows: &[[f64; 5]], expected: &[&[f64]]) {
    let bars = bars(rows);
    let inputs: Vec<&[f64]> = bars.iter().map(|column| &column[..]).collect();
    expect(indicator, &inputs, expected);
}

/// Checks the only output over one series.
#[track_caller]
pub fn expect_series(indicator: &dyn Indicator, values: &[f64], expected: &[f64]) {
    expect(indicator, &[values], &[expected]);
}
