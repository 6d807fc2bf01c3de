//! The program: [`cli`] is what is typed, [`spec`] what a job file says, [`report`] what a run
//! says about itself. Everything that computes lies in the crates below.

#[cfg(not(fuzzing))]
pub mod cli;
pub mod report;
pub mod spec;
