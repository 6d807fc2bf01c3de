//! Everything that knows timely and the world: the plan and the graph built from it, sources,
//! sinks, the lake. Strategy logic is in `operators`, SQL in `jobs/query`.

pub mod lake;
pub mod sources;
