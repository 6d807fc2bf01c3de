//! Pure steps: bars, indicators, features, books, rules, risk, execution, portfolio.
//!
//! Everything here computes and does nothing else: no clock, no IO, no threads, no logs. A step
//! takes a record and its [`schemas::OrderKey`] and emits rows ([`outputs::Outputs`]); what it
//! remembers is its own. Drivers put records into order: `pipeline` does so on timely, its oracle
//! on one thread.
//!
//! - [`market`]: one instrument: book, bars, indicators, features → triggers of strategies.
//! - [`account`]: one account: strategies → risk → paper exchange → positions and ledger.

pub mod account;
pub mod bars;
pub mod book;
pub mod execution;
pub mod features;
pub mod indicators;
pub mod market;
pub mod models;
pub mod outputs;
pub mod portfolio;
mod restore;
pub mod risk;
pub mod rules;
pub mod strategy;

pub use restore::RestoreError;
