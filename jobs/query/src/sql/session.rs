//! A session: opens the lake, plans statements and streams their rows to a writer.

use super::catalog::{Catalog, find_run};
use super::output::{Format, RowWriter, plan_writer, writer};
use super::schema::LakeSchema;
use super::statement::{Answer, Parsed, parse};
use super::store::{LakeStore, address};
use super::{QueryError, files, functions};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider};
use datafusion::common::{DataFusionError, TableReference};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use pipeline::lake::Lake;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// A session of SQL over a lake.
///
/// ```
/// let sql = query::Sql::without_lake()?;
/// let mut out = Vec::new();
/// let rows = sql.run("SELECT 1 + 1 AS two", query::Format::Csv, &mut out)?;
/// assert_eq!((rows, &out[..]), (1, &b"two\n2\n"[..]));
/// # Ok::<(), query::QueryError>(())
/// ```
pub struct Sql {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) schema: Arc<LakeSchema>,
    pub(crate) context: SessionContext,
    runtime: Runtime,
    memory_bytes: usize,
}

impl Sql {
    /// Opens a lake; `run` narrows the result tables to the run of this name, or to the one that
    /// committed last if it is `latest`.
    ///
    /// # Errors
    /// When there is no such lake or run, or a manifest cannot be used.
    pub fn open(lake: &Path, run: Option<&str>) -> Result<Sql, QueryError> {
        let no_lake = || QueryError::NoLake(lake.display().to_string());
        let lake = Lake::open(lake.to_str().ok_or_else(no_lake)?)?;
        if !lake.is_there()? {
            return Err(no_lake());
        }
        let run = run.map(|name| find_run(&lake, name)).transpose()?;
        Sql::start(Some(lake), run)
    }

    /// A session in which every table of the lake is empty: for files.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn without_lake() -> Result<Sql, QueryError> {
        Sql::start(None, None)
    }

    fn start(lake: Option<Lake>, run: Option<String>) -> Result<Sql, QueryError> {
        let threads = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let memory_bytes = memory_limit();
        let fail = |error: DataFusionError| QueryError::of(&error, memory_bytes);
        // Tells the largest consumers when memory runs out; sorts and joins spill before that.
        let consumers = NonZeroUsize::new(3).expect("3 is not 0");
        let pool = TrackConsumersPool::new(FairSpillPool::new(memory_bytes), consumers);
        let environment =
            RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).build_arc().map_err(fail)?;
        if let Some(lake) = &lake {
            let store = lake.objects().map_err(|error| fail(error.into()))?;
            let store = LakeStore::new(store);
            environment.register_object_store(address().as_ref(), Arc::new(store));
        }
        let mut config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema("tapeflow", "lake");
        config.options_mut().sql_parser.collect_spans = true;
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .with_runtime_env(environment)
            .build();
        let context = SessionContext::new_with_state(state);
        functions::register(&context);
        let catalog = Arc::new(Catalog::open(lake, run)?);
        let schema = Arc::new(LakeSchema::new(catalog.clone()));
        let names = MemoryCatalogProvider::new();
        names.register_schema("lake", schema.clone()).map_err(fail)?;
        context.register_catalog("tapeflow", Arc::new(names));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("sql")
            .enable_all()
            .build()?;
        Ok(Sql { catalog, schema, context, runtime, memory_bytes })
    }

    /// Makes visible what was committed since the session was opened or last refreshed.
    ///
    /// # Errors
    /// When a manifest cannot be used.
    pub fn refresh(&self) -> Result<(), QueryError> {
        self.catalog.refresh()
    }

    /// Runs the statements of a text one after the other and writes their rows; gives their
    /// number. Rows are written as they come. Must not be called from async code.
    ///
    /// # Errors
    /// When a statement cannot be understood or run, or its rows cannot be written. Statements
    /// before it have run then, but none when the text is no SQL.
    pub fn run(
        &self,
        text: &str,
        format: Format,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, QueryError> {
        let statements = parse(text)?;
        let results = statements.iter().filter(|s| s.answer != Answer::Nothing).count();
        if format == Format::Parquet && results > 1 {
            return Err(QueryError::ManyResults(results));
        }
        let mut rows = 0;
        for statement in statements {
            rows += self.runtime.block_on(self.run_one(statement, format, out))?;
        }
        out.flush()?;
        Ok(rows)
    }

    async fn run_one(
        &self,
        parsed: Parsed,
        format: Format,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, QueryError> {
        let fail = |error: DataFusionError| QueryError::of(&error, self.memory_bytes);
        let state = self.context.state();
        for name in state.resolve_table_references(&parsed.statement).map_err(fail)? {
            self.resolve(&state, &name).await?;
        }
        let plan = state.statement_to_plan(parsed.statement).await;
        let plan = plan.map_err(|error| fail(error).with_functions(functions::names(&state)))?;
        // The parsed statement was checked; this holds if a new kind of statement slips through.
        SQLOptions::new().with_allow_dml(false).verify_plan(&plan).map_err(fail)?;
        functions::check(&plan).map_err(fail)?;
        let frame = self.context.execute_logical_plan(plan).await.map_err(fail)?;
        let mut stream = frame.execute_stream().await.map_err(fail)?;
        let schema = stream.schema();
        let mut writer: Box<dyn RowWriter> = match (parsed.answer, format) {
            (Answer::Nothing, _) => return Ok(0),
            (Answer::Plan, Format::Table) => plan_writer(out),
            _ => writer(format, schema, out)?,
        };
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(fail)?;
            rows += batch.num_rows() as u64;
            writer.write(&batch)?;
        }
        writer.finish()?;
        Ok(rows)
    }

    /// Refuses a name that stands for nothing, with better words than the planner has; opens
    /// the file that it stands for.
    async fn resolve(&self, state: &SessionState, name: &TableReference) -> Result<(), QueryError> {
        let TableReference::Bare { table } = name else { return self.resolve_qualified(name) };
        if files::looks_like_file(table) {
            let file = files::open(state, table).await?;
            self.schema.put_file(table, file);
        } else if !self.schema.table_exist(table) && !state.table_functions().contains_key(&**table)
        {
            let (name, tables) = (table.to_string(), self.schema.table_names());
            return Err(QueryError::UnknownTable { name, tables });
        }
        Ok(())
    }

    fn resolve_qualified(&self, name: &TableReference) -> Result<(), QueryError> {
        let file = name.to_string();
        match name.schema() {
            Some("information_schema" | "lake") => Ok(()),
            _ if files::looks_like_file(&file) => {
                let reason = format!("write the name of a file in quotes, as in FROM '{file}'");
                Err(QueryError::File { path: file, reason })
            }
            _ => Err(QueryError::UnknownTable { name: file, tables: self.schema.table_names() }),
        }
    }
}

/// Half of the machine's memory, or of what the container may have.
fn memory_limit() -> usize {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let meminfo = read("/proc/meminfo");
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let total = total.and_then(|kib| kib.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    let machine = total.map_or(2 << 30, |kib| kib << 10);
    let container = read("/sys/fs/cgroup/memory.max").trim().parse::<usize>();
    machine.min(container.unwrap_or(usize::MAX)) / 2
}
