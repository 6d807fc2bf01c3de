//! Pure steps: indicators, features, books, rules, risk, execution, portfolio.

pub mod book;
