//! What laws about the paper exchange trade.

use super::{Marks, Order};
use schemas::{Instrument, InstrumentId, OrderKey, Side, instrument::Kind};

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
    let decided = (OrderKey::default(), Marks { mid: 0.0, spread: 0.0 });
    Order { limit, ..Order::market(id.to_string().into(), (0, 0), (side, quantity), decided) }
}
