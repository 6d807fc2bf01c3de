//! Many trades of one instrument at once: the same as one by one, in a fraction of the time.
//!
//! Between two moments at which something happens, a trade only adds to sums, and a run of them
//! adds its own.

use super::{
    bars::BarSlot, doubts::Stamps, engine::InstrumentEngine, row::MarketRow, spec::Trigger,
};
use crate::{
    bars::{BarEvent, BarTrade, Feed},
    outputs::Outputs,
};
use schemas::{Chunk, EventTime};

/// A trade of a chunk of trades alone.
#[inline(always)]
pub fn trade_at(chunk: &Chunk, row: usize) -> BarTrade {
    let trades = &chunk.trades;
    BarTrade {
        price: trades.price[row],
        quantity: trades.quantity[row],
        side: trades.side[row],
        tainted: false,
    }
}

/// Trades of one instrument, in their order, out of a chunk of trades alone: their rows in it, and
/// what is added up of them side by side.
#[derive(Debug, Clone, Copy)]
pub struct TradeRun<'a> {
    /// The chunk.
    pub chunk: &'a Chunk,
    /// Rows of it.
    pub rows: &'a [u32],
    /// Price of each at the instrument's scale.
    pub price: &'a [i64],
    /// Quantity of each at the instrument's scale.
    pub quantity: &'a [i64],
    /// Aggressor of each: +1, -1, 0 unknown.
    pub side: &'a [i8],
}

impl<'a> TradeRun<'a> {
    fn split_at(&self, middle: usize) -> (TradeRun<'a>, TradeRun<'a>) {
        let (rows, later_rows) = self.rows.split_at(middle);
        let (price, later_price) = self.price.split_at(middle);
        let (quantity, later_quantity) = self.quantity.split_at(middle);
        let (side, later_side) = self.side.split_at(middle);
        (
            TradeRun { rows, price, quantity, side, ..*self },
            TradeRun {
                rows: later_rows,
                price: later_price,
                quantity: later_quantity,
                side: later_side,
                ..*self
            },
        )
    }

    /// All of them as one event of a bar: the same as one after the other.
    fn event(&self, at: EventTime, tainted: bool) -> Option<BarEvent> {
        let (open, close) = (*self.price.first()?, *self.price.last()?);
        let (mut high, mut low, mut price_bits, mut quantity_bits) = (open, open, 0, 0);
        for (price, quantity) in self.price.iter().zip(self.quantity) {
            (high, low) = (high.max(*price), low.min(*price));
            price_bits |= price.unsigned_abs();
            quantity_bits |= quantity.unsigned_abs();
        }
        let bits = |or: u64| u64::BITS - or.leading_zeros();
        let rows_bits = bits(self.rows.len() as u64);
        let volume = sum(self.quantity.iter().copied(), bits(quantity_bits) + rows_bits);
        let bought = self.quantity.iter().zip(self.side);
        let bought = bought.map(|(quantity, side)| if *side > 0 { *quantity } else { 0 });
        let buy_volume = sum(bought, bits(quantity_bits) + rows_bits);
        let paid = self.price.iter().zip(self.quantity);
        let paid = paid.map(|(price, quantity)| i128::from(*price) * i128::from(*quantity));
        let notional = match bits(price_bits) + bits(quantity_bits) + rows_bits < i128::BITS {
            true => paid.fold(0i128, i128::wrapping_add),
            false => paid.fold(0, i128::saturating_add),
        };
        Some(BarEvent {
            from: at,
            to: at,
            prices: [open, high, low, close],
            volume,
            buy_volume,
            notional,
            trades: self.rows.len() as u64,
            side: *self.side.last()?,
            tainted,
        })
    }
}

/// A sum that stays at the largest number where it has to. Where `bits` of magnitude say that it
/// need not, additions take a fraction of the time.
fn sum(values: impl Iterator<Item = i64>, bits: u32) -> i64 {
    match bits < i64::BITS {
        true => values.fold(0i64, i64::wrapping_add),
        false => values.fold(0, i64::saturating_add),
    }
}

impl InstrumentEngine {
    /// Steps trades of this instrument. The same as [`InstrumentEngine::on_row`] for each of them.
    pub fn on_trades(&mut self, run: TradeRun<'_>, out: &mut Outputs, triggers: &mut Vec<Trigger>) {
        let (chunk, mut rest) = (run.chunk, run);
        while let (Some(first), Some(last)) = (rest.rows.first(), rest.rows.last()) {
            let until = self.quiet_until().0;
            let before = |row: &u32| chunk.ts[*row as usize] < until;
            let quiet = match (before(first), before(last)) {
                (_, true) => rest.rows.len(),
                (false, _) => 0,
                _ => rest.rows.partition_point(before),
            };
            let (now, later) = rest.split_at(quiet.max(1));
            if quiet == 0 {
                let row = *first as usize;
                let record = MarketRow::Trade(trade_at(chunk, row));
                self.on_row(chunk.key(row), &record, Stamps::of(chunk, row), out, triggers);
            } else {
                self.add_run(now);
            }
            rest = later;
        }
    }

    /// The event time before which a trade does nothing but add to bars and flows that are there.
    fn quiet_until(&self) -> EventTime {
        let grows = |bar: &BarSlot| !bar.takes(Feed::Trades) || bar.builder.grows();
        match self.wants.adds_only && self.last.is_some() && self.bars.iter().all(grows) {
            true => self.next_due,
            false => EventTime::MIN,
        }
    }

    /// Adds trades before [`InstrumentEngine::quiet_until`].
    fn add_run(&mut self, run: TradeRun<'_>) {
        let Some(last) = run.rows.last() else { return };
        let key = run.chunk.key(*last as usize);
        let Some(event) = run.event(key.ts, self.tainted()) else { return };
        for bar in self.bars.iter_mut().filter(|bar| bar.takes(Feed::Trades)) {
            bar.builder.grow(key, &event);
        }
        self.last = Some(key);
        self.last_trade = run.price.last().copied().zip(run.quantity.last().copied());
        if self.wants.trade_steps {
            for (i, row) in run.rows.iter().enumerate() {
                let (price, quantity, side) = (run.price[i], run.quantity[i], run.side[i]);
                let trade = BarTrade { price, quantity, side, tainted: event.tainted };
                self.await_look(EventTime(run.chunk.ts[*row as usize]), trade);
            }
        }
    }
}
