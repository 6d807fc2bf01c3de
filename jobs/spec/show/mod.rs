//! A plan and the catalogue for people: tables without colour, as wide as the terminal allows.

mod catalogue;
mod chart;
mod plan;

pub use catalogue::{catalogue, entry};
pub use chart::{Line, WIDTH, chart};
pub use plan::{plan, plan_json};

use comfy_table::{ContentArrangement, Table, presets};
use std::fmt::Write as _;

fn table<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head);
    table
}

fn section(out: &mut String, title: &str, table: &Table) {
    if table.row_count() > 0 {
        let lines: String =
            table.trim_fmt().lines().map(|l| format!("{}\n", l.trim_end())).collect();
        let _ = write!(out, "\n{title}\n{lines}");
    }
}
