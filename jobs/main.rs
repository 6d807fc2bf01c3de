//! The program `tapeflow`: see `tapeflow --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tapeflow::cli::main()
}
