//! Which rows of a batch go to which folder.

use arrow::array::{Array, StringArray, UInt32Array};
use std::collections::BTreeMap;
use std::ops::Range;

const DAY_NS: i64 = 86_400_000_000_000;

/// Runs of rows of one UTC day each, as (days since 1970, rows).
pub(crate) fn days(ts: &[i64]) -> Vec<(i64, Range<usize>)> {
    let mut runs: Vec<(i64, Range<usize>)> = Vec::new();
    for (row, ts) in ts.iter().enumerate() {
        let day = ts.div_euclid(DAY_NS);
        match runs.last_mut() {
            Some((last, run)) if *last == day => run.end = row + 1,
            _ => runs.push((day, row..row + 1)),
        }
    }
    runs
}

/// The rows of each venue (of `venue:symbol`), none first, then by name.
pub(crate) fn venues(instruments: &StringArray) -> Vec<(Option<&str>, UInt32Array)> {
    let mut parts: BTreeMap<Option<&str>, Vec<u32>> = BTreeMap::new();
    let venue = |row: usize| {
        instruments.is_valid(row).then(|| {
            let text = instruments.value(row);
            text.split_once(':').map_or(text, |(venue, _)| venue)
        })
    };
    let mut row = 0;
    while row < instruments.len() {
        let first = venue(row);
        let same = (row..instruments.len()).take_while(|r| venue(*r) == first).count();
        parts.entry(first).or_default().extend((row..row + same).map(|r| r as u32));
        row += same;
    }
    parts.into_iter().map(|(venue, rows)| (venue, rows.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_at_midnight_utc_before_1970_too() {
        let ts = [-1, 0, DAY_NS - 1, DAY_NS, DAY_NS + 5];
        assert_eq!(days(&ts), [(-1, 0..1), (0, 1..3), (1, 3..5)]);
        assert_eq!(days(&[i64::MIN, i64::MAX]).len(), 2);
    }

    #[test]
    fn venues_keep_the_order_of_their_rows() {
        let texts = StringArray::from(vec![Some("b:X"), Some("a:X"), None, Some("b:Y")]);
        let parts: Vec<(Option<&str>, Vec<u32>)> =
            venues(&texts).into_iter().map(|(v, r)| (v, r.values().to_vec())).collect();
        assert_eq!(parts, [(None, vec![2]), (Some("a"), vec![1]), (Some("b"), vec![0, 3])]);
    }
}
