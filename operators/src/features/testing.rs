//! Running a feature over a few records, for the tests beside each one.

use super::{Ago, Feature, FeatureState, Length, Reads, Scales};
use crate::{bars::BarTrade, market::Top};
use schemas::{EventTime, Span, chunk::NO_ID};

/// Prices and quantities are whole numbers.
pub const WHOLE: Scales = Scales { price: 0, quantity: 0 };

/// A record that features take.
#[derive(Debug, Clone, Copy)]
pub enum Record {
    /// A trade.
    Trade(BarTrade),
    /// A best bid and offer.
    Quote(Top),
}

/// A length in seconds.
pub fn length(seconds: i64) -> Length {
    Length::of(Span(seconds * Span::SECOND.0))
}

/// An age in seconds.
pub fn ago(seconds: i64) -> Ago {
    Ago::of(Span(seconds * Span::SECOND.0))
}

/// A trade of price, quantity and aggressor.
pub fn trade(price: i64, quantity: i64, side: i8) -> BarTrade {
    BarTrade { price, quantity, side, tainted: false }
}

/// A best bid and offer of prices and quantities: bid, ask.
pub fn top([bid, bid_quantity, ask, ask_quantity]: [i64; 4]) -> Top {
    Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID }
}

/// Gives a state a record if its feature takes records of this kind, as the engine does.
pub fn give(state: &mut dyn FeatureState, reads: Reads, at: EventTime, record: &Record) {
    match (record, reads) {
        (Record::Trade(trade), Reads::Trades) => state.trades(&[(at, *trade)]),
        (Record::Quote(top), Reads::Quotes) => state.quote(at, top),
        _ => {}
    }
}

/// Checks values after records of `(second, price, quantity, side)`, at `(second, value)`.
#[track_caller]
pub fn expect_trades(
    feature: &dyn Feature,
    trades: &[(i64, i64, i64, i8)],
    expected: &[(i64, Option<f64>)],
) {
    let mut state = feature.start(WHOLE);
    for (second, price, quantity, side) in trades {
        let at = EventTime(second * Span::SECOND.0);
        state.trades(&[(at, trade(*price, *quantity, *side))]);
    }
    check(&mut *state, expected);
}

/// Checks values after records of `(second, best bid and offer)`, at `(second, value)`.
#[track_caller]
pub fn expect_quotes(
    feature: &dyn Feature,
    quotes: &[(i64, [i64; 4])],
    expected: &[(i64, Option<f64>)],
) {
    let mut state = feature.start(WHOLE);
    for (second, quote) in quotes {
        state.quote(EventTime(second * Span::SECOND.0), &top(*quote));
    }
    check(&mut *state, expected);
}

#[track_caller]
fn check(state: &mut dyn FeatureState, expected: &[(i64, Option<f64>)]) {
    for (second, expected) in expected {
        let found = state.value(EventTime(second * Span::SECOND.0));
        let same = match expected {
            None => found.is_nan(),
            Some(value) => (found - value).abs() <= 1e-12 * value.abs().max(1.0),
        };
        assert!(same, "after {second} s: {found}, expected {expected:?}");
    }
}
