//! The job file: [`JobSpec`] is what is written, [`pipeline::plan::Plan`] what it resolves to.
//!
//! ```text
//! text ── Document ──► JobSpec ── resolve ──► Plan
//!         TOML with    typed, no  names to slots, rules compiled,
//!         places       unknown    defaults stated as assumptions
//! ```
//! [`load`] does all of it. Every error is a [`JobError`] that marks the token it is about.
//!
//! Paths in a job file are relative to the working directory, not to the file: what is written is
//! what a shell would complete, and a job file can be moved.

pub mod catalogue;
mod document;
mod errors;
pub mod files;
mod news_map;
mod overrides;
mod plot;
mod raw;
mod resolve;
mod schema;
pub mod show;
mod suggest;
mod translate;
mod worlds;

pub use document::{Document, Given};
pub use errors::JobError;
pub use news_map::NewsMap;
pub use plot::{PlotError, plot};
pub use raw::*;
pub use resolve::{Files, assumed_instrument, known_instrument, resolve, warnings};
pub use schema::job_schema;

use pipeline::plan::Plan;
use std::path::Path;

/// Reads the job file at `path`, sets what each `path.to.key=value` says, and resolves it.
///
/// # Errors
/// When the file cannot be read, is no job, or names what is not there.
pub fn load(path: &Path, overrides: &[String], files: Files) -> Result<Plan, JobError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| JobError::new(format!("cannot read {}: {error}", path.display())))?;
    plan(path, &text, overrides, files)
}

/// As [`load`], of a text; errors call it `name`.
///
/// # Errors
/// As [`load`].
pub fn plan(name: &Path, text: &str, overrides: &[String], files: Files) -> Result<Plan, JobError> {
    let given = Given::new(name, text, overrides);
    let document = Document::parse(&given)?;
    let spec = JobSpec::read(&document)?;
    let plan = resolve(&spec, &document, files)?;
    match &spec.worlds {
        Some(worlds) => worlds::add(plan, worlds, &document, files),
        None => Ok(plan),
    }
}

impl JobSpec {
    /// The job that a document writes.
    ///
    /// # Errors
    /// When a key is unknown or missing, or a value is of another type.
    pub fn read(document: &Document<'_>) -> Result<JobSpec, JobError> {
        document.read()
    }
}
