//! `tapeflow schema`: what a job file may hold, and what a table does.

use super::{
    Failure, Outcome,
    output::{print, print_json},
};
use crate::report::numbers::table;
use crate::spec::job_schema;
use anyhow::anyhow;
use clap::Args;
use query::Sql;
use schemas::Table;
use serde::Serialize;

/// Print the JSON Schema of job files, or the columns of a table
///
/// An editor that knows TOML schemas can use the former to complete and check job files.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tapeflow schema job > job.schema.json\n  tapeflow schema fills"
)]
pub struct SchemaArgs {
    /// job, or the name of a table
    #[arg(value_name = "job|TABLE")]
    name: String,
    /// Print one JSON object instead of text (of a job it always is)
    #[arg(long)]
    json: bool,
}

/// A table's columns for programs.
#[derive(Serialize)]
struct TableSchema {
    table: &'static str,
    doc: &'static str,
    columns: Vec<ColumnSchema>,
}

#[derive(Serialize)]
struct ColumnSchema {
    name: String,
    #[serde(rename = "type")]
    sql_type: String,
    nullable: bool,
    doc: String,
}

impl SchemaArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        if self.name == "job" {
            return print_json(&job_schema());
        }
        let Some(table) = Table::parse(&self.name) else {
            let known: Vec<&str> = Table::ALL.iter().map(|t| t.name()).collect();
            return Err(Failure::NotStarted(anyhow!(
                "there is no schema `{}`: ask for job or for a table ({})",
                self.name,
                known.join(", ")
            )));
        };
        let schema = describe(table)?;
        match self.json {
            true => print_json(&schema),
            false => print(&text(&schema)),
        }
    }
}

fn describe(table: Table) -> Result<TableSchema, Failure> {
    let columns = Sql::without_lake()
        .and_then(|sql| sql.columns(table.name()))
        .map_err(super::sql::failure)?
        .into_iter()
        .map(|c| ColumnSchema {
            name: c.name,
            sql_type: c.data_type,
            nullable: c.nullable,
            doc: c.doc,
        });
    Ok(TableSchema { table: table.name(), doc: table.doc(), columns: columns.collect() })
}

fn text(schema: &TableSchema) -> String {
    let mut rows = table(["column", "type", "null", "meaning"]);
    for column in &schema.columns {
        let null = if column.nullable { "yes" } else { "" };
        rows.add_row([&column.name, &column.sql_type, null, &column.doc]);
    }
    format!("{}: {}\n\n{}\n", schema.table, schema.doc, rows.trim_fmt())
}
