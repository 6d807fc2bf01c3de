//! Order-flow imbalance of a window of time.
//!
//! - Formula: `sum(e), e = qb (pb >= pb') - qb' (pb <= pb') - qa (pa <= pa') + qa' (pa >= pa')`.
//! - Parameters: `from`, `to`.
//! - Convention: Cont, Kukanov and Stoikov; ' is the quote before; a quote that lacks a side breaks
//!   the chain, and the one after it counts nothing.
//! - Warm-up: event time `from` since the first record; then 0 where nothing changed.
//! - Cost: O(1) an event, amortised.
//! - Source: R. Cont, A. Kukanov and S. Stoikov, The Price Impact of Order Book Events, 2014, eq.
//!   2.1.

use super::{
    Ago, Length, Reads, Scales,
    window::{Frame, Held, Sum, Windowed},
};
use crate::{
    indicators::{About, parameters},
    market::Top,
};
use schemas::decimal::{power_of_ten, ratio};

parameters! {
    /// How much more the best bid was strengthened than the best ask in a window of time: orders
    /// placed, taken back and executed at the best prices, as quantities.
    pub struct OrderFlowImbalance {
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for OrderFlowImbalance {
    const ABOUT: About = About {
        title: "Order-flow imbalance",
        formula: "sum(e), e = qb (pb >= pb') - qb' (pb <= pb') - qa (pa <= pa') + qa' (pa >= pa')",
        convention: "Cont, Kukanov and Stoikov; ' is the quote before; a quote that lacks a side \
                     breaks the chain, and the one after it counts nothing",
        warm_up: "event time from since the first record; then 0 where nothing changed",
        cost: "O(1) an event, amortised",
        source: "R. Cont, A. Kukanov and S. Stoikov, The Price Impact of Order Book Events, 2014, \
                 eq. 2.1",
    };
    type Memory = Option<Top>;
    type Aggregate = Sum;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        Reads::Quotes
    }

    fn unit(&self) -> &'static str {
        "quantity"
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(_, from, to)| Self { from, to }).into()
    }

    #[inline(always)]
    fn of_quote(&self, memory: &mut Option<Top>, top: &Top) -> Option<i64> {
        let before = std::mem::replace(memory, top.is_complete().then_some(*top))?;
        top.is_complete().then(|| contribution(&before, top))
    }

    fn read(&self, held: &mut Held<Option<Top>, Sum>, scales: Scales) -> f64 {
        ratio(held.window.aggregate().get(), power_of_ten(scales.quantity).into())
    }
}

/// What a change of the best bid and offer says of supply and demand.
fn contribution(before: &Top, now: &Top) -> i64 {
    let mut sum = 0_i64;
    let mut add = |counts: bool, quantity: i64| {
        sum = sum.saturating_add(if counts { quantity } else { 0 });
    };
    add(now.bid >= before.bid, now.bid_quantity);
    add(now.bid <= before.bid, -before.bid_quantity);
    add(now.ask <= before.ask, -now.ask_quantity);
    add(now.ask >= before.ask, before.ask_quantity);
    sum
}

#[cfg(test)]
mod tests {
    use super::OrderFlowImbalance;
    use crate::features::testing::{ago, expect_quotes, length};

    #[test]
    fn by_hand() {
        let imbalance = OrderFlowImbalance { from: length(10), to: ago(0) };
        // Bid 5 to 7 at one price: +2. Ask falls to a new price with 4: -4. Bid rises with 3: +3.
        // Bid falls back: -3.
        let quotes = [
            (0, [100, 5, 102, 6]),
            (1, [100, 7, 102, 6]),
            (2, [100, 7, 101, 4]),
            (3, [101, 3, 102, 4]),
            (4, [100, 9, 102, 4]),
        ];
        // At 3 the ask goes back as well: its 4 are gone, +4.
        expect_quotes(&imbalance, &quotes, &[(9, None), (10, Some(2.0 - 4.0 + 3.0 + 4.0 - 3.0))]);
        expect_quotes(&imbalance, &quotes, &[(12, Some(4.0)), (14, Some(0.0))]);
    }

    #[test]
    fn a_side_that_is_absent_breaks_the_chain() {
        let imbalance = OrderFlowImbalance { from: length(10), to: ago(0) };
        let quotes = [
            (0, [100, 5, 102, 6]),
            (1, [100, 5, 0, 0]),
            (2, [100, 9, 102, 6]),
            (3, [100, 8, 102, 6]),
        ];
        expect_quotes(&imbalance, &quotes, &[(10, Some(-1.0))]);
    }
}
