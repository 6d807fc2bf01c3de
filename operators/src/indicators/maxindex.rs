//! Index of the highest value.
//!
//! - Formula: `row of the highest of x[t-n+1..=t], 0 the first row of all`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MAXINDEX: rows without input do not count; of equal ones the last that
//!   came, or, in the first window and once that one has left, the first.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row amortised, at most n values held.
//! - Source: TA-Lib `MAXINDEX`.

use super::{About, Definition, Output, Period, Unit, extreme::PlaceOfHighest};

parameters! {
    /// When the highest of the last values was.
    pub struct Maxindex {
        /// Rows in the window.
        pub period: Period<2> = "30",
    }
}

impl Definition for Maxindex {
    const ABOUT: About = About {
        title: "Index of the highest value",
        formula: "row of the highest of x[t-n+1..=t], 0 the first row of all",
        convention: "TA-Lib MAXINDEX: rows without input do not count; of equal ones the last that \
                     came, or, in the first window and once that one has left, the first",
        warm_up: "n - 1 rows",
        cost: "O(1) amortised",
        source: "TA-Lib MAXINDEX",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = PlaceOfHighest;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("rows"), "A number of rows.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> PlaceOfHighest {
        PlaceOfHighest::default()
    }

    #[inline(always)]
    fn step(&self, place: &mut PlaceOfHighest, value: f64) -> [f64; 1] {
        [place.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Maxindex;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let index = Maxindex { period: Period::of(3) };
        let values = [3.0, 5.0, 5.0, 1.0, 5.0, 4.0, 1.0, 1.0];
        let found = [1.0, 1.0, 2.0, 4.0, 4.0, 5.0].map(Some);
        assert_eq!(series(&index, &values)[2..], found);
    }
}
