//! The columns of orders of books.

use super::NO_ID;
use crate::Side;
use crate::records::OrderAction;
use serde::{Deserialize, Serialize};

/// One row about an order of a book, prices and quantities at the instrument's scales. What an
/// action has not is [`NO_ID`], no side, or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// What happens.
    pub action: OrderAction,
    /// The venue's id of the order.
    pub id: u64,
    /// Its place at its price, less being earlier; [`NO_ID`] where the venue does not say.
    pub priority: u64,
    /// Its side.
    pub side: Option<Side>,
    /// Its price, or that of the execution.
    pub price: i64,
    /// Its quantity from now on, or how much of it goes or is executed.
    pub quantity: i64,
    /// Does the row end its message?
    pub last: bool,
}

impl OrderRow {
    /// A row about an order, within its message.
    pub fn about(action: OrderAction, id: u64, side: Side, price: i64, quantity: i64) -> OrderRow {
        let side = Some(side);
        OrderRow { action, id, priority: NO_ID, side, price, quantity, last: false }
    }

    /// A row about no order.
    pub fn bare(action: OrderAction, last: bool) -> OrderRow {
        let (id, priority) = (NO_ID, NO_ID);
        OrderRow { action, id, priority, side: None, price: 0, quantity: 0, last }
    }

    /// Is it about no order?
    pub fn is_bare(&self) -> bool {
        matches!(self.action, OrderAction::Clear | OrderAction::Nothing | OrderAction::Gap)
    }
}

/// Columns of orders of books; see [`OrderRow`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Orders {
    /// What happens.
    pub action: Vec<OrderAction>,
    /// The venue's ids.
    pub id: Vec<u64>,
    /// Places at their prices; [`NO_ID`] where the venue does not say.
    pub priority: Vec<u64>,
    /// +1 bids, -1 asks, 0 for rows about no order.
    pub side: Vec<i8>,
    /// Price at the instrument's scale.
    pub price: Vec<i64>,
    /// Quantity at the instrument's scale.
    pub quantity: Vec<i64>,
    /// Ends its message.
    pub last: Vec<bool>,
}

impl Orders {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.action.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.action.is_empty()
    }

    /// Adds a row.
    pub fn push(&mut self, row: OrderRow) {
        self.action.push(row.action);
        self.id.push(row.id);
        self.priority.push(row.priority);
        self.side.push(row.side.map_or(0, |side| side.sign() as i8));
        self.price.push(row.price);
        self.quantity.push(row.quantity);
        self.last.push(row.last);
    }

    /// The row at a place.
    ///
    /// # Panics
    /// When there is no such place.
    #[inline]
    pub fn at(&self, slot: usize) -> OrderRow {
        let side = Some(self.side[slot]).filter(|sign| *sign != 0);
        OrderRow {
            action: self.action[slot],
            id: self.id[slot],
            priority: self.priority[slot],
            side: side.map(|sign| Side::of(sign.into())),
            price: self.price[slot],
            quantity: self.quantity[slot],
            last: self.last[slot],
        }
    }
}
