//! Instruments: `venue:symbol` and the facts of the contract.

use crate::{
    EventTime, Price, Quantity, Text,
    decimal::{DecimalError, Money, parse_scaled, power_of_ten},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// `venue:symbol`, the venue being the market segment (`binance`, `binance_usdm`): the Kafka key,
/// the state key and the lake's `instrument`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InstrumentId(Text);

impl InstrumentId {
    /// Joins the two parts.
    pub fn new(venue: &str, symbol: &str) -> InstrumentId {
        InstrumentId(format!("{venue}:{symbol}").into())
    }
    /// The market segment.
    pub fn venue(&self) -> &str {
        self.0.split_once(':').expect("an id holds a colon").0
    }
    /// The venue's own spelling.
    pub fn symbol(&self) -> &str {
        self.0.split_once(':').expect("an id holds a colon").1
    }
    /// As text.
    pub fn text(&self) -> &Text {
        &self.0
    }
}

/// Text that is no `venue:symbol`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no instrument: write venue:symbol, as in binance:BTCUSDT \
     (letters, digits, `_`, `-`, `.`; the venue in lower case)"
)]
pub struct InstrumentIdError(String);

impl FromStr for InstrumentId {
    type Err = InstrumentIdError;
    fn from_str(text: &str) -> Result<InstrumentId, InstrumentIdError> {
        // Both parts become folder names in the lake, so they must not be able to leave it.
        let name = |part: &str, extra: &[u8]| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || extra.contains(&b))
                && !part.starts_with('.')
        };
        match text.split_once(':') {
            Some((venue, symbol))
                if name(venue, b"_")
                    && !venue.bytes().any(|b| b.is_ascii_uppercase())
                    && name(symbol, b"_-./")
                    && !symbol.split('/').any(|part| matches!(part, "." | "..")) =>
            {
                Ok(InstrumentId(text.into()))
            }
            _ => Err(InstrumentIdError(text.to_owned())),
        }
    }
}
impl fmt::Display for InstrumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for InstrumentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for InstrumentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<InstrumentId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A fraction such as a fee rate: parts of 10^12, exact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Rate(pub i64);

impl Rate {
    /// `1` as a rate.
    pub const ONE: i64 = 1_000_000_000_000;

    /// Reads decimal text.
    ///
    /// # Errors
    /// As [`parse_scaled`].
    pub fn parse(text: &str) -> Result<Rate, DecimalError> {
        parse_scaled(text, 12).map(Rate)
    }

    /// The nearest rate to a double; none if it is not finite, or too large for a rate.
    pub fn nearest(value: f64) -> Option<Rate> {
        let scaled = (value * Rate::ONE as f64).round();
        // All rates that venues write have fewer places than are kept: nothing is rounded off.
        (scaled.abs() < i64::MAX as f64).then_some(Rate(scaled as i64))
    }

    /// This fraction of an amount, rounded once, half to even.
    pub fn of(self, amount: Money) -> Money {
        amount.share(self.0.into(), Rate::ONE.into())
    }
}
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Money(self.0.into()).to_string();
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}
impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        Rate::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

crate::text_enum! {
    /// What kind of contract.
    Kind {
        /// Delivered at once.
        Spot = "spot",
        /// A perpetual swap.
        Perpetual = "perpetual",
        /// A dated future.
        Future = "future",
    }
}

/// The facts of a contract. Prices and quantities of the instrument are integers at its scales
/// everywhere inside the engine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Instrument {
    /// Who it is.
    pub id: InstrumentId,
    /// Base currency.
    pub base: Text,
    /// Quote currency: the unit of prices.
    pub quote: Text,
    /// Settlement currency: the unit of profit.
    pub settle: Text,
    /// Kind of contract.
    pub kind: Kind,
    /// Decimal places of prices inside the engine.
    #[serde(deserialize_with = "scale")]
    pub price_scale: u8,
    /// Decimal places of quantities inside the engine.
    #[serde(deserialize_with = "scale")]
    pub quantity_scale: u8,
    /// Smallest price step, at `price_scale`.
    #[serde(deserialize_with = "above_zero")]
    pub tick: i64,
    /// Smallest quantity step, at `quantity_scale`.
    #[serde(deserialize_with = "above_zero")]
    pub lot: i64,
    /// Units of base (inverse: of quote) currency in one unit of quantity.
    #[serde(deserialize_with = "above_zero")]
    pub multiplier: i64,
    /// Is a unit worth a fixed amount of *quote* currency, settled in base?
    pub inverse: bool,
}

/// Most decimal places of which 64 bits hold the unit.
const SCALE_MAX: u8 = 18;

fn scale<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        scale @ 0..=SCALE_MAX => Ok(scale),
        scale => Err(serde::de::Error::custom(format!("{scale} decimal places do not fit"))),
    }
}

fn above_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match i64::deserialize(deserializer)? {
        value @ 1.. => Ok(value),
        value => Err(serde::de::Error::custom(format!("{value} is not above zero"))),
    }
}

impl Instrument {
    /// What `quantity` (signed) is worth at `price`, in settlement currency: `p * q * multiplier`;
    /// for an inverse contract `-q * multiplier / p`, so that profit is a difference of values.
    pub fn value(&self, price: Price, quantity: i64) -> Money {
        let contracts = i128::from(quantity) * i128::from(self.multiplier);
        if self.inverse {
            if price.raw == 0 {
                return Money::ZERO;
            }
            let up = i128::from(power_of_ten(price.scale));
            return -Money::from_ratio(contracts * up, self.quantity_scale, price.raw.into());
        }
        Money::from_ratio(contracts * i128::from(price.raw), price.scale + self.quantity_scale, 1)
    }

    /// A price at the instrument's scale.
    pub fn price(&self, raw: i64) -> Price {
        Price::new(raw, self.price_scale)
    }

    /// A quantity at the instrument's scale.
    pub fn quantity(&self, raw: i64) -> Quantity {
        Quantity::new(raw, self.quantity_scale)
    }

    /// The absolute [`Instrument::value`].
    pub fn notional(&self, price: Price, quantity: i64) -> Money {
        Money(self.value(price, quantity).0.abs())
    }

    /// A price as a double.
    pub fn price_f64(&self, raw: i64) -> f64 {
        raw as f64 / power_of_ten(self.price_scale) as f64
    }

    /// A quantity as a double.
    pub fn quantity_f64(&self, raw: i64) -> f64 {
        raw as f64 / power_of_ten(self.quantity_scale) as f64
    }

    /// A quantity rounded down to the lot; null and negative give zero.
    pub fn lots_down(&self, quantity: f64) -> i64 {
        let raw = quantity * power_of_ten(self.quantity_scale) as f64;
        // A double a hair below a whole number of lots means that number.
        let lots = (raw / self.lot as f64 * (1.0 + 4.0 * f64::EPSILON)).floor();
        if lots >= 1.0 && lots * (self.lot as f64) < 9e18 { lots as i64 * self.lot } else { 0 }
    }

    /// A price rounded to the tick, down for a buyer and up for a seller (passively).
    pub fn tick_passive(&self, price: f64, buy: bool) -> Option<i64> {
        let whole = self.ticks(price, !buy);
        (whole >= 1.0 && whole * (self.tick as f64) < 9e18).then(|| whole as i64 * self.tick)
    }

    /// The first tick at or beyond a finite level, above or below it. Levels that are no prices,
    /// as those below zero, are kept: nothing trades there. Beyond 4e18 it saturates.
    pub fn tick_beyond(&self, level: f64, up: bool) -> i64 {
        let raw = self.ticks(level, up) * self.tick as f64;
        raw.clamp(-4e18, 4e18) as i64
    }

    /// Whole ticks up or down to a price; one a hair from a tick is that tick.
    fn ticks(&self, price: f64, up: bool) -> f64 {
        let ticks = price * power_of_ten(self.price_scale) as f64 / self.tick as f64;
        let nearest = ticks.round();
        let exact = (ticks - nearest).abs() <= nearest.abs() * 4.0 * f64::EPSILON;
        match (exact, up) {
            (true, _) => nearest,
            (false, false) => ticks.floor(),
            (false, true) => ticks.ceil(),
        }
    }

    /// The average price of `quantity` that was acquired for `value`, for display only.
    pub fn average_price(&self, value: Money, quantity: i64) -> f64 {
        let contracts = self.quantity_f64(quantity) * self.multiplier as f64;
        if self.inverse { -contracts / value.to_f64() } else { value.to_f64() / contracts }
    }
}

crate::record! {
    /// Facts of an instrument from a date on.
    InstrumentFact {
        /// from when these facts hold
        valid_from: EventTime,
        /// base currency
        base: Text,
        /// quote currency, the unit of prices
        quote: Text,
        /// settlement currency, the unit of profit
        settle: Text,
        /// kind of contract
        kind: Kind,
        /// smallest price step
        tick: Price,
        /// smallest quantity step
        lot: Quantity,
        /// units of base (inverse: quote) currency in one contract
        multiplier: i64,
        /// worth a fixed amount of quote currency, settled in base
        inverse: bool,
        /// maker fee as a fraction of notional
        maker_fee: f64,
        /// taker fee as a fraction of notional
        taker_fee: f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_a_venue_and_a_symbol_and_never_another_folder() {
        for text in ["binance:BTCUSDT", "deribit:BTC-27DEC24.X_1", "demo:BTC/USD"] {
            assert_eq!(text.parse::<InstrumentId>().unwrap().to_string(), text);
        }
        for text in
            ["BTCUSDT", ":A", "a:", "Demo:A", "a:b c", "a:.b", "a:b/../c", "a:b/..", "a:b/."]
        {
            assert!(text.parse::<InstrumentId>().is_err(), "{text}");
        }
    }

    #[test]
    fn facts_that_cannot_be_are_refused() {
        let good = r#"{"id":"demo:A","base":"A","quote":"USD","settle":"USD","kind":"spot",
            "price_scale":18,"quantity_scale":0,"tick":1,"lot":2,"multiplier":3,"inverse":false}"#;
        let read = |text: &str| serde_json::from_str::<Instrument>(text);
        assert_eq!(read(good).unwrap().price_scale, 18);
        for (from, to, why) in [
            ("scale\":18", "scale\":19", "19 decimal places do not fit"),
            ("scale\":0", "scale\":200", "200 decimal places do not fit"),
            ("tick\":1", "tick\":0", "0 is not above zero"),
            ("lot\":2", "lot\":-2", "-2 is not above zero"),
            ("multiplier\":3", "multiplier\":0", "0 is not above zero"),
        ] {
            let error = read(&good.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
