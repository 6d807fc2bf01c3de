//! `tapeflow catalogue`: what a job file can name.

use super::Outcome;
use clap::Args;

/// Print what a job file can name
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tapeflow catalogue\n  tapeflow catalogue ema")]
pub struct CatalogueArgs {
    /// Name of one entry
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl CatalogueArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let _ = (&self.name, self.json);
        Ok(())
    }
}
