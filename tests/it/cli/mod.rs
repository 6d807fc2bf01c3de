//! The program as it is typed: what it prints, writes and exits with.

mod bars;
mod bench;
mod broker;
mod by_order;
mod captures;
mod clocks;
mod columns;
mod crash;
mod data;
mod desk;
mod doubts;
mod exits;
mod funding;
mod latency;
mod margin;
mod news;
mod objects;
mod orders;
pub mod place;
mod quotes;
mod readme;
mod results;
#[path = "../../../pipeline/tests/lake/server.rs"]
mod server;
mod topics;
mod words;
mod worlds;
