//! The one error of the front end.

use thiserror::Error;

/// Why a text is not a rule, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct RuleError {
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    /// The first byte of the text that the message is about.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl RuleError {
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}
