//! SQL over a small lake, as the program uses it.

mod errors;
mod features;
mod formats;
mod functions;
mod indicators;
mod prompt;
mod stock_indicators;
mod tables;
mod world;
