//! The price that fills are compared with later.

use super::PaperExchange;
use schemas::{Price, records::MarkSource};

impl PaperExchange {
    /// The mid, or the last trade where nothing was ever displayed. None while a gap has made the
    /// book void that alone would tell it, while a side is absent, and while the best bid is not
    /// below the best ask.
    pub(crate) fn reference(&self) -> Option<(Price, MarkSource)> {
        if self.display.is_void() {
            return None;
        }
        if !self.display.is_blind() {
            let top = self.display.top();
            if !top.is_complete() || top.bid >= top.ask {
                return None;
            }
        }
        self.mark()
    }
}
