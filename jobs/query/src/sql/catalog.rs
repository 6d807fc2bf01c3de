//! The committed files of the lake at one moment, and the columns of its tables.

use super::QueryError;
use arrow::datatypes::{DataType, Field};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use pipeline::lake::{Committed, FileEntry, JournalKind, Lake, LakeError};
use schemas::Table;
use schemas::cell::Column;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The lake as the session sees it. Reading it again makes newer commits visible.
#[derive(Debug)]
pub(crate) struct Catalog {
    lake: Option<Lake>,
    run: Option<String>,
    snapshot: RwLock<Arc<Snapshot>>,
}

/// What was committed at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    files: BTreeMap<Table, Vec<FileEntry>>,
    readings: Vec<Column>,
}

impl Catalog {
    /// Reads the lake; `run` narrows the result tables.
    pub(crate) fn open(lake: Option<Lake>, run: Option<String>) -> Result<Catalog, QueryError> {
        let catalog = Catalog { lake, run, snapshot: RwLock::default() };
        catalog.refresh()?;
        Ok(catalog)
    }

    /// Reads the lake again.
    pub(crate) fn refresh(&self) -> Result<(), QueryError> {
        let Some(lake) = &self.lake else { return Ok(()) };
        let snapshot = Arc::new(Snapshot::read(lake, self.run.as_deref())?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }

    /// The lake as last read.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Snapshot {
    fn read(lake: &Lake, run: Option<&str>) -> Result<Snapshot, QueryError> {
        let mut files: BTreeMap<Table, Vec<FileEntry>> = BTreeMap::new();
        let mut readings = Vec::new();
        for journal in lake.committed()? {
            let wanted = run.is_none_or(|run| (journal.kind, &*journal.name) == of_run(run));
            // A run has one job, and a job one set of readings: any of its files shows them.
            readings.extend(journal.files.iter().find(|f| f.table == Table::Readings).cloned());
            for file in journal.files.into_iter().filter(|f| wanted || f.table.is_market()) {
                files.entry(file.table).or_default().push(file);
            }
        }
        readings.retain(|file| files.get(&file.table).is_some_and(|all| all.contains(file)));
        for files in files.values_mut() {
            files.sort_by(|a, b| (a.min_ts, &a.path).cmp(&(b.min_ts, &b.path)));
        }
        Ok(Snapshot { files, readings: readings_columns(lake, &readings)? })
    }

    /// A table's files by (first event time, path).
    pub(crate) fn files(&self, table: Table) -> &[FileEntry] {
        self.files.get(&table).map(Vec::as_slice).unwrap_or_default()
    }

    /// The columns that stand in a table's files.
    pub(crate) fn columns(&self, table: Table) -> Vec<Column> {
        match table {
            Table::Readings if !self.readings.is_empty() => self.readings.clone(),
            table => table.columns(),
        }
    }
}

fn of_run(name: &str) -> (JournalKind, &str) {
    (JournalKind::Run, name)
}

/// The run that committed last; `None` when no run has.
///
/// # Errors
/// When the lake cannot be read.
pub fn latest_run(lake: &Lake) -> Result<Option<String>, QueryError> {
    // Manifests state no wall time, so that equal runs have equal bytes: the file has it.
    let time = |c: &Committed| lake.committed_when(&c.name, c.newest.epoch);
    let runs = lake.committed()?.into_iter().filter(|c| c.kind == JournalKind::Run);
    Ok(runs.max_by_key(|run| (time(run), run.name.clone())).map(|run| run.name))
}

/// The name of the run that a table is narrowed to.
pub(crate) fn find_run(lake: &Lake, name: &str) -> Result<String, QueryError> {
    let no_run = |runs| QueryError::NoRun { name: name.to_owned(), runs };
    if name == "latest" {
        return latest_run(lake)?.ok_or_else(|| no_run(Vec::new()));
    }
    let runs: Vec<String> = lake.list_runs()?.into_iter().map(|run| run.name).collect();
    if runs.iter().any(|run| run == name) { Ok(name.to_owned()) } else { Err(no_run(runs)) }
}

/// The union of the columns of some files of `readings`: those of every record outside, those
/// of the jobs in the order in which they are met between them.
fn readings_columns(lake: &Lake, files: &[FileEntry]) -> Result<Vec<Column>, QueryError> {
    let head = Table::Readings.columns();
    let mut named: Vec<Column> = Vec::new();
    for file in files {
        for field in fields(lake, file)?.iter() {
            if head.iter().any(|c| c.name == *field.name()) {
                continue;
            }
            match named.iter_mut().find(|c| c.name == *field.name()) {
                Some(column) => column.data_type = common(&column.data_type, field.data_type()),
                None => named.push(Column {
                    name: field.name().clone(),
                    data_type: field.data_type().clone(),
                    nullable: true,
                    doc: "named in the job file".to_owned(),
                }),
            }
        }
    }
    let split = head.iter().position(|c| c.name == "tainted").unwrap_or(head.len());
    let (lead, tail) = head.split_at(split);
    Ok([lead, &named, tail].concat())
}

fn fields(lake: &Lake, file: &FileEntry) -> Result<Vec<Arc<Field>>, QueryError> {
    let data = |error| LakeError::Data { path: file.path.clone(), error };
    let opened = lake.open_file(file)?;
    let footer = ArrowReaderMetadata::load(&opened, Default::default()).map_err(data)?;
    Ok(footer.schema().fields().iter().cloned().collect())
}

/// A type that the values of both can be shown in.
fn common(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (a, b) if a.is_numeric() && b.is_numeric() => DataType::Float64,
        _ => DataType::Utf8,
    }
}
