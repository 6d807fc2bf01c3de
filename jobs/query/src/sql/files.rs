//! Files that a query names: `FROM 'file.parquet'`, `FROM 'file.csv'`.

use super::QueryError;
use datafusion::catalog::TableProvider;
use datafusion::datasource::listing::{
    ListingTable, ListingTableConfig, ListingTableConfigExt, ListingTableUrl,
};
use datafusion::execution::SessionState;
use std::path::Path;
use std::sync::Arc;

/// What files may end with.
const KINDS: [&str; 4] = ["parquet", "csv", "json", "jsonl"];

/// Does the name look like a file's rather than a table's?
pub(crate) fn looks_like_file(name: &str) -> bool {
    let kind = Path::new(name).extension().and_then(|e| e.to_str());
    name.contains('/') || kind.is_some_and(|kind| KINDS.contains(&kind))
}

/// Opens a file as a table.
pub(crate) async fn open(
    state: &SessionState,
    path: &str,
) -> Result<Arc<dyn TableProvider>, QueryError> {
    let fail = |reason: String| QueryError::File { path: path.to_owned(), reason };
    let kind = Path::new(path).extension().and_then(|e| e.to_str()).unwrap_or_default();
    if !KINDS.contains(&kind) {
        return Err(fail(format!("its name must end with one of .{}", KINDS.join(", ."))));
    }
    if !path.contains('*') {
        // DataFusion takes a file that is not there for an empty one.
        let file = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?;
        if !file.is_file() {
            return Err(fail("it is no file".to_owned()));
        }
    }
    let open = async {
        let url = ListingTableUrl::parse(path)?;
        let config = ListingTableConfig::new(url).infer_options(state).await?;
        ListingTable::try_new(config.infer_schema(state).await?)
    };
    let table = open.await.map_err(|error| fail(error.strip_backtrace()))?;
    Ok(Arc::new(table))
}
