//! Logs of the program itself, on stderr.

use super::{Failure, Outcome, failure::coloured};
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// What is logged and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logs")]
pub struct LogArgs {
    /// What to log: error, warn, info, debug, trace or off, or for a part of the program only, as
    /// in warn,tapeflow_pipeline=debug
    #[arg(long, global = true, value_name = "LEVEL", default_value = "warn", env = "TAPEFLOW_LOG")]
    log: String,
    /// How to log
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value = "text")]
    log_format: LogFormat,
}

/// Forms of log lines.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogArgs {
    /// Begins to log.
    pub fn start(&self) -> Outcome {
        let filter = EnvFilter::try_new(&self.log).map_err(|error| {
            Failure::NotStarted(anyhow::anyhow!("--log {} cannot be used: {error}", self.log))
        })?;
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(coloured());
        match self.log_format {
            LogFormat::Text => logs.init(),
            LogFormat::Json => logs.json().init(),
        }
        Ok(())
    }
}
