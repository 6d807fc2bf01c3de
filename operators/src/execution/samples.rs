//! What laws about the paper exchange trade.

use super::{Marks, Order};
use schemas::{Instrument, InstrumentId, OrderKey, Side, instrument::Kind, records::TimeInForce};

/// Prices are whole.
pub(crate) fn instrument(quantity_scale: u8) -> Instrument {
    Instrument {
        id: InstrumentId::new("test", "AB"),
        base: "A".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 0,
        quantity_scale,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

/// At its limit, or at market.
pub(crate) fn order(id: usize, side: Side, (limit, quantity): (Option<i64>, i64)) -> Order {
    Order {
        id: id.to_string().into(),
        parent: None,
        strategy: 0,
        instrument: 0,
        side,
        quantity,
        limit,
        trigger: None,
        post_only: false,
        reduce_only: false,
        wake: None,
        timeout: None,
        in_force: TimeInForce::Gtc,
        sizing: None,
        linked: None,
        decided: OrderKey::default(),
        decision: Marks { mid: 0.0, spread: 0.0 },
    }
}
