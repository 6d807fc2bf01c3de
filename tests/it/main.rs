//! The one integration-test binary: what holds for the whole repository.

mod catalogue;
mod cli;
mod clusters;
mod inputs;
mod job_errors;
mod job_files;
mod job_overrides;
mod job_plans;
mod legs;
mod models;
mod news;
mod tidy;
mod windows;
