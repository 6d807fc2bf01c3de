//! The price that exits watch.

use super::PaperExchange;
use schemas::Side;

impl PaperExchange {
    /// The price that tells whether a position that an order of this side would end is ended: the
    /// last trade's; until there was one what the order could have, the best of the other side.
    pub(crate) fn watched(&self, side: Side) -> Option<i64> {
        self.last_price.or_else(|| {
            let top = self.display.top();
            match side {
                Side::Sell => (top.bid_quantity > 0).then_some(top.bid),
                Side::Buy => (top.ask_quantity > 0).then_some(top.ask),
            }
        })
    }

    /// Do the prices that are watched lie between these two?
    #[inline(always)]
    pub(crate) fn between(&self, low: i64, high: i64) -> bool {
        let within = |price: i64| low < price && price < high;
        match self.last_price {
            Some(price) => within(price),
            None => [Side::Buy, Side::Sell]
                .into_iter()
                .filter_map(|side| self.watched(side))
                .all(within),
        }
    }
}
