//! A table of the lake for DataFusion: the manifests say which files there are, how many rows
//! they have and which times they span, so whole files are left out before one is opened.

use super::catalog::{Catalog, Snapshot};
use super::store;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column as Name, Result, Statistics};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource,
};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::functions::expr_fn::{strpos, substr};
use datafusion::logical_expr::{
    Expr, LogicalPlanBuilder, TableProviderFilterPushDown, TableType, lit,
};
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr, expressions};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use schemas::Table;
use schemas::cell::Column;
use std::sync::Arc;

/// A table's files and the columns that stand in their paths; `symbol` is put on top of it.
#[derive(Debug)]
pub(super) struct LakeTable {
    pub(super) catalog: Arc<Catalog>,
    pub(super) table: Table,
    pub(super) schema: TableSchema,
}

/// The column of a path: `venue` of market data, `run` of results.
pub(super) fn owner_key(table: Table) -> &'static str {
    if table.is_market() { "venue" } else { "run" }
}

/// The columns that are in no file.
pub(crate) fn extra_columns(table: Table) -> Vec<Column> {
    let column = |name: &str, data_type, nullable, doc: &str| Column {
        name: name.to_owned(),
        data_type,
        nullable,
        doc: doc.to_owned(),
    };
    let owner = match table.is_market() {
        true => column(
            "venue",
            DataType::Utf8,
            false,
            "part of instrument before the colon; none without one",
        ),
        false => column("run", DataType::Utf8, false, "name of the run (of a reject: recording)"),
    };
    let symbol = column("symbol", DataType::Utf8, true, "part of instrument after the colon");
    vec![owner, symbol, column("date", DataType::Date32, false, "UTC date of ts")]
}

/// The table as queries see it: with `symbol`.
pub(crate) fn view(catalog: &Arc<Catalog>, table: Table) -> Result<ViewTable> {
    let base = Arc::new(LakeTable::new(catalog.clone(), table, &catalog.snapshot()));
    let column = |name: &str| Expr::Column(Name::new_unqualified(name));
    let mut columns: Vec<Expr> =
        base.schema().fields().iter().map(|field| column(field.name())).collect();
    let after = strpos(column("instrument"), lit(":")) + lit(1_i64);
    let symbol = substr(column("instrument"), after).alias("symbol");
    columns.insert(columns.len() - 1, symbol);
    let source = provider_as_source(base);
    let plan = LogicalPlanBuilder::scan(table.name(), source, None)?.project(columns)?.build()?;
    Ok(ViewTable::new(plan, None))
}

impl LakeTable {
    fn new(catalog: Arc<Catalog>, table: Table, snapshot: &Snapshot) -> LakeTable {
        // Views of text need no copy when rows are picked.
        let viewed = |data_type: &DataType| match data_type {
            DataType::Utf8 => DataType::Utf8View,
            other => other.clone(),
        };
        let field = |c: &Column| Arc::new(Field::new(&c.name, viewed(&c.data_type), c.nullable));
        let file: Vec<_> = snapshot.columns(table).iter().map(field).collect();
        let keys = extra_columns(table);
        let keys: Vec<_> = keys.iter().filter(|c| c.name != "symbol").map(field).collect();
        let schema = TableSchema::builder(Arc::new(Schema::new(file)));
        let schema = schema.with_table_partition_cols(keys).build();
        LakeTable { catalog, table, schema }
    }

    /// Market files are sorted by `ts`: groups of files that do not overlap are sorted too.
    fn groups(
        &self,
        files: Vec<PartitionedFile>,
        partitions: usize,
    ) -> (Vec<FileGroup>, Vec<LexOrdering>) {
        let schema = self.schema();
        let options = SortOptions { descending: false, nulls_first: false };
        let ts = expressions::col("ts", &schema).ok().filter(|_| self.table.is_market());
        let order = ts.and_then(|ts| LexOrdering::new([PhysicalSortExpr::new(ts, options)]));
        let all = FileGroup::new(files);
        if let Some(order) = order {
            let one = std::slice::from_ref(&all);
            let sorted = FileScanConfig::split_groups_by_statistics_with_target_partitions(
                &schema, one, &order, partitions,
            );
            if let Ok(groups) = sorted.map_err(drop)
                && groups.len() <= partitions
            {
                return (groups, vec![order]);
            }
        }
        (all.split_files(partitions), Vec::new())
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.table_schema().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.decided_by_path(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.wanted(state, filters)?;
        let schema = self.schema();
        if files.is_empty() {
            let projected = match projection {
                Some(columns) => Arc::new(schema.project(columns)?),
                None => schema,
            };
            return Ok(Arc::new(EmptyExec::new(projected)));
        }
        let known = files.iter().filter_map(|f| f.statistics.as_deref());
        let statistics = Statistics::try_merge_iter(known, &schema)?;
        let (groups, order) = self.groups(files, state.config().target_partitions());
        let source = Arc::new(ParquetSource::new(self.schema.clone()));
        let config = FileScanConfigBuilder::new(store::address(), source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_output_ordering(order)
            .build();
        let options = state.default_table_options().parquet;
        ParquetFormat::default().with_options(options).create_physical_plan(state, config).await
    }
}
