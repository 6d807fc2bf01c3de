//! How the result of `tapeflow verify` is shown.

use super::numbers::{grouped, table};
use pipeline::verify::{Comparison, Difference, Verdict};
use std::fmt::Write;

/// A comparison in a line.
pub fn line(comparison: &Comparison) -> String {
    let Comparison { against, workers, processes, quantum, cut, restarts, rows, equal, .. } =
        comparison;
    let cut = cut.map_or(String::new(), |cut| format!(", cut at {cut}"));
    let cut = if *restarts > 0 { format!("{cut}, {restarts} restarts") } else { cut };
    let equal = if *equal { "equal" } else { "DIFFERENT" };
    let rows = grouped(*rows);
    let of = if *processes > 1 { format!("{processes} processes of ") } else { String::new() };
    format!("{of}{workers} workers, quantum {quantum}{cut}: {rows} rows, {equal} to the {against}")
}

/// What was compared, and the first difference.
pub fn text(verdict: &Verdict) -> String {
    let mut rows = table([
        "against",
        "processes",
        "workers",
        "quantum",
        "input cut at",
        "restarts",
        "rows",
        "",
    ]);
    for comparison in &verdict.compared {
        rows.add_row([
            comparison.against.to_owned(),
            comparison.processes.to_string(),
            comparison.workers.to_string(),
            comparison.quantum.to_string(),
            comparison.cut.map_or("-".to_owned(), |cut| cut.to_string()),
            comparison.restarts.to_string(),
            grouped(comparison.rows),
            if comparison.equal { "equal" } else { "DIFFERENT" }.to_owned(),
        ]);
    }
    let mut text = format!("{}\n\n", rows.trim_fmt());
    match &verdict.first_difference {
        None => {
            let n = verdict.compared.len();
            let _ = writeln!(text, "Every row of every table is equal in all {n} comparisons.");
        }
        Some(difference) => tell(difference, &mut text),
    }
    text
}

fn tell(difference: &Difference, text: &mut String) {
    let Difference { comparison, table, row, columns, expected, found } = difference;
    let nth = comparison + 1;
    let _ = writeln!(text, "First difference: comparison {nth}, table {table}, row {row}");
    for (name, expected, found) in columns {
        let _ = writeln!(text, "  {name}: expected {expected}, found {found}");
    }
    let absent = "no such row".to_owned();
    let _ = writeln!(text, "  expected: {}", expected.as_ref().unwrap_or(&absent));
    let _ = writeln!(text, "  found:    {}", found.as_ref().unwrap_or(&absent));
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Digest, EventTime, Span, Table};

    fn comparison(equal: bool) -> Comparison {
        Comparison {
            against: "oracle",
            workers: 2,
            processes: 1,
            quantum: Span(7_000_000),
            cut: Some(EventTime(0)),
            restarts: 0,
            tables: 3,
            rows: 1200,
            digest: Digest(0),
            equal,
        }
    }

    #[test]
    fn equal_and_different_are_told_apart() {
        let verdict = |equal, first_difference| Verdict {
            ok: equal,
            compared: vec![comparison(equal)],
            first_difference,
            expected: Default::default(),
        };
        let equal = verdict(true, None);
        assert!(text(&equal).contains("equal in all 1 comparisons"));
        let difference = Difference {
            comparison: 0,
            table: Table::Fills,
            row: 7,
            columns: vec![("price".to_owned(), "1".to_owned(), "2".to_owned())],
            expected: Some("price=1".to_owned()),
            found: None,
        };
        let shown = text(&verdict(false, Some(difference)));
        assert!(shown.contains("DIFFERENT"));
        assert!(shown.contains("comparison 1, table fills, row 7"));
        assert!(shown.contains("price: expected 1, found 2"));
        assert!(shown.contains("found:    no such row"));
        let cut = "2 workers, quantum 7ms, cut at 1970-01-01T00:00:00Z: 1,200 rows, ";
        assert_eq!(line(&comparison(true)), format!("{cut}equal to the oracle"));
    }
}
