//! Mark prices that stand in a file of candles beside one of funding rates.

use super::{Layout, SourceError, not_of_format, open_rows};
use schemas::{EventTime, Span, decimal::power_of_ten};
use std::{collections::BTreeMap, path::Path};

/// Mark prices by the second in which their candles begin, rounded to the scale of prices.
#[derive(Default)]
pub(super) struct Marks(BTreeMap<EventTime, i64>);

impl Marks {
    /// Reads the file whose name has the second word in place of the first.
    pub(super) fn beside(
        path: &Path,
        words: &[String; 2],
        layout: &Layout,
        scale: u8,
    ) -> Result<Marks, SourceError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.contains(&words[0]) {
            let expected = format!("a file of funding rates with `{}` in its name", words[0]);
            return Err(not_of_format(path, &expected, &name));
        }
        let path = path.with_file_name(name.replace(&words[0], &words[1]));
        let (mut rows, names) = open_rows(&path, layout)?;
        let place = |column: &str| {
            let found = names.iter().position(|name| name.eq_ignore_ascii_case(column));
            let expected = format!("a file of candles with a column `{column}`");
            found.ok_or_else(|| not_of_format(&path, &expected, names.join(", ")))
        };
        let (time, open) = (place(&layout.time.column)?, place("open")?);
        let (unit, mut marks) = (power_of_ten(scale) as f64, BTreeMap::new());
        while let Some(sound) = rows.next()? {
            let start = rows.cell(time).time(layout.time.unit);
            // Venues compute mark prices; a file may hold more places than prices of orders have.
            let price = rows.cell(open).float().map(|price| (price * unit).round());
            let price = price.filter(|price| (1.0..i64::MAX as f64).contains(price));
            let (Ok(()), Some(start), Some(price)) = (sound, start, price) else {
                let row = format!("row {}: {}", rows.number(), rows.raw());
                return Err(not_of_format(&path, "candles of mark prices", row));
            };
            marks.insert(start.floor(Span::SECOND), price as i64);
        }
        Ok(Marks(marks))
    }

    /// The mark price of a settlement, where there is one.
    pub(super) fn at(&self, settled: EventTime) -> Option<i64> {
        self.0.get(&settled.floor(Span::SECOND)).copied()
    }
}
