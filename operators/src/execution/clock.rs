//! When things happened at a venue, by the clock of the one who received them.

use crate::market::MarketRow;
use schemas::{EventTime, OrderKey, Span};
use serde::{Deserialize, Serialize};

/// The clock of a venue that orders and matches by its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueClock {
    /// Nanoseconds by which it is ahead of the receiver's; below zero where it is behind.
    pub offset: i64,
    /// The longest that a record travels. What took longer counts as having taken so long: how
    /// far back a record may reach must be known before it comes.
    pub max_latency: Span,
}

impl VenueClock {
    /// When a record happened at the venue, by the receiver's clock: neither after it was received
    /// nor longer before that than any record travels. One that does not say when it happened,
    /// happened when it was received.
    pub fn time(&self, received: EventTime, exchange: Option<EventTime>) -> EventTime {
        let Some(exchange) = exchange else { return received };
        let earliest = received.0.saturating_sub(self.max_latency.0);
        EventTime(self.corrected(exchange).clamp(earliest, received.0))
    }

    /// The key of what a received record is at the venue; none of those that orders do not meet.
    pub fn key(
        &self,
        received: OrderKey,
        exchange: Option<EventTime>,
        row: &MarketRow<'_>,
    ) -> Option<OrderKey> {
        use MarketRow::{Delta, Order, Quote, Trade};
        let met = matches!(row, Trade(_) | Quote(_) | Delta(_) | Order(_));
        let ts = self.time(received.ts, exchange);
        met.then_some(OrderKey { ts, received: OrderKey::AT_VENUE, ..received })
    }

    /// Did a record travel at least no time and at most the longest?
    pub fn fits(&self, received: EventTime, exchange: EventTime) -> bool {
        self.time(received, Some(exchange)).0 == self.corrected(exchange)
    }

    fn corrected(&self, exchange: EventTime) -> i64 {
        exchange.0.saturating_sub(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_happened_before_it_was_received_and_not_too_long_before() {
        let clock = VenueClock { offset: 100, max_latency: Span(10) };
        let time = |exchange| clock.time(EventTime(50), exchange).0;
        assert_eq!(time(Some(EventTime(145))), 45);
        assert_eq!(time(Some(EventTime(150))), 50);
        assert_eq!(time(Some(EventTime(151))), 50, "it cannot have come before it happened");
        assert_eq!(time(Some(EventTime(139))), 40, "nothing travels longer");
        assert_eq!(time(None), 50);
        let fits = |exchange| clock.fits(EventTime(50), EventTime(exchange));
        assert_eq!([139, 140, 150, 151].map(fits), [false, true, true, false]);
        let behind = VenueClock { offset: -7, ..clock };
        assert_eq!(behind.time(EventTime(50), Some(EventTime(40))).0, 47);
    }
}
