//! SQL over the lake: every table by name, from its committed files only.
//!
//! [`Sql`] is a session. Market tables have `venue`, `symbol` and `date` besides their own columns,
//! result tables `run`, `symbol` and `date`. A session sees what was committed when it was opened
//! or last refreshed.

mod catalog;
mod describe;
mod error;
mod files;
mod functions;
mod output;
mod prompt;
mod pruning;
mod schema;
mod session;
mod statement;
mod store;
mod suggest;
mod table;

pub use catalog::latest_run;
pub use describe::{ColumnInfo, TableInfo};
pub use error::QueryError;
pub use output::Format;
pub use prompt::is_complete;
pub use session::Sql;
