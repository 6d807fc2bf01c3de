//! `tapeflow generate`: a market that never was.

use super::Outcome;
use clap::Args;

/// Generate a synthetic market
#[derive(Debug, Args)]
pub struct GenerateArgs {}

impl GenerateArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        Ok(())
    }
}
