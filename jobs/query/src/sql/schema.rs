//! The names that queries may use: the lake's tables, the session's views, and files.

use super::catalog::Catalog;
use super::{QueryError, table};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::TableType;
use schemas::Table;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

type Tables = BTreeMap<String, Arc<dyn TableProvider>>;

/// The one schema of a session.
#[derive(Debug)]
pub(crate) struct LakeSchema {
    catalog: Arc<Catalog>,
    /// Views, and the files that a query reads.
    own: RwLock<Tables>,
}

impl LakeSchema {
    pub(crate) fn new(catalog: Arc<Catalog>) -> LakeSchema {
        LakeSchema { catalog, own: RwLock::default() }
    }

    /// Makes a file known under the name that the query gives it.
    pub(crate) fn put_file(&self, name: &str, file: Arc<dyn TableProvider>) {
        self.write().insert(name.to_owned(), file);
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.own.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.own.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let own = self.read();
        Table::ALL.iter().map(|t| t.name().to_owned()).chain(own.keys().cloned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        match Table::parse(name) {
            Some(table) => Ok(Some(Arc::new(table::view(&self.catalog, table)?))),
            None => Ok(self.read().get(name).cloned()),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        if Table::parse(name).is_some() {
            return Ok(Some(TableType::Base));
        }
        Ok(self.read().get(name).map(|own| own.table_type()))
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if Table::parse(&name).is_some() {
            return Err(DataFusionError::Plan(QueryError::Taken(name).to_string()));
        }
        Ok(self.write().insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.write().remove(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        Table::parse(name).is_some() || self.read().contains_key(name)
    }
}
