//! SQL over the lake with DataFusion, and the front end of rules.

pub mod rules;
