//! What operators hand to the sink of their worker.

use crate::{lake::StateItem, sources::Position, tally::Tally};
use operators::{
    account::{BarStatistics, StrategyReport},
    outputs::Outputs,
};
use schemas::{Chunk, EventTime, Text};

/// Something for the sink; it never leaves its worker.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "most of them are rows, and few are on their way")]
pub(crate) enum Emit {
    /// Rows of result tables.
    Rows(Outputs),
    /// Rows of market tables, for the recording; all before or all after any cut.
    Market(Vec<Chunk>),
    /// This worker's source stops before its end: cuts from here on lack rows.
    Short,
    /// State as of a cut.
    State {
        /// The cut.
        cut: EventTime,
        /// The operator's declared name.
        operator: &'static str,
        /// One item a key.
        items: Vec<StateItem>,
    },
    /// Where this worker's partitions are read on by a resume at `boundary`.
    Positions {
        /// The boundary.
        boundary: EventTime,
        /// One for each partition.
        positions: Vec<Position>,
    },
    /// What was counted since the cut before; at the end of the input the cut is the end of time.
    Tally {
        /// The cut.
        cut: EventTime,
        /// Counts.
        tally: Tally,
    },
    /// What the rules did since the run began.
    Reports {
        /// The cut.
        cut: EventTime,
        /// One for each strategy.
        reports: Vec<StrategyReport>,
        /// By account, of those whose orders candles fill.
        bars: Vec<(Text, BarStatistics)>,
    },
}
