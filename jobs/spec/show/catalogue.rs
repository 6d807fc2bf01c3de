//! What a job file can name.

use super::{section, table};
use crate::spec::catalogue::{CatalogueEntry, Described, Group};
use std::fmt::Write as _;

/// The catalogue as a list: a line for each entry.
pub fn catalogue(entries: &[CatalogueEntry]) -> String {
    let mut out = String::new();
    for group in Group::ALL {
        let mut rows = table(["name", "what"]);
        for entry in entries.iter().filter(|entry| entry.group == group) {
            let what = if entry.title.is_empty() { &entry.doc } else { &entry.title };
            rows.add_row([&entry.name, what]);
        }
        section(&mut out, group.title(), &rows);
    }
    out.trim_start().to_owned()
}

/// One entry in full.
pub fn entry(entry: &CatalogueEntry) -> String {
    let title = if entry.title.is_empty() { String::new() } else { format!(": {}", entry.title) };
    let mut out = format!("{} ({}){title}\n\n{}\n", entry.name, entry.group, entry.doc);
    for (name, text) in [
        ("formula", &entry.formula),
        ("convention", &entry.convention),
        ("warm-up", &entry.warm_up),
        ("cost a row", &entry.cost),
        ("state of an instrument", &entry.state),
        ("source", &entry.source),
    ] {
        if let Some(text) = text {
            let _ = writeln!(out, "{name}: {text}");
        }
    }
    for (title, list) in [("Parameters", &entry.parameters), ("Outputs", &entry.outputs)] {
        let mut rows = table(["name", "values", "what"]);
        for Described { name, kind, doc } in list {
            rows.add_row([name, kind, doc]);
        }
        section(&mut out, title, &rows);
    }
    let _ = write!(out, "\nExample\n {}\n", entry.example);
    out
}
