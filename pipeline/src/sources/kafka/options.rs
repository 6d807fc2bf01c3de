//! What a run tells its live sources.

use super::super::Position;
use super::{FenceLog, KafkaMeter, KnownFences};
use schemas::{EventTime, Span};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Where a run goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The state is as of this time: rows that take effect before it are in it already.
    pub boundary: EventTime,
    /// Where to read on; those of other sources are passed over.
    pub positions: Vec<Position>,
}

/// Wakes whoever reads.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a run tells its live sources.
#[derive(Clone)]
pub struct LiveOptions {
    /// Where to go on; none for a run that begins.
    pub resume: Option<Resume>,
    /// Time between checkpoints: positions are exact at its multiples, and elsewhere a few
    /// thousand records early at most, whose rows are then dropped.
    pub checkpoint_every: Span,
    /// The fences that are known, and where new ones are written.
    pub fences: Arc<dyn FenceLog>,
    /// Where readers count.
    pub meter: KafkaMeter,
    /// Called, from a thread of the client, when a partition that had nothing has something.
    pub wake: Option<Wake>,
    /// Is the venue's time wanted of recordings? Topics tell it in any case.
    pub exchange_ts: bool,
    /// Are the venue's ids of trades wanted of recordings?
    pub trade_ids: bool,
}

impl Default for LiveOptions {
    /// A run that begins, with checkpoints every ten seconds and no fences.
    fn default() -> LiveOptions {
        LiveOptions {
            resume: None,
            checkpoint_every: Span(10 * Span::SECOND.0),
            fences: Arc::new(KnownFences::default()),
            meter: KafkaMeter::default(),
            wake: None,
            exchange_ts: true,
            trade_ids: false,
        }
    }
}

impl fmt::Debug for LiveOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveOptions")
            .field("resume", &self.resume)
            .field("checkpoint_every", &self.checkpoint_every)
            .finish_non_exhaustive()
    }
}
