//! The one integration-test binary: what holds for the whole repository.

mod cli;
mod job_files;
mod tidy;
