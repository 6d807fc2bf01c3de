//! `tapeflow completions`: what a shell needs to complete commands.

use super::{Cli, Outcome, output::print};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tapeflow completions bash > \
    ~/.local/share/bash-completion/completions/tapeflow")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tapeflow", &mut text);
        print(&String::from_utf8(text).expect("completions are text"))
    }
}
