//! Which files of a table a query needs, as far as the manifests tell.

use super::table::{LakeTable, owner_key};
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{
    Column, ColumnStatistics, DFSchema, DataFusionError, Result, ScalarValue, Statistics,
};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::object_store::path::Path;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use pipeline::lake::FileEntry;
use std::sync::Arc;

impl LakeTable {
    /// Can the filter be decided by the path's columns alone?
    pub(super) fn decided_by_path(&self, filter: &Expr) -> bool {
        let keys = self.schema.table_partition_cols();
        let key = |name: &Column| keys.iter().any(|field| field.name() == name.name());
        let simple = |e: &Expr| {
            !matches!(
                e,
                Expr::ScalarSubquery(_)
                    | Expr::InSubquery(_)
                    | Expr::Exists(_)
                    | Expr::SetComparison(_)
                    | Expr::OuterReferenceColumn(..)
                    | Expr::Placeholder(_)
            )
        };
        !filter.is_volatile()
            && filter.column_refs().into_iter().all(key)
            && !filter.exists(|e| Ok(!simple(e))).unwrap_or(true)
    }

    /// The file with what is known of it.
    fn describe(&self, entry: &FileEntry) -> Result<PartitionedFile> {
        let key = |name| entry.key(name).unwrap_or_default().to_owned();
        let owner = ScalarValue::Utf8View(Some(key(owner_key(self.table))));
        let date = ScalarValue::try_from_string(key("date"), &DataType::Date32)?;
        let mut file = PartitionedFile::new("", entry.bytes);
        file.object_meta.location =
            Path::parse(&entry.path).map_err(|error| DataFusionError::External(error.into()))?;
        let schema = self.schema();
        let mut statistics = Statistics::new_unknown(&schema);
        statistics.num_rows = Precision::Exact(entry.rows as usize);
        let time = |ns| ScalarValue::TimestampNanosecond(Some(ns), Some("UTC".into()));
        let exactly = |min: ScalarValue, max: ScalarValue| ColumnStatistics {
            null_count: Precision::Exact(0),
            min_value: Precision::Exact(min),
            max_value: Precision::Exact(max),
            ..ColumnStatistics::new_unknown()
        };
        let columns = &mut statistics.column_statistics;
        columns[schema.index_of("ts")?] = exactly(time(entry.min_ts.0), time(entry.max_ts.0));
        let last = columns.len() - 1;
        columns[last - 1] = exactly(owner.clone(), owner.clone());
        columns[last] = exactly(date.clone(), date.clone());
        file.partition_values = vec![owner, date];
        file.statistics = Some(Arc::new(statistics));
        Ok(file)
    }

    /// The files that may hold rows for which the filters are true.
    pub(super) fn wanted(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<Vec<PartitionedFile>> {
        let snapshot = self.catalog.snapshot();
        let files = snapshot.files(self.table).iter().map(|entry| self.describe(entry));
        let mut files = files.collect::<Result<Vec<_>>>()?;
        let (exact, rest): (Vec<_>, Vec<_>) =
            filters.iter().cloned().partition(|filter| self.decided_by_path(filter));
        if let Some(filter) = conjunction(exact).filter(|_| !files.is_empty()) {
            let keys = Arc::new(Schema::new(self.schema.table_partition_cols().clone()));
            let columns = (0..keys.fields().len()).map(|at| {
                ScalarValue::iter_to_array(files.iter().map(|f| f.partition_values[at].clone()))
            });
            let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
            let batch = RecordBatch::try_new(keys.clone(), columns)?;
            let filter = state.create_physical_expr(filter, &DFSchema::try_from(keys)?)?;
            let kept = filter.evaluate(&batch)?.into_array(files.len())?;
            let mut kept = kept.as_boolean().iter();
            files.retain(|_| kept.next().flatten() == Some(true));
        }
        if let Some(filter) = conjunction(rest).filter(|_| !files.is_empty()) {
            // A hint only: a filter that cannot be used here is applied to the rows.
            let schema = self.schema();
            let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema.clone())?);
            let pruning = filter.and_then(|f| {
                PruningPredicateBuilder::new().with_file_schema(schema.clone()).try_build(f)
            });
            let known = files.iter().filter_map(|f| f.statistics.clone()).collect();
            let known = PrunableStatistics::new(known, schema);
            if let Ok(kept) = pruning.and_then(|pruning| pruning.prune(&known)) {
                let mut kept = kept.into_iter();
                files.retain(|_| kept.next() != Some(false));
            }
        }
        Ok(files)
    }
}
