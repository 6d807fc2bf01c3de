//! Orders that become smaller at the venue and keep their place: because the strategy wishes so, or
//! because they may do nothing but reduce a position and there is less of it.
//!
//! What `reduce_only` looks at is the account's position in the instrument as the venue has it, of
//! all its strategies together: a venue knows accounts, not strategies. Each such order by itself
//! is at most what closes the position. Where several of them, or others besides, trade at one
//! moment, those executed first leave less to the later ones, and what is left too much after that
//! is cut off before anything else happens.

use super::{AccountLoop, News, emit};
use crate::{execution::Working, outputs::Outputs, risk::Approved};
use schemas::{OrderKey, Text, records::OrderStage};

/// Why an order that only reduces is not taken, or taken back.
pub(super) const NOTHING: &str = "reduce_only: there is nothing to reduce";
/// Why one became smaller.
const LESS: &str = "reduce_only: what closes the position";

impl AccountLoop {
    /// An order that comes to the venue, cut down to what it may do, and why if it was; `Err` if
    /// it may do nothing.
    pub(super) fn cut(
        &self,
        market: usize,
        order: Approved,
    ) -> Result<(Approved, Option<String>), Box<Approved>> {
        let of = order.order();
        if !of.reduce_only {
            return Ok((order, None));
        }
        match self.markets[market].exchange.closes(of.side) {
            0 => Err(Box::new(order)),
            most if most < of.quantity => Ok((order.cut(most), Some(LESS.to_owned()))),
            _ => Ok((order, None)),
        }
    }

    /// The position has changed: orders that only reduce become as small as it, or end.
    #[inline(always)]
    pub(super) fn reduce_only(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        let working = self.markets[market].exchange.orders();
        if working.iter().any(|working| working.order.reduce_only) {
            self.shrink(key, market, out);
        }
    }

    fn shrink(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        let exchange = &self.markets[market].exchange;
        let most = |w: &Working| exchange.closes(w.order.side);
        let large = |w: &&Working| w.order.reduce_only && w.remaining > most(w);
        let working = exchange.orders().iter().filter(large);
        let large: Vec<(Text, i64, i64)> =
            working.map(|w| (w.order.id.clone(), most(w), w.filled())).collect();
        let index = self.markets[market].index;
        for (order, most, filled) in large {
            match most {
                0 => self.take_back(key, index, &order, NOTHING.to_owned(), false, out),
                _ => self.make_smaller((key, market), &order, filled + most, LESS, out),
            }
        }
    }

    /// The wish that an order be smaller reaches the venue; nothing happens if the order has ended,
    /// and it ends where as much is executed already.
    pub(super) fn amend(
        &mut self,
        key: OrderKey,
        instrument: u32,
        order: &Text,
        quantity: i64,
        out: &mut Outputs,
    ) {
        let market = self.market_of(instrument);
        let mut orders = self.markets[market].exchange.orders().iter();
        let Some(working) = orders.find(|working| working.order.id == *order) else { return };
        let reason = "the quote became smaller";
        if working.filled() >= quantity {
            return self.take_back(key, instrument, order, reason.to_owned(), false, out);
        }
        self.make_smaller((key, market), order, quantity, reason, out);
    }

    /// Makes an order smaller, if it is larger, and tells of it.
    fn make_smaller(
        &mut self,
        (key, market): (OrderKey, usize),
        order: &Text,
        quantity: i64,
        reason: &str,
        out: &mut Outputs,
    ) {
        let Some(working) = self.markets[market].exchange.amend(order, quantity) else { return };
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let (stage, reason) = (OrderStage::Amended, Some(reason.to_owned()));
        let answer = self.answer(key, None, market, order);
        self.order_row(row_key, &working.order, stage, Some((&working, answer.0)), reason, out);
        self.tell(key, answer, &working, News::Amended { quantity }, out);
    }
}
