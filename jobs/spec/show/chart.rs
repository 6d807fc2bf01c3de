//! A small chart in characters.

use std::fmt::Write as _;

/// Columns of a chart: the last rows that fit are drawn.
pub const WIDTH: usize = 72;
const HEIGHT: usize = 14;
const MARKS: &[u8] = b"*+ox#=@%";

/// A line of a chart; NaN is null.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its values, one a row.
    pub values: Vec<f64>,
}

/// Draws the last rows of lines over each other, on one scale, with a legend below; later ones
/// lie behind.
pub fn chart(lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| line.values.len()).max().unwrap_or(0);
    let from = rows.saturating_sub(WIDTH);
    let shown = |line: &Line| line.values.get(from..).unwrap_or_default().to_vec();
    let shown: Vec<Vec<f64>> = lines.iter().map(shown).collect();
    let all = || shown.iter().flatten().copied().filter(|value| value.is_finite());
    let (lowest, highest) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
    if lowest > highest {
        return "There is no value in these rows.\n".to_owned();
    }
    let mut cells = [[b' '; WIDTH]; HEIGHT];
    for (values, mark) in shown.iter().zip(MARKS).rev() {
        for (column, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            // Halved, as the difference of two large numbers may be none.
            let part = (highest / 2.0 - value / 2.0) / (highest / 2.0 - lowest / 2.0);
            let part = if part.is_finite() { part } else { 0.5 };
            cells[(part * (HEIGHT - 1) as f64).round() as usize][column] = *mark;
        }
    }
    let labels = [number(highest), number(lowest)];
    let width = labels.iter().map(String::len).max().unwrap_or(0);
    let mut out = String::new();
    for (row, cells) in cells.iter().enumerate() {
        let label = match row {
            0 => labels[0].as_str(),
            _ if row == HEIGHT - 1 => labels[1].as_str(),
            _ => "",
        };
        let text = String::from_utf8_lossy(cells);
        let _ = writeln!(out, "{}", format!("{label:>width$} | {text}").trim_end());
    }
    let legend = lines.iter().zip(MARKS);
    let legend = legend.map(|(line, mark)| format!("{} {}", char::from(*mark), line.name));
    let _ = writeln!(out, "{:width$}   {}", "", legend.collect::<Vec<_>>().join("   "));
    out
}

/// Seven digits are enough for an axis.
fn number(value: f64) -> String {
    let whole = value.abs().max(1.0).log10() as i32 + 1;
    match whole {
        ..=9 => format!("{value:.0$}", (7 - whole).clamp(0, 6) as usize),
        _ => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, values: &[f64]) -> Line {
        Line { name: name.to_owned(), values: values.to_vec() }
    }

    #[test]
    fn lines_share_a_scale_and_nulls_are_left_out() {
        let text = chart(&[line("a", &[f64::NAN, 1.0, 14.0]), line("b", &[1.0, 1.0, 1.0])]);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), HEIGHT + 1);
        assert_eq!(rows[0], "14.00000 |   *");
        assert_eq!(rows[1], "         |");
        assert_eq!(rows[HEIGHT - 1], "1.000000 | +*+");
        assert_eq!(rows[HEIGHT], "           * a   + b");
    }

    #[test]
    fn only_the_last_rows_are_drawn() {
        let values: Vec<f64> = (0..500).map(f64::from).collect();
        let text = chart(&[line("a", &values)]);
        assert!(text.starts_with("499.0000 | ") && text.contains("428.0000 | *"), "{text}");
        assert!(text.lines().all(|row| row.len() <= 11 + WIDTH));
    }

    #[test]
    fn a_flat_line_and_nothing_at_all() {
        assert!(chart(&[line("a", &[5.0; 3])]).contains("***"));
        assert_eq!(chart(&[line("a", &[f64::NAN])]), "There is no value in these rows.\n");
        assert_eq!(chart(&[]), "There is no value in these rows.\n");
        assert!(chart(&[line("a", &[-1e140, 1e140, 0.0])]).contains("1.000e140"));
    }
}
