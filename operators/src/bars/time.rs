//! Bars over equal spans of time: `[open_ts, close_ts)`, aligned to 1970 UTC.

use schemas::decimal::{power_of_ten, ratio};
use schemas::{
    EventTime, Instrument, OrderKey, Side, Span, Text,
    records::{Bar, Clock},
};
use serde::{Deserialize, Serialize};

/// Time bars. By the receive clock a bar closes when that clock passes its end, whether or not
/// another trade comes; by the exchange clock with the first trade that the venue dates at or
/// after its end. Spans without a trade have no bar. A trade that the venue dates before the
/// bar that is open counts into the open bar: what was emitted is never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeBar {
    /// Length of each bar.
    pub every: Span,
    /// Which clock cuts.
    pub clock: Clock,
}

/// The bar under construction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BarState {
    /// Start; only with trades.
    pub open_ts: EventTime,
    /// End, excluded.
    pub close_ts: EventTime,
    /// Key of the last trade in it.
    pub cause: OrderKey,
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    volume: i64,
    buy_volume: i64,
    notional: i128,
    trades: u64,
    tainted: bool,
}

impl BarState {
    /// Has it any trade?
    pub fn is_open(&self) -> bool {
        self.trades > 0
    }

    /// Adds a trade whose time on the bar's clock is `at`.
    #[inline(always)]
    pub fn add(&mut self, every: Span, at: EventTime, key: OrderKey, trade: BarTrade) {
        if self.trades == 0 {
            self.open_ts = at.floor(every);
            self.close_ts = self.open_ts.plus(every);
            (self.open, self.high, self.low) = (trade.price, trade.price, trade.price);
        }
        self.cause = key;
        self.high = self.high.max(trade.price);
        self.low = self.low.min(trade.price);
        self.close = trade.price;
        self.volume = self.volume.saturating_add(trade.quantity);
        if trade.side > 0 {
            self.buy_volume = self.buy_volume.saturating_add(trade.quantity);
        }
        self.notional += i128::from(trade.price) * i128::from(trade.quantity);
        self.trades += 1;
        self.tainted |= trade.tainted;
    }

    /// The bar's columns, in the order of [`super::BAR_COLUMNS`].
    pub fn columns(&self, instrument: &Instrument) -> [f64; 8] {
        [
            instrument.price_f64(self.open),
            instrument.price_f64(self.high),
            instrument.price_f64(self.low),
            instrument.price_f64(self.close),
            instrument.quantity_f64(self.volume),
            self.vwap(instrument),
            instrument.quantity_f64(self.buy_volume),
            self.trades as f64,
        ]
    }

    /// Price times quantity over volume, from the integer sums, divided once.
    fn vwap(&self, instrument: &Instrument) -> f64 {
        let unit = power_of_ten(instrument.price_scale);
        ratio(self.notional, i128::from(self.volume) * i128::from(unit))
    }

    /// The finished bar as a record.
    pub fn record(&self, key: OrderKey, name: &Text, clock: Clock, instrument: &Instrument) -> Bar {
        let price = |raw| instrument.price(raw);
        let quantity = |raw| instrument.quantity(raw);
        let scale = instrument.price_scale + instrument.quantity_scale;
        Bar {
            key,
            instrument: Some(instrument.id.text().clone()),
            name: name.clone(),
            origin: "trades".into(),
            clock,
            open_ts: self.open_ts,
            close_ts: self.close_ts,
            open: price(self.open),
            high: price(self.high),
            low: price(self.low),
            close: price(self.close),
            volume: quantity(self.volume),
            notional: ratio(
                self.notional * i128::from(instrument.multiplier),
                10i128.pow(scale.into()),
            ),
            buy_volume: quantity(self.buy_volume),
            trades: self.trades,
            vwap: self.vwap(instrument),
            empty: false,
            tainted: self.tainted,
        }
    }
}

/// What a bar takes from a trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarTrade {
    /// Price at the instrument's scale.
    pub price: i64,
    /// Quantity at the instrument's scale.
    pub quantity: i64,
    /// Aggressor: +1, -1, 0 unknown.
    pub side: i8,
    /// Was the instrument's data doubtful?
    pub tainted: bool,
}

impl BarTrade {
    /// The aggressor as a side.
    pub fn aggressor(&self) -> Option<Side> {
        (self.side != 0).then(|| Side::of(self.side.into()))
    }
}
