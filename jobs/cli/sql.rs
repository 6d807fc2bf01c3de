//! `tapeflow sql`: queries the lake, and files beside it.

use super::{Failure, Outcome, repl::prompt};
use anyhow::{Context, anyhow};
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use query::{Format, QueryError, Sql};
use std::{
    fs::{self, File},
    io::{self, BufWriter, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  tapeflow sql \"SELECT instrument, count(*) AS trades FROM trades GROUP BY instrument\"
  tapeflow sql --run latest --format csv --output fills.csv \"SELECT * FROM fills\"
  tapeflow sql \"SELECT max(price) FROM 'ticks.parquet'\"
  tapeflow sql                      a prompt: \\d lists tables, \\d trades columns, \\q leaves";

/// Query the lake with SQL
///
/// Every table of the lake is there by name, market data with `venue`, `symbol` and `date`,
/// results with `run`, `symbol` and `date` as further columns; what is not committed is not
/// there. Without a query there is a prompt on a terminal, else the query comes from stdin.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SqlArgs {
    /// Directory of the lake [default: ./lake]
    #[arg(long, value_name = "URL", env = "TAPEFLOW_LAKE")]
    lake: Option<String>,
    /// Only results of this run, or of the one that committed last: latest
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// Form of the result [default: by the name of --output, else table]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: Option<Format>,
    /// Write the result to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Read the query from this file
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    file: Option<PathBuf>,
    /// The query; several are separated by semicolons
    #[arg(value_name = "QUERY")]
    query: Option<String>,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|text| text.parse())
}

impl SqlArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let format = self.form()?;
        let text = self.text()?;
        let sql = self.open()?;
        match (text, &self.output) {
            (None, _) => prompt(&sql, format),
            (Some(text), None) => {
                let mut out = Pipe { out: BufWriter::new(io::stdout()), closed: false };
                match sql.run(&text, format, &mut out) {
                    // Whoever read the output has seen enough.
                    Err(_) if out.closed => Ok(()),
                    result => result.map(|_| ()).map_err(failure),
                }
            }
            (Some(text), Some(path)) => write_file(&sql, &text, format, path),
        }
    }

    /// The query; none means that there shall be a prompt.
    fn text(&self) -> Result<Option<String>, Failure> {
        if let Some(query) = &self.query {
            return Ok(Some(query.clone()));
        }
        if let Some(path) = &self.file {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read the query {}", path.display()));
            return text.map(Some).map_err(Failure::NotStarted);
        }
        if io::stdin().is_terminal() {
            return Ok(None);
        }
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text).context("cannot read the query");
        read.map_err(Failure::NotStarted)?;
        Ok(Some(text))
    }

    fn form(&self) -> Result<Format, Failure> {
        let named = self.output.as_deref().and_then(Path::extension).and_then(|e| e.to_str());
        let by_name = named.and_then(|kind| kind.parse().ok());
        match (self.format.or(by_name), &self.output) {
            (Some(Format::Parquet), None) => {
                Err(Failure::NotStarted(anyhow!("--format parquet needs --output FILE")))
            }
            (format, _) => Ok(format.unwrap_or(Format::Table)),
        }
    }

    fn open(&self) -> Result<Sql, Failure> {
        let url = self.lake.as_deref().unwrap_or("./lake");
        let path = Path::new(url.strip_prefix("file://").unwrap_or(url));
        // Files can be queried where no lake is, unless one was asked for.
        let somewhere = path.is_dir() || url.contains("://");
        if self.lake.is_none() && self.run.is_none() && !somewhere {
            return Sql::without_lake().map_err(failure);
        }
        Sql::open(path, self.run.as_deref()).map_err(failure)
    }
}

/// Knows that its reader has gone, whatever the layers above make of the error.
struct Pipe<W> {
    out: W,
    closed: bool,
}

impl<W> Pipe<W> {
    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.closed |= result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
        result
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.watch(result)
    }
}

/// Writes the result beside its file and puts it there once it is whole.
fn write_file(sql: &Sql, text: &str, format: Format, path: &Path) -> Outcome {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let create = File::create(&partial)
        .with_context(|| format!("cannot write {}", partial.display()))
        .map_err(Failure::NotStarted)?;
    let mut out = BufWriter::new(create);
    let written = sql
        .run(text, format, &mut out)
        .map_err(failure)
        .and_then(|rows| Ok((rows, out.flush()?, fs::rename(&partial, path)?).0));
    match written {
        Ok(rows) => {
            eprintln!("{rows} rows in {}", path.display());
            Ok(())
        }
        Err(failure) => {
            // What failed is told; that its rest stays as well would be noise.
            let _ = fs::remove_file(&partial);
            Err(failure)
        }
    }
}

/// A query that was refused has never started.
pub fn failure(error: QueryError) -> Failure {
    match error.never_started() {
        true => Failure::not_started(error),
        false => Failure::failed(error),
    }
}
