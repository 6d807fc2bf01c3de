//! Results for people: columns aligned, numbers to the right.

use super::{QueryError, RowWriter};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// So many rows decide how wide the columns are; later ones are written as they come.
const SAMPLE_ROWS: usize = 1000;
/// Longer values are cut.
const CELL_WIDTH: usize = 60;

type Out<'a> = &'a mut (dyn Write + Send);

/// A table of texts.
pub(crate) struct Grid<'a> {
    out: Out<'a>,
    /// Name, to the right?, width.
    columns: Vec<(String, bool, usize)>,
    waiting: Vec<Vec<String>>,
    rows: u64,
    limit: usize,
}

impl<'a> Grid<'a> {
    /// An empty one; of each column the name and whether its values stand to the right.
    pub(crate) fn new(columns: &[(&str, bool)], limit: usize, out: Out<'a>) -> Grid<'a> {
        let column = |(name, right): &(&str, bool)| ((*name).to_owned(), *right, name.width());
        let columns = columns.iter().map(column).collect();
        Grid { out, columns, waiting: Vec::new(), rows: 0, limit }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) -> io::Result<()> {
        self.rows += 1;
        let cells: Vec<String> = cells.iter().map(|cell| fit(cell, self.limit)).collect();
        if self.rows > SAMPLE_ROWS as u64 {
            return self.line(&cells);
        }
        for (cell, (_, _, width)) in cells.iter().zip(&mut self.columns) {
            *width = cell.width().max(*width);
        }
        self.waiting.push(cells);
        if self.rows == SAMPLE_ROWS as u64 { self.settle() } else { Ok(()) }
    }

    /// Writes what waits; gives the number of rows, and what comes after them its place.
    pub(crate) fn finish(mut self) -> io::Result<(u64, Out<'a>)> {
        if self.rows < SAMPLE_ROWS as u64 {
            self.settle()?;
        }
        Ok((self.rows, self.out))
    }

    fn settle(&mut self) -> io::Result<()> {
        let names: Vec<String> = self.columns.iter().map(|(name, _, _)| name.clone()).collect();
        self.line(&names)?;
        let rule: Vec<String> =
            self.columns.iter().map(|(_, _, width)| "-".repeat(*width)).collect();
        self.line(&rule)?;
        for cells in std::mem::take(&mut self.waiting) {
            self.line(&cells)?;
        }
        Ok(())
    }

    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for (at, (cell, (_, right, width))) in cells.iter().zip(&self.columns).enumerate() {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if *right { (&*gap, "") } else { ("", &*gap) };
            line.extend([if at == 0 { "" } else { "  " }, before, cell, after]);
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

/// One line of at most `limit` columns of the terminal.
fn fit(cell: &str, limit: usize) -> String {
    let plain: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.width() <= limit {
        return plain;
    }
    let mut cut = String::new();
    for c in plain.chars() {
        if cut.width() + c.to_string().width() >= limit {
            break;
        }
        cut.push(c);
    }
    cut + "…"
}

pub(crate) struct GridWriter<'a>(Grid<'a>);

impl<'a> GridWriter<'a> {
    pub(crate) fn new(schema: &Schema, out: Out<'a>) -> Self {
        let right = |data_type: &DataType| data_type.is_numeric();
        let fields = schema.fields().iter();
        let columns: Vec<_> = fields.map(|f| (f.name().as_str(), right(f.data_type()))).collect();
        GridWriter(Grid::new(&columns, CELL_WIDTH, out))
    }
}

impl RowWriter for GridWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let options = FormatOptions::new();
        let columns = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>();
        let columns = columns.map_err(|error| QueryError::arrow(&error))?;
        for row in 0..batch.num_rows() {
            self.0.row(columns.iter().map(|c| c.value(row).to_string()).collect())?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        let (rows, out) = self.0.finish()?;
        Ok(writeln!(out, "({rows} row{})", if rows == 1 { "" } else { "s" })?)
    }
}

/// Plans as they are, each under its name.
pub(crate) struct PlanWriter<'a>(Out<'a>);

impl<'a> PlanWriter<'a> {
    pub(crate) fn new(out: Out<'a>) -> Self {
        PlanWriter(out)
    }
}

impl RowWriter for PlanWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let options = FormatOptions::new();
        for row in 0..batch.num_rows() {
            for column in batch.columns() {
                let column = ArrayFormatter::try_new(column, &options);
                let column = column.map_err(|error| QueryError::arrow(&error))?;
                writeln!(self.0, "{}", column.value(row).to_string().trim_end())?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_also_with_wide_letters() {
        let mut out = Vec::new();
        let mut grid = Grid::new(&[("name", false), ("n", true)], 6, &mut out);
        grid.row(vec!["日本".into(), "1".into()]).unwrap();
        grid.row(vec!["abc\ndefg".into(), "-20".into()]).unwrap();
        assert_eq!(grid.finish().unwrap().0, 2);
        let expected = "name      n\n------  ---\n日本      1\nabc d…  -20\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn rows_beyond_the_sample_are_written_at_once() {
        let mut out = Vec::new();
        let mut grid = Grid::new(&[("n", true)], 9, &mut out);
        for n in 0..SAMPLE_ROWS + 5 {
            grid.row(vec![n.to_string()]).unwrap();
            assert!(grid.waiting.len() < SAMPLE_ROWS);
        }
        grid.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), SAMPLE_ROWS + 7);
        assert_eq!(text.lines().last(), Some("1004"));
    }
}
