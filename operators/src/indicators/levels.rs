//! What pivot points are drawn from.

use serde::{Deserialize, Serialize};

use super::{
    HighLowClose,
    extreme::{Channel, Range},
};

/// The extremes of the last rows, with those and the close as of the row before.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Levels {
    channel: Channel,
    before: Option<(f64, f64)>,
    close: f64,
}

impl Levels {
    /// Takes one bar; highest high, lowest low and last close of the `period` rows before it, once
    /// there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: HighLowClose, period: usize) -> Option<HighLowClose> {
        let extremes = self.channel.push(bar.range(), period);
        let extremes = extremes.map(|Range { highest, lowest }| (highest, lowest));
        let before = std::mem::replace(&mut self.before, extremes);
        let close = std::mem::replace(&mut self.close, bar.close);
        before.map(|(high, low)| HighLowClose { high, low, close })
    }
}
