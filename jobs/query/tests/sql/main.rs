//! SQL over a small lake, as the program uses it.

mod errors;
mod formats;
mod functions;
mod indicators;
mod prompt;
mod tables;
mod world;
