//! Features of a book at the end of a message. Prices and quantities are those of the book, at the
//! instrument's scales: divide a price by `10^price_scale`. What a book without two sides, or one
//! that is not synced, cannot say is `None`.

use super::L2Book;
use schemas::Side;

/// Best bid and best ask, price and quantity each.
fn top(book: &L2Book) -> Option<((i64, i64), (i64, i64))> {
    book.best_bid().zip(book.best_ask())
}

/// `ask - bid`; negative when crossed.
pub fn spread(book: &L2Book) -> Option<i64> {
    let (bid, ask) = top(book)?;
    ask.0.checked_sub(bid.0)
}

/// `(bid + ask) / 2`.
pub fn mid(book: &L2Book) -> Option<f64> {
    let (bid, ask) = top(book)?;
    Some((i128::from(bid.0) + i128::from(ask.0)) as f64 / 2.0)
}

/// `(bid * ask quantity + ask * bid quantity) / (bid quantity + ask quantity)`: nearer to the side
/// that has less, which is the next to give way.
pub fn microprice(book: &L2Book) -> Option<f64> {
    let (bid, ask) = top(book)?;
    let product = |price: i64, quantity: i64| i128::from(price) * i128::from(quantity);
    // Both sums are exact: 2 * 2^63 * 2^63 fits 128 bits with its sign.
    let weighted = product(bid.0, ask.1) + product(ask.0, bid.1);
    Some(weighted as f64 / (i128::from(bid.1) + i128::from(ask.1)) as f64)
}

/// `(B - A) / (B + A)` of the quantities of the best `levels` of each side, or of as many as there
/// are: from -1, only asks, to 1, only bids.
pub fn imbalance(book: &L2Book, levels: usize) -> Option<f64> {
    let sum = |side| book.levels(side).take(levels).map(|(_, q)| i128::from(q)).sum::<i128>();
    let (bids, asks) = (sum(Side::Buy), sum(Side::Sell));
    (bids + asks > 0).then(|| (bids - asks) as f64 / (bids + asks) as f64)
}
