//! What there is to query: tables and their columns, as data and as print.

use super::output::Grid;
use super::table::extra_columns;
use super::{QueryError, Sql};
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::SchemaProvider;
use schemas::Table;
use std::io::Write;

/// A table of the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name.
    pub name: &'static str,
    /// One sentence about it.
    pub doc: &'static str,
    /// Market data (keyed by venue), or results (keyed by run)?
    pub market: bool,
    /// Committed rows; of result tables those of the session's run, if it has one.
    pub rows: u64,
    /// The files that they stand in.
    pub files: usize,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its SQL type.
    pub data_type: String,
    /// May it be null?
    pub nullable: bool,
    /// What it means; empty for columns of views.
    pub doc: String,
}

impl Sql {
    /// All tables of the lake.
    pub fn tables(&self) -> Vec<TableInfo> {
        let snapshot = self.catalog.snapshot();
        let info = |table: &Table| {
            let files = snapshot.files(*table);
            TableInfo {
                name: table.name(),
                doc: table.doc(),
                market: table.is_market(),
                rows: files.iter().map(|f| f.rows).sum(),
                files: files.len(),
            }
        };
        Table::ALL.iter().map(info).collect()
    }

    /// The columns of a table or view.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn columns(&self, name: &str) -> Result<Vec<ColumnInfo>, QueryError> {
        let name = name.trim().to_lowercase();
        if let Some(table) = Table::parse(&name) {
            let own = self.catalog.snapshot().columns(table);
            let info = |c: schemas::cell::Column| ColumnInfo {
                data_type: type_name(&c.data_type),
                name: c.name,
                nullable: c.nullable,
                doc: c.doc,
            };
            return Ok(own.into_iter().chain(extra_columns(table)).map(info).collect());
        }
        let found = futures::executor::block_on(self.schema.table(&name)).ok().flatten();
        let tables = self.schema.table_names();
        let view = found.ok_or(QueryError::UnknownTable { name, tables })?.schema();
        let info = |field: &std::sync::Arc<arrow::datatypes::Field>| ColumnInfo {
            name: field.name().clone(),
            data_type: type_name(field.data_type()),
            nullable: field.is_nullable(),
            doc: String::new(),
        };
        Ok(view.fields().iter().map(info).collect())
    }

    /// Prints the tables, or the columns of one: `\d` and `\d TABLE`.
    ///
    /// # Errors
    /// When there is no such table, or the output fails.
    pub fn describe(
        &self,
        table: Option<&str>,
        out: &mut (dyn Write + Send),
    ) -> Result<(), QueryError> {
        let Some(table) = table else {
            let columns = [("table", false), ("rows", true), ("files", true), ("holds", false)];
            let mut grid = Grid::new(&columns, usize::MAX, out);
            for table in self.tables() {
                let (rows, files) = (table.rows.to_string(), table.files.to_string());
                grid.row(vec![table.name.to_owned(), rows, files, table.doc.to_owned()])?;
            }
            grid.finish()?;
            return Ok(());
        };
        let columns = [("column", false), ("type", false), ("null", false), ("meaning", false)];
        let mut grid = Grid::new(&columns, usize::MAX, out);
        for column in self.columns(table)? {
            let null = if column.nullable { "yes" } else { "" };
            grid.row(vec![column.name, column.data_type, null.to_owned(), column.doc])?;
        }
        grid.finish()?;
        Ok(())
    }
}

/// A type as SQL calls it.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INTEGER".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Float32 => "REAL".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "TEXT".to_owned(),
        DataType::Date32 => "DATE".to_owned(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) => format!("TIMESTAMP {zone}"),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        other => other.to_string(),
    }
}
