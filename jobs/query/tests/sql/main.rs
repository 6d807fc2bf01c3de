//! SQL over a small lake, as the program uses it.

mod errors;
mod formats;
mod functions;
mod prompt;
mod tables;
mod world;
