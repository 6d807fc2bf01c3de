//! `tapeflow schema`: what a job file may hold, and what tables and topics do.

use super::{
    Failure, Outcome,
    output::{print, print_json},
};
use crate::report::numbers::table;
use crate::spec::job_schema;
use anyhow::anyhow;
use clap::Args;
use query::Sql;
use schemas::{Table, wire::results::ResultType};
use serde::Serialize;

/// Print the JSON Schema of job files, the columns of a table, or the records of a topic
///
/// An editor that knows TOML schemas can use the former to complete and check job files.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tapeflow schema job > job.schema.json\n  tapeflow schema fills\n  \
                  tapeflow schema fill\n  tapeflow schema --topic portfolio"
)]
pub struct SchemaArgs {
    /// job, the name of a table, or the type of a topic's records
    #[arg(value_name = "job|TABLE|TOPIC")]
    name: String,
    /// Of a table and a record that have the same name, the record
    #[arg(long)]
    topic: bool,
    /// Print one JSON object instead of text (of a job it always is)
    #[arg(long)]
    json: bool,
}

/// A record's fields for programs.
#[derive(Serialize)]
struct TopicSchema {
    record: &'static str,
    doc: &'static str,
    fields: Vec<FieldSchema>,
}

#[derive(Serialize)]
struct FieldSchema {
    name: String,
    #[serde(rename = "type")]
    form: &'static str,
    required: bool,
    doc: String,
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
        let table = Table::parse(&self.name).filter(|_| !self.topic);
        let Some(table) = table else { return self.execute_topic() };
        let schema = describe(table)?;
        match self.json {
            true => print_json(&schema),
            false => print(&text(&schema)),
        }
    }
}

impl SchemaArgs {
    fn execute_topic(&self) -> Outcome {
        let mut types = ResultType::ALL.iter();
        let Some(record) = types.find(|record| record.as_str() == self.name) else {
            let tables: Vec<&str> = Table::ALL.iter().map(|t| t.name()).collect();
            let types: Vec<&str> = ResultType::ALL.iter().map(|t| t.as_str()).collect();
            return Err(Failure::NotStarted(anyhow!(
                "there is no schema `{}`: ask for job, for a table ({}) or for a record of \
                 results ({})",
                self.name,
                tables.join(", "),
                types.join(", ")
            )));
        };
        let schema = describe_topic(*record);
        match self.json {
            true => print_json(&schema),
            false => print(&topic_text(&schema)),
        }
    }
}

fn describe_topic(record: ResultType) -> TopicSchema {
    let fields = record.fields().into_iter().map(|f| FieldSchema {
        name: f.name,
        form: f.form,
        required: f.required,
        doc: f.doc,
    });
    TopicSchema { record: record.as_str(), doc: record.doc(), fields: fields.collect() }
}

fn topic_text(schema: &TopicSchema) -> String {
    let mut rows = table(["field", "type", "may be absent", "meaning"]);
    for field in &schema.fields {
        let absent = if field.required { "" } else { "yes" };
        rows.add_row([&*field.name, field.form, absent, &field.doc]);
    }
    format!("{}: {}\n\n{}\n", schema.record, schema.doc, rows.trim_fmt())
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
