//! `tapeflow catalogue`: what a job file can name.

use super::{
    Failure, Outcome,
    output::{print, print_json},
};
use crate::spec::{
    catalogue::{catalogue, find},
    plot, show,
};
use clap::Args;

/// Print what a job file can name: indicators, bars, features, columns, functions of rules
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tapeflow catalogue\n  tapeflow catalogue macd\n  \
                      tapeflow catalogue ema --plot")]
pub struct CatalogueArgs {
    /// Explain this one in full
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Draw it over one-minute bars of the synthetic market
    #[arg(long, requires = "name", conflicts_with = "json")]
    plot: bool,
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
        if self.plot {
            // A name may stand for a column, too.
            let plots = entries.iter().map(plot).collect::<Vec<_>>();
            let (drawn, refused): (Vec<_>, Vec<_>) = plots.into_iter().partition(Result::is_ok);
            if let (true, Some(Err(why))) = (drawn.is_empty(), refused.into_iter().next()) {
                return Err(Failure::not_started(why));
            }
            let drawn: Vec<String> = drawn.into_iter().filter_map(Result::ok).collect();
            return print(&drawn.join("\n"));
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
