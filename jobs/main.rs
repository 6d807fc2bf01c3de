//! The program `tapeflow`: see `tapeflow --help`.

use std::process::ExitCode;

/// Gives back what epochs took and no longer need, however many threads they went through.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    tapeflow::cli::main()
}
