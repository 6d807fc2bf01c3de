//! What can go wrong with a query, in words that help the one who typed it.

use super::suggest::{did_you_mean, nearest};
use arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use pipeline::lake::LakeError;
use std::io;

/// A query that cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The lake cannot be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// There is no such directory.
    #[error("there is no lake at {0}: give its directory with --lake")]
    NoLake(String),
    /// No run of this name.
    #[error("the lake has no run `{name}`{}", did_you_mean(name, runs, "runs"))]
    NoRun {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        runs: Vec<String>,
    },
    /// The text is no SQL.
    #[error("syntax error{}: {message}", at(*line, *column))]
    Syntax {
        /// Line of the text, from 1; 0 when unknown.
        line: u64,
        /// Column of the line, from 1; 0 when unknown.
        column: u64,
        /// What was expected.
        message: String,
    },
    /// A table that is none of the lake's, no view and no file.
    #[error("there is no table `{name}`{}", did_you_mean(name, tables, "tables"))]
    UnknownTable {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        tables: Vec<String>,
    },
    /// A column that no table of the query has.
    #[error(
        "there is no column `{name}`{}{}",
        at(*line, *column),
        did_you_mean(name, columns, "columns")
    )]
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// Line of the statement, from 1; 0 when unknown.
        line: u64,
        /// Column of the line, from 1; 0 when unknown.
        column: u64,
        /// Columns of the tables in question.
        columns: Vec<String>,
    },
    /// A function that there is not.
    #[error("there is no function `{name}`{}", guess(name, best.as_deref()))]
    UnknownFunction {
        /// The name that was asked for.
        name: String,
        /// The one most like it.
        best: Option<String>,
    },
    /// A statement that would write.
    #[error("{0} is refused, the lake is read-only: query it and give --output FILE")]
    ReadOnly(String),
    /// A statement that is none of those understood.
    #[error("{0} is not supported here: use SELECT, WITH, EXPLAIN, SHOW, DESCRIBE, SET or VIEWs")]
    Unsupported(String),
    /// A view is made or dropped under the name of a table.
    #[error("`{0}` is a table of the lake, not a view: use another name")]
    Taken(String),
    /// One file holds one result.
    #[error("a Parquet file holds one result, but the text has {0} queries")]
    ManyResults(usize),
    /// A file in FROM that cannot be read.
    #[error("cannot read '{path}': {reason}")]
    File {
        /// As it was written.
        path: String,
        /// Why.
        reason: String,
    },
    /// The query makes no sense to the planner.
    #[error("{0}")]
    Plan(String),
    /// The memory limit was reached.
    #[error("the query needs more memory than the {limit_mib} MiB it may use: {reason}")]
    Memory {
        /// The limit in MiB.
        limit_mib: usize,
        /// What asked for how much.
        reason: String,
    },
    /// It failed while running.
    #[error("the query failed: {0}")]
    Failed(String),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

impl QueryError {
    /// Was the query refused before it ran? Programs exit with 2 then, else with 1.
    pub fn never_started(&self) -> bool {
        !matches!(self, QueryError::Memory { .. } | QueryError::Failed(_) | QueryError::Output(_))
    }

    /// Says what DataFusion means. `limit` is the session's memory limit in bytes.
    pub(crate) fn of(error: &DataFusionError, limit: usize) -> QueryError {
        let (line, column) = place(error);
        match error.find_root() {
            DataFusionError::SQL(error, _) => QueryError::syntax(error),
            DataFusionError::SchemaError(error, _) => match &**error {
                SchemaError::FieldNotFound { field, valid_fields } => QueryError::UnknownColumn {
                    name: field.quoted_flat_name().replace('"', ""),
                    line,
                    column,
                    columns: candidates(field, valid_fields),
                },
                SchemaError::AmbiguousReference { field } => {
                    let name = field.name();
                    QueryError::Plan(format!("`{name}` is in several tables: write TABLE.{name}"))
                }
                other => QueryError::Plan(other.to_string()),
            },
            DataFusionError::ResourcesExhausted(reason) => {
                let reason = reason.lines().next().unwrap_or_default().to_owned();
                QueryError::Memory { limit_mib: limit >> 20, reason }
            }
            DataFusionError::Plan(text) | DataFusionError::NotImplemented(text) => {
                QueryError::Plan(text.clone())
            }
            DataFusionError::Configuration(text) => QueryError::Plan(text.clone()),
            DataFusionError::ArrowError(error, _) => QueryError::arrow(error),
            other => QueryError::Failed(other.strip_backtrace()),
        }
    }

    /// Suggests one of these functions if one is unknown. DataFusion does so too, but chooses
    /// among equals by chance.
    pub(crate) fn with_functions(self, mut functions: Vec<String>) -> QueryError {
        let QueryError::Plan(text) = &self else { return self };
        let name = text.strip_prefix("Invalid function '").and_then(|rest| rest.split_once('\''));
        let Some((name, _)) = name else { return self };
        functions.sort();
        let best = nearest(name, &functions).cloned();
        QueryError::UnknownFunction { name: name.to_owned(), best }
    }

    /// What the columns' library reports; errors of the output come through it too.
    pub(crate) fn arrow(error: &ArrowError) -> QueryError {
        match error {
            ArrowError::IoError(_, io) => {
                QueryError::Output(io::Error::new(io.kind(), io.to_string()))
            }
            other => QueryError::Failed(other.to_string()),
        }
    }

    fn syntax(error: &ParserError) -> QueryError {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
            ParserError::RecursionLimitExceeded => "the query is nested too deeply",
        };
        // "Expected: an expression, found: FROM at Line: 1, Column: 8"
        let (message, place) = text.rsplit_once(" at Line: ").unwrap_or((text, ""));
        let (line, column) = place.split_once(", Column: ").unwrap_or_default();
        let number = |text: &str| text.parse().unwrap_or(0);
        let message = message.replace("Expected: ", "expected ").replace("found: ", "found ");
        QueryError::Syntax { line: number(line), column: number(column), message }
    }
}

/// The place that the planner points at.
fn place(error: &DataFusionError) -> (u64, u64) {
    let span = error.diagnostic().and_then(|d| d.span);
    span.map_or((0, 0), |span| (span.start.line, span.start.column))
}

/// The columns that could have been meant: of the named table, if there is one.
fn candidates(field: &Column, valid: &[Column]) -> Vec<String> {
    let of_table = |c: &&Column| field.relation.is_none() || c.relation == field.relation;
    let mut names: Vec<String> = valid.iter().filter(of_table).map(|c| c.name.clone()).collect();
    if names.is_empty() {
        names = valid.iter().map(|c| c.name.clone()).collect();
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn guess(name: &str, best: Option<&str>) -> String {
    match best {
        // As a window function there is.
        Some(best) if best.eq_ignore_ascii_case(name) => {
            format!(" of single rows: write {best}(…) OVER (ORDER BY ts)")
        }
        Some(best) => format!("; did you mean `{best}`?"),
        None => String::new(),
    }
}

fn at(line: u64, column: u64) -> String {
    if line == 0 { String::new() } else { format!(" at line {line}, column {column}") }
}
