//! The error of a job file: one sentence, the very token that it is about, and what to do.

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use std::{fmt, ops::Range};

/// Why a job file is not a job.
#[derive(Debug)]
pub struct JobError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    help: Option<String>,
    label: Option<String>,
    place: Option<Place>,
}

/// A span in the job file, or in a value given with `--set`.
#[derive(Debug)]
pub(super) struct Place {
    /// The text around it, named.
    pub source: NamedSource<String>,
    /// Bytes of the text.
    pub span: Range<usize>,
}

impl JobError {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> JobError {
        let message = message.into();
        JobError(Box::new(Inner { message, help: None, label: None, place: None }))
    }

    pub(super) fn place(mut self, place: Place) -> JobError {
        self.0.place = Some(place);
        self
    }

    /// Says what it happened in.
    pub(super) fn within(mut self, what: &str) -> JobError {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// What stands under the marked token.
    pub(super) fn label(mut self, label: impl Into<String>) -> JobError {
        self.0.label = Some(label.into());
        self
    }

    /// What to do about it.
    pub(super) fn help(mut self, help: impl Into<String>) -> JobError {
        self.0.help = Some(help.into());
        self
    }

    /// As [`JobError::help`], if there is none yet.
    pub(super) fn or_help(mut self, help: impl FnOnce() -> String) -> JobError {
        self.0.help.get_or_insert_with(help);
        self
    }

    /// As [`JobError::help`], if there is any.
    pub(super) fn help_if(mut self, help: Option<String>) -> JobError {
        self.0.help = help.or(self.0.help);
        self
    }

    /// Line and column of the token, from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        let place = self.0.place.as_ref()?;
        let before = &place.source.inner()[..place.span.start];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((line, before[start..].chars().count() + 1))
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for JobError {}

impl Diagnostic for JobError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.0.help.as_ref()?))
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.place.as_ref()?.source)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.0.place.as_ref()?.span.clone();
        let label = self.0.label.clone();
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(label, span))))
    }
}
