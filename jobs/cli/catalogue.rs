//! `tapeflow catalogue`: what a job file can name.

use super::{
    Failure, Outcome,
    output::{print, print_json},
};
use crate::spec::{
    catalogue::{catalogue, find},
    show,
};
use clap::Args;

/// Print what a job file can name: indicators, bars, features, columns, functions of rules
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tapeflow catalogue\n  tapeflow catalogue macd")]
pub struct CatalogueArgs {
    /// Explain this one in full
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl CatalogueArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let entries = match &self.name {
            Some(name) => find(name).map_err(|e| Failure::NotStarted(anyhow::Error::msg(e)))?,
            None => catalogue(),
        };
        if self.json {
            return print_json(&serde_json::json!({ "entries": entries }));
        }
        match self.name {
            Some(_) => {
                let texts: Vec<String> = entries.iter().map(show::entry).collect();
                print(&texts.join("\n"))
            }
            None => print(&show::catalogue(&entries)),
        }
    }
}
