//! The program: [`spec`] is what a job file says. Everything that computes lies in the crates
//! below.

pub mod spec;
