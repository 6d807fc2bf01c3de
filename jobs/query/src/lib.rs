//! Everything that knows DataFusion: SQL over the lake ([`Sql`]) and the front end of [`rules`].
//!
//! What is public here is neither generic nor async and names no DataFusion type: whoever awaits
//! its futures compiles them again, and the program shall build in seconds.

pub mod rules;
#[cfg(not(fuzzing))]
mod sql;

#[cfg(not(fuzzing))]
pub use sql::{ColumnInfo, Format, QueryError, Sql, TableInfo, is_complete, latest_run};
