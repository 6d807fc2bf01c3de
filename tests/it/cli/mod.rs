//! The program as it is typed: what it prints, writes and exits with.

mod crash;
mod data;
mod place;
mod results;
mod words;
