//! How a command ends when it does not end well, and the exit code that says so.

use miette::Diagnostic;
use std::{
    fmt::Write as _,
    io::{self, IsTerminal},
    process::ExitCode,
};

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was begun: bad arguments, a bad job file, a missing file. Exit code 2.
    NotStarted(anyhow::Error),
    /// A job file with an error in it, which points at its place. Exit code 2.
    Job(Box<dyn Diagnostic + Send + Sync>),
    /// It went wrong on the way. Exit code 1.
    Failed(anyhow::Error),
    /// Another process took over what this one was doing: nothing is wrong, and a supervisor must
    /// not start it again. Exit code 3.
    GaveWay(anyhow::Error),
    /// It came to its end, what it found is bad, and it has said so. Exit code 1.
    Told,
}

/// How commands end.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// Nothing was begun, for this reason.
    pub fn not_started(error: impl Into<anyhow::Error>) -> Failure {
        Failure::NotStarted(error.into())
    }

    /// It went wrong on the way, for this reason.
    pub fn failed(error: impl Into<anyhow::Error>) -> Failure {
        Failure::Failed(error.into())
    }

    /// Prints it once, with what caused it, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Failure::NotStarted(error) | Failure::Failed(error) if is_closed_pipe(error) => {
                // Whoever read the output has seen enough.
                return ExitCode::SUCCESS;
            }
            Failure::NotStarted(error) | Failure::Failed(error) | Failure::GaveWay(error) => {
                eprintln!("{}", chain(error));
            }
            Failure::Job(error) => eprint!("{}", render(error.as_ref())),
            Failure::Told => {}
        }
        match self {
            Failure::NotStarted(_) | Failure::Job(_) => ExitCode::from(2),
            Failure::Failed(_) | Failure::Told => ExitCode::from(1),
            Failure::GaveWay(_) => ExitCode::from(3),
        }
    }
}

/// Writing a result failed on the way.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::failed(error)
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
}

/// An error and what caused it, one a line; a cause that its effect already quotes is left out.
fn chain(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !last.contains(&cause) {
            let _ = write!(text, "\n  caused by: {cause}");
        }
        last = cause;
    }
    text
}

/// A diagnostic with the lines of the file that it is about; colour only for a terminal.
fn render(error: &dyn Diagnostic) -> String {
    let theme = if coloured() {
        miette::GraphicalTheme::unicode()
    } else {
        miette::GraphicalTheme::unicode_nocolor()
    };
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100);
    let mut text = String::new();
    match handler.render_report(&mut text, error) {
        Ok(()) => text,
        Err(_) => format!("error: {error}\n"),
    }
}

/// May stderr carry colour?
pub fn coloured() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn causes_are_printed_once() {
        let error = anyhow!("no space").context("cannot write a: no space").context("run `x`");
        assert_eq!(chain(&error), "error: run `x`\n  caused by: cannot write a: no space");
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(format!("{:?}", closed.report()), format!("{:?}", ExitCode::SUCCESS));
        let other = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(format!("{:?}", other.report()), format!("{:?}", ExitCode::from(1)));
    }
}
