//! The program as it is typed: what it prints, writes and exits with.

mod crash;
mod data;
mod place;
mod readme;
mod results;
mod topics;
mod words;
