//! The one integration-test binary: what holds for the whole repository.

mod cli;
mod tidy;
