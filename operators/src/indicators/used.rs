//! Which columns of a bar an indicator reads.

use super::{BAR_COLUMNS, IndicatorSpec, Input};

/// A bar whose prices all differ.
const BAR: [f64; BAR_COLUMNS.len()] = [10.0, 12.0, 9.0, 11.0, 5.0];

impl IndicatorSpec {
    /// The places in [`BAR_COLUMNS`] of the columns that it reads; of one that reads series, their
    /// numbers.
    ///
    /// It is asked rather than told: a null in a column that is read gives nulls and leaves no
    /// trace in the state, which holds for all of them.
    pub fn reads(&self) -> Vec<usize> {
        let indicator = self.indicator();
        if indicator.input() != Input::Bar {
            return (0..indicator.input().columns()).collect();
        }
        let fresh = indicator.start().snapshot();
        let is_read = |column: &usize| {
            let mut bar = BAR;
            bar[*column] = f64::NAN;
            let mut values = vec![[0.0]; indicator.outputs().len()];
            let mut state = indicator.start();
            state.run(
                &bar.each_ref().map(std::slice::from_ref),
                &mut values.iter_mut().map(|value| &mut value[..]).collect::<Vec<_>>(),
            );
            values.iter().all(|value| value[0].is_nan()) && state.snapshot() == fresh
        };
        (0..BAR_COLUMNS.len()).filter(is_read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_that_the_formula_names() {
        let examples = IndicatorSpec::examples();
        let reads = |kind: &str| {
            let example = examples.iter().find(|example| example.kind() == kind);
            let columns = example.expect("a kind").reads();
            columns.into_iter().map(|column| BAR_COLUMNS[column]).collect::<Vec<_>>()
        };
        assert_eq!(reads("atr"), ["high", "low", "close"]);
        assert_eq!(reads("adosc"), ["high", "low", "close", "volume"]);
        assert_eq!(reads("bop"), ["open", "high", "low", "close"]);
        assert_eq!(reads("aroon"), ["high", "low"]);
        assert_eq!(reads("obv"), ["close", "volume"]);
        assert_eq!(reads("qstick"), ["open", "close"]);
        assert_eq!(reads("cdldoji"), ["open", "high", "low", "close"]);
        assert_eq!(reads("ema").len(), 1);
        assert_eq!(reads("beta").len(), 2);
        assert!(examples.iter().all(|example| !example.reads().is_empty()));
    }
}
