//! Types of parameters that cannot hold a bad value.

use crate::{bars::BarTrade, market::Top};
use schemas::{Money, Span, decimal::power_of_ten};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::{Reads, Scales};

/// A length of event time, above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Length(Span);

impl Length {
    /// The accepted values in words.
    pub const TEXT: &'static str = "span of time above 0";

    /// A length written in code.
    ///
    /// # Panics
    /// If it is not above 0.
    pub const fn of(span: Span) -> Length {
        assert!(span.0 > 0, "a length is above 0");
        Length(span)
    }

    /// The span.
    pub const fn get(self) -> Span {
        self.0
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Length, D::Error> {
        match Span::deserialize(deserializer)? {
            span if span.0 > 0 => Ok(Length(span)),
            span => Err(D::Error::custom(format!("{span} is no {}", Length::TEXT))),
        }
    }
}

/// An age in event time, 0 where a job does not say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ago(Span);

impl Ago {
    /// The accepted values in words.
    pub const TEXT: &'static str = "span of time";

    /// An age written in code.
    ///
    /// # Panics
    /// If it is below 0.
    pub const fn of(span: Span) -> Ago {
        assert!(span.0 >= 0, "an age is not below 0");
        Ago(span)
    }

    /// The span.
    pub const fn get(self) -> Span {
        self.0
    }
}

/// An exact amount above 0: text such as `"0.5"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(Money);

impl Amount {
    /// The accepted values in words.
    pub const TEXT: &'static str = "decimal above 0 as text";

    /// An amount written in code.
    ///
    /// # Panics
    /// If it is no decimal above 0.
    pub fn of(text: &str) -> Amount {
        let money = Money::parse(text).expect("a decimal");
        assert!(money.0 > 0, "an amount is above 0");
        Amount(money)
    }

    /// The amount as an integer of `places` decimal places, rounded up: at least 1.
    pub fn at(self, places: u8) -> i128 {
        let Money(amount) = self.0;
        match places.checked_sub(Money::SCALE) {
            Some(more) => amount.saturating_mul(power_of_ten(more).into()),
            None => {
                let unit = i128::from(power_of_ten(Money::SCALE - places));
                amount / unit + i128::from(amount % unit != 0)
            }
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        serializer.serialize_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Money::parse(&text) {
            Ok(money) if money.0 > 0 => Ok(Amount(money)),
            Ok(_) => Err(D::Error::custom(format!("`{text}` is no {}", Amount::TEXT))),
            Err(why) => Err(D::Error::custom(format!("`{text}` is no {}: {why}", Amount::TEXT))),
        }
    }
}

/// A number of every trade, or of every best bid and offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Series {
    /// Price of a trade.
    #[serde(rename = "trade.price")]
    TradePrice,
    /// Quantity of a trade.
    #[serde(rename = "trade.quantity")]
    TradeQuantity,
    /// Best bid.
    #[serde(rename = "quote.bid")]
    Bid,
    /// Best ask.
    #[serde(rename = "quote.ask")]
    Ask,
    /// Middle of best bid and ask.
    #[serde(rename = "quote.mid")]
    Mid,
    /// Best ask less best bid.
    #[serde(rename = "quote.spread")]
    Spread,
    /// Quantity at the best bid.
    #[serde(rename = "quote.bid_quantity")]
    BidQuantity,
    /// Quantity at the best ask.
    #[serde(rename = "quote.ask_quantity")]
    AskQuantity,
}

impl Series {
    /// The accepted values in words.
    pub const TEXT: &'static str = "one of trade.price, trade.quantity, quote.bid, quote.ask, \
                                    quote.mid, quote.spread, quote.bid_quantity, \
                                    quote.ask_quantity";

    /// Every one of them, in the order of [`Series::TEXT`].
    pub const ALL: [Series; 8] = [
        Series::TradePrice,
        Series::TradeQuantity,
        Series::Bid,
        Series::Ask,
        Series::Mid,
        Series::Spread,
        Series::BidQuantity,
        Series::AskQuantity,
    ];

    /// Which records have it.
    pub const fn reads(self) -> Reads {
        match self {
            Series::TradePrice | Series::TradeQuantity => Reads::Trades,
            _ => Reads::Quotes,
        }
    }

    /// Its unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Series::TradeQuantity | Series::BidQuantity | Series::AskQuantity => "quantity",
            _ => "price",
        }
    }

    /// The unit of how fast it changes.
    pub fn unit_a_second(self) -> &'static str {
        if self.unit() == "price" { "price a second" } else { "quantity a second" }
    }

    /// The number of a trade, at [`Series::one`].
    #[inline(always)]
    pub(super) fn of_trade(self, trade: &BarTrade) -> Option<i64> {
        match self {
            Series::TradePrice => Some(trade.price),
            Series::TradeQuantity => Some(trade.quantity),
            _ => None,
        }
    }

    /// The number of a best bid and offer, at [`Series::one`]; nothing if a side that it needs is
    /// absent.
    #[inline(always)]
    pub(super) fn of_quote(self, top: &Top) -> Option<i64> {
        let (bid, ask) = (top.bid_quantity > 0, top.ask_quantity > 0);
        match self {
            Series::Bid => bid.then_some(top.bid),
            Series::Ask => ask.then_some(top.ask),
            Series::Mid => (bid && ask).then(|| top.bid.saturating_add(top.ask)),
            Series::Spread => (bid && ask).then(|| top.ask.saturating_sub(top.bid)),
            Series::BidQuantity => bid.then_some(top.bid_quantity),
            Series::AskQuantity => ask.then_some(top.ask_quantity),
            Series::TradePrice | Series::TradeQuantity => None,
        }
    }

    /// The integer that stands for 1. Twice that of prices for the mid, which is kept exact as the
    /// sum of bid and ask.
    pub(super) fn one(self, scales: Scales) -> i128 {
        let places = if self.unit() == "price" { scales.price } else { scales.quantity };
        let one = i128::from(power_of_ten(places));
        if self == Series::Mid { 2 * one } else { one }
    }
}
