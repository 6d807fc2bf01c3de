//! The bar under construction, whatever cuts it.

use super::Feed;
use schemas::chunk::Candle;
use schemas::decimal::{power_of_ten, ratio};
use schemas::{
    EventTime, Instrument, OrderKey, Price, Side, Span, Text,
    records::{Bar, Clock},
};
use serde::{Deserialize, Serialize};

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

/// What is added to a bar: a trade, a best bid and offer, a candle, or a finished bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarEvent {
    /// When it began, on the bar's clock.
    pub from: EventTime,
    /// When it ended.
    pub to: EventTime,
    /// Open, high, low and close: twice the price if it comes from quotes, whose mid is then exact.
    pub prices: [i64; 4],
    /// Sum of quantities.
    pub volume: i64,
    /// Quantity of trades whose aggressor bought.
    pub buy_volume: i64,
    /// Sum of price times quantity.
    pub notional: i128,
    /// Trades; best bids and offers where it comes from quotes.
    pub trades: u64,
    /// Aggressor: +1, -1, 0 unknown.
    pub side: i8,
    /// Was the instrument's data doubtful?
    pub tainted: bool,
}

impl BarEvent {
    /// A trade.
    #[inline(always)]
    pub fn of_trade(at: EventTime, trade: &BarTrade) -> BarEvent {
        BarEvent {
            from: at,
            to: at,
            prices: [trade.price; 4],
            volume: trade.quantity,
            buy_volume: if trade.side > 0 { trade.quantity } else { 0 },
            notional: i128::from(trade.price) * i128::from(trade.quantity),
            trades: 1,
            side: trade.side,
            tainted: trade.tainted,
        }
    }

    /// A best bid and offer with both sides, by twice its mid.
    pub fn of_quote(at: EventTime, mid_doubled: i64, tainted: bool) -> BarEvent {
        BarEvent {
            from: at,
            to: at,
            prices: [mid_doubled; 4],
            volume: 0,
            buy_volume: 0,
            notional: 0,
            trades: 1,
            side: 0,
            tainted,
        }
    }

    /// A candle. What was bought and in how many trades counts only where both are said.
    pub fn of_candle(candle: &Candle) -> BarEvent {
        let (buy_volume, trades) = candle.buy_volume.zip(candle.trades).unwrap_or_default();
        BarEvent {
            from: candle.open_ts,
            to: candle.close_ts,
            prices: candle.prices,
            volume: candle.volume,
            buy_volume,
            notional: 0,
            trades,
            side: 0,
            tainted: false,
        }
    }
}

/// The bar under construction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BarState {
    /// Start; only once it is open.
    pub open_ts: EventTime,
    /// End, excluded; of bars that are not cut by time, that of the last event.
    pub close_ts: EventTime,
    /// Key of the last record in it.
    pub cause: OrderKey,
    pub(super) open: i64,
    pub(super) high: i64,
    pub(super) low: i64,
    pub(super) close: i64,
    pub(super) volume: i64,
    buy_volume: i64,
    pub(super) notional: i128,
    trades: u64,
    /// What was added to it.
    pub(super) events: u64,
    /// Opened without an event, by the close of the bar before.
    carried: bool,
    tainted: bool,
}

impl BarState {
    /// Is there anything to close?
    #[inline(always)]
    pub fn is_open(&self) -> bool {
        self.events > 0 || self.carried
    }

    /// Adds an event to a bar over a span of time.
    #[inline(always)]
    pub fn add_within(&mut self, every: Span, key: OrderKey, event: &BarEvent) {
        if !self.is_open() {
            self.open_ts = event.from.floor(every);
            self.close_ts = self.open_ts.plus(every);
        }
        self.merge(key, event, 1);
    }

    /// Adds an event to a bar that time does not cut.
    #[inline(always)]
    pub fn add(&mut self, key: OrderKey, event: &BarEvent) {
        if self.events == 0 {
            self.open_ts = event.from;
        }
        self.close_ts = event.to;
        self.merge(key, event, 1);
    }

    /// Adds so many events that are told as one.
    #[inline(always)]
    pub(super) fn merge(&mut self, key: OrderKey, event: &BarEvent, events: u64) {
        let [open, high, low, close] = event.prices;
        if self.events == 0 {
            (self.open, self.high, self.low) = (open, high, low);
        }
        self.cause = key;
        self.high = self.high.max(high);
        self.low = self.low.min(low);
        self.close = close;
        self.volume = self.volume.saturating_add(event.volume);
        self.buy_volume = self.buy_volume.saturating_add(event.buy_volume);
        self.notional = self.notional.saturating_add(event.notional);
        self.trades += event.trades;
        self.events += events;
        self.tainted |= event.tainted;
    }

    /// The bar of the next span, opened by the close of this one.
    pub(super) fn carry(&self, every: Span) -> BarState {
        let close = self.close;
        BarState {
            open_ts: self.close_ts,
            close_ts: self.close_ts.plus(every),
            cause: self.cause,
            open: close,
            high: close,
            low: close,
            close,
            carried: true,
            ..BarState::default()
        }
    }

    /// The finished bar as something to be added to a higher one.
    pub fn event(&self) -> BarEvent {
        BarEvent {
            from: self.open_ts,
            to: self.close_ts,
            prices: [self.open, self.high, self.low, self.close],
            volume: self.volume,
            buy_volume: self.buy_volume,
            notional: self.notional,
            trades: self.trades,
            side: 0,
            tainted: self.tainted,
        }
    }

    /// The bar's columns, in the order of [`super::BAR_COLUMNS`]; NaN for what is not known.
    pub fn columns(&self, instrument: &Instrument, feed: Feed) -> [f64; 8] {
        let price = |raw| instrument.price_f64(raw) / if feed == Feed::Quotes { 2.0 } else { 1.0 };
        let untold = feed == Feed::Candles && self.trades == 0 && self.volume > 0;
        let told = |value| if untold { f64::NAN } else { value };
        [
            price(self.open),
            price(self.high),
            price(self.low),
            price(self.close),
            instrument.quantity_f64(self.volume),
            self.vwap(instrument, feed),
            told(instrument.quantity_f64(self.buy_volume)),
            told(self.trades as f64),
        ]
    }

    /// Price times quantity over volume, from the integer sums, divided once.
    fn vwap(&self, instrument: &Instrument, feed: Feed) -> f64 {
        if feed == Feed::Candles {
            return f64::NAN;
        }
        let unit = power_of_ten(instrument.price_scale);
        ratio(self.notional, i128::from(self.volume) * i128::from(unit))
    }

    /// The finished bar as a record.
    pub fn record(&self, key: OrderKey, made: &Made<'_>, instrument: &Instrument) -> Bar {
        let price = |raw: i64| match made.feed {
            // Half of an odd number has one more place, if there is room for it.
            Feed::Quotes if instrument.price_scale >= 18 => instrument.price(raw / 2),
            Feed::Quotes => Price::new(raw.saturating_mul(5), instrument.price_scale + 1),
            Feed::Trades | Feed::Candles => instrument.price(raw),
        };
        let quantity = |raw| instrument.quantity(raw);
        let scale = instrument.price_scale + instrument.quantity_scale;
        Bar {
            key,
            instrument: Some(instrument.id.text().clone()),
            name: made.name.clone(),
            origin: made.origin.clone(),
            clock: made.clock,
            open_ts: self.open_ts,
            close_ts: self.close_ts,
            open: price(self.open),
            high: price(self.high),
            low: price(self.low),
            close: price(self.close),
            volume: quantity(self.volume),
            notional: match made.feed {
                Feed::Candles => f64::NAN,
                Feed::Trades | Feed::Quotes => ratio(
                    self.notional.saturating_mul(instrument.multiplier.into()),
                    10i128.pow(scale.into()),
                ),
            },
            buy_volume: quantity(self.buy_volume),
            trades: self.trades,
            vwap: self.vwap(instrument, made.feed),
            empty: self.trades == 0 && self.volume == 0,
            tainted: self.tainted,
        }
    }
}

/// What a record says about how its bar was made.
#[derive(Debug, Clone)]
pub struct Made<'a> {
    /// Name in the job file.
    pub name: &'a Text,
    /// `trades`, `quotes`, `candles` or the name of a bar.
    pub origin: Text,
    /// Which clock cut.
    pub clock: Clock,
    /// What it was built from in the end.
    pub feed: Feed,
}
