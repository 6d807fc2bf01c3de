//! Bars over equal spans of time: `[open_ts, close_ts)`, aligned to 1970 UTC.

use super::BarOn;
use schemas::{Span, records::Clock};
use serde::{Deserialize, Serialize};

/// Time bars. By the receive clock a bar closes when that clock passes its end, whether or not
/// another trade comes; by the exchange clock with the first trade that the venue dates at or
/// after its end; candles are of that clock, and a bar of them closes with the one that completes
/// it. A trade that the venue dates before the bar that is open counts into the open
/// bar: what was emitted is never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeBar {
    /// Length of each bar.
    pub every: Span,
    /// Which clock cuts.
    pub clock: Clock,
    /// What it is built from.
    #[serde(default)]
    pub on: BarOn,
    /// What becomes of a span in which nothing came.
    #[serde(default)]
    pub empty: Empty,
}

/// What becomes of a span in which nothing came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// It has no bar.
    #[default]
    Skip,
    /// It has a bar without volume whose prices are the close of the one before. Begins with the
    /// first bar that is not empty; by the exchange's clock anew where that goes on by more than
    /// 200,000 spans at once.
    Carry,
}
