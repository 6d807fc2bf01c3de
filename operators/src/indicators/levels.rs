//! What pivot points are drawn from.

use serde::{Deserialize, Serialize};

use super::{
    HighLowClose, Output, Unit,
    extreme::{Channel, Range},
};

/// The extremes of the last rows, with those and the close as of the row before.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Levels {
    channel: Channel,
    before: Option<(f64, f64)>,
    close: f64,
}

/// The outputs of points: their middle, and so many steps above and below it.
pub(super) fn points(warm_up: usize, middle: &'static str, steps: usize) -> Vec<Output> {
    const ABOVE: [(&str, &str); 4] = [
        ("r1", "First resistance."),
        ("r2", "Second resistance."),
        ("r3", "Third resistance."),
        ("r4", "Fourth resistance."),
    ];
    const BELOW: [(&str, &str); 4] = [
        ("s1", "First support."),
        ("s2", "Second support."),
        ("s3", "Third support."),
        ("s4", "Fourth support."),
    ];
    let all = [("pivot", middle)].into_iter().chain(ABOVE.into_iter().take(steps));
    let all = all.chain(BELOW.into_iter().take(steps));
    all.map(|(name, doc)| Output { name, warm_up, unit: Unit::Input, doc }).collect()
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
