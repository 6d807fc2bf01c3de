//! What the columns of a file mean.

use schemas::{EventTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the columns of a file mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// What a row is.
    pub record: Record,
    /// Names of the columns of a CSV file without a header, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What stands between the cells of a CSV file.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// When it happened, as the venue says.
    pub time: TimeColumn,
    /// When it was received; the venue's time where the file does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<TimeColumn>,
    /// Column of the symbol, where a file has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Columns by what they hold: price, quantity and id of a trade; bid, bid_quantity, ask,
    /// ask_quantity and update_id of a quote; price and quantity of a level of a book; of a whole
    /// book the first four of a quote, where `#` stands for the place of a level, from 0; open,
    /// high, low, close, volume, buy_volume and trades of a candle; rate and mark_price of
    /// funding.
    pub columns: BTreeMap<String, String>,
    /// Who came to the book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<SideRule>,
    /// Column that says whether a level is part of a snapshot, true or false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// When a candle ends, whole seconds: the column may hold its last moment, as Binance's does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<TimeColumn>,
    /// Where the mark prices of funding rates stand, if in no column: in the file whose name has
    /// the second of these words in place of the first. It has candles, with the same column of
    /// times; the open of the one that begins in the second of a settlement is its mark price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<[String; 2]>,
    /// How long a candle lasts, where no column says it; without both the second part of a file's
    /// name says it, as in `ETH_USDT-5m.feather`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A trade.
    Trade,
    /// A best bid and offer.
    Quote,
    /// A bar that the venue publishes; its time is its start.
    Candle,
    /// A level of a book, with its quantity from then on; levels received at one time are a
    /// message.
    Level,
    /// The best levels of a book, all of them.
    Book,
    /// A funding rate, at its settlement.
    Funding,
}

/// A column of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeColumn {
    /// Its name.
    pub column: String,
    /// Unit of whole numbers since 1970; columns of dates and times need none.
    #[serde(default)]
    pub unit: TimeUnit,
}

/// Unit of a number of time since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
    /// Milliseconds up to the year 5138 and microseconds from 1973 on: Binance changed from one to
    /// the other in 2025.
    MsOrUs,
    /// The column holds dates and times, no numbers.
    #[default]
    Date,
}

/// How a column says who came to the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideRule {
    /// The column.
    pub column: String,
    /// Its values for a buyer, in any case.
    pub buy: Vec<String>,
    /// Its values for a seller.
    pub sell: Vec<String>,
}

/// A layout that means nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Of what every such record has, one is missing.
    #[error("`columns` lacks `{0}`, which every {1} has")]
    Missing(&'static str, &'static str),
    /// No such thing in a record.
    #[error("`columns` names `{0}`, which no {1} has: known are {2}")]
    Unknown(String, &'static str, String),
    /// Not a delimiter.
    #[error("`{0}` cannot stand between cells: write one ASCII character")]
    Delimiter(char),
}

fn comma() -> char {
    ','
}

impl Record {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Record::Trade => "trade",
            Record::Quote => "quote",
            Record::Candle => "candle",
            Record::Level => "level",
            Record::Book => "book",
            Record::Funding => "funding",
        }
    }

    /// What it must have, and what it may.
    pub(super) fn fields(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Record::Trade => (&["price", "quantity"], &["id"]),
            Record::Quote => (&["bid", "bid_quantity", "ask", "ask_quantity"], &["update_id"]),
            Record::Level => (&["price", "quantity"], &[]),
            Record::Book => (&["bid", "bid_quantity", "ask", "ask_quantity"], &[]),
            Record::Funding => (&["rate"], &["mark_price"]),
            Record::Candle => {
                (&["open", "high", "low", "close", "volume"], &["buy_volume", "trades"])
            }
        }
    }
}

impl TimeUnit {
    /// Nanoseconds of a whole number.
    pub(super) fn to_ns(self, value: i64) -> Option<EventTime> {
        let factor = match self {
            TimeUnit::S => 1_000_000_000,
            TimeUnit::Ms => 1_000_000,
            TimeUnit::Us => 1_000,
            TimeUnit::Ns => 1,
            TimeUnit::MsOrUs if value < 100_000_000_000_000 => 1_000_000,
            TimeUnit::MsOrUs => 1_000,
            TimeUnit::Date => return None,
        };
        value.checked_mul(factor).map(EventTime)
    }

    /// Nanoseconds of a number with a fraction, rounded to microseconds: a float of seconds holds
    /// no more.
    pub(super) fn float_to_ns(self, value: f64) -> Option<EventTime> {
        let per_us = match self {
            TimeUnit::S => 1e6,
            TimeUnit::Ms => 1e3,
            TimeUnit::Us => 1.0,
            TimeUnit::MsOrUs if value < 1e14 => 1e3,
            TimeUnit::MsOrUs => 1.0,
            TimeUnit::Ns if value.fract() == 0.0 => 1e-3,
            TimeUnit::Ns | TimeUnit::Date => return None,
        };
        let us = (value * per_us).round();
        // Beyond it, the product with 1,000 would not fit.
        (us.abs() < 9e15).then(|| EventTime(us as i64 * 1_000))
    }
}

impl Layout {
    /// Names of the built-in layouts.
    pub const BUILT_IN: [&'static str; 11] = [
        "binance_trades",
        "binance_agg_trades",
        "binance_book_ticker",
        "binance_klines",
        "freqtrade_trades",
        "freqtrade_candles",
        "freqtrade_funding",
        "tardis_trades",
        "tardis_quotes",
        "tardis_book",
        "tardis_snapshots",
    ];

    /// A built-in layout.
    pub fn built_in(name: &str) -> Option<Layout> {
        if let Some(data) = name.strip_prefix("tardis_") {
            return super::tardis::layout(data);
        }
        let binance = TimeUnit::MsOrUs;
        let maker = SideRule {
            column: "is_buyer_maker".to_owned(),
            // The buyer waited in the book, so the seller came to it.
            buy: vec!["false".to_owned()],
            sell: vec!["true".to_owned()],
        };
        let (record, names, time, columns, side): (_, &[&str], _, &[(&str, &str)], _) = match name {
            "binance_trades" => (
                Record::Trade,
                // Spot files have one more.
                &["id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"],
                ("time", binance),
                &[("price", "price"), ("quantity", "qty"), ("id", "id")],
                Some(maker),
            ),
            "binance_agg_trades" => (
                Record::Trade,
                &[
                    "agg_trade_id",
                    "price",
                    "quantity",
                    "first_trade_id",
                    "last_trade_id",
                    "transact_time",
                    "is_buyer_maker",
                    "is_best_match",
                ],
                ("transact_time", binance),
                &[("price", "price"), ("quantity", "quantity"), ("id", "agg_trade_id")],
                Some(maker),
            ),
            "binance_book_ticker" => (
                Record::Quote,
                &[
                    "update_id",
                    "best_bid_price",
                    "best_bid_qty",
                    "best_ask_price",
                    "best_ask_qty",
                    "transaction_time",
                    "event_time",
                ],
                ("transaction_time", binance),
                &[
                    ("bid", "best_bid_price"),
                    ("bid_quantity", "best_bid_qty"),
                    ("ask", "best_ask_price"),
                    ("ask_quantity", "best_ask_qty"),
                    ("update_id", "update_id"),
                ],
                None,
            ),
            "binance_klines" => (
                Record::Candle,
                &[
                    "open_time",
                    "open",
                    "high",
                    "low",
                    "close",
                    "volume",
                    "close_time",
                    "quote_volume",
                    "count",
                    "taker_buy_volume",
                    "taker_buy_quote_volume",
                    "ignore",
                ],
                ("open_time", binance),
                &[
                    ("open", "open"),
                    ("high", "high"),
                    ("low", "low"),
                    ("close", "close"),
                    ("volume", "volume"),
                    ("buy_volume", "taker_buy_volume"),
                    ("trades", "count"),
                ],
                None,
            ),
            "freqtrade_candles" => (
                Record::Candle,
                &["date", "open", "high", "low", "close", "volume"],
                ("date", TimeUnit::Ms),
                &[
                    ("open", "open"),
                    ("high", "high"),
                    ("low", "low"),
                    ("close", "close"),
                    ("volume", "volume"),
                ],
                None,
            ),
            "freqtrade_funding" => (
                Record::Funding,
                &["date", "open", "high", "low", "close", "volume"],
                ("date", TimeUnit::Ms),
                &[("rate", "open")],
                None,
            ),
            "freqtrade_trades" => (
                Record::Trade,
                &["timestamp", "id", "type", "side", "price", "amount", "cost"],
                ("timestamp", TimeUnit::Ms),
                &[("price", "price"), ("quantity", "amount"), ("id", "id")],
                Some(SideRule {
                    column: "side".to_owned(),
                    buy: vec!["buy".to_owned()],
                    sell: vec!["sell".to_owned()],
                }),
            ),
            _ => return None,
        };
        let owned = |(field, column): &(&str, &str)| ((*field).to_owned(), (*column).to_owned());
        Some(Layout {
            record,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            delimiter: ',',
            time: TimeColumn { column: time.0.to_owned(), unit: time.1 },
            received: None,
            symbol: None,
            columns: columns.iter().map(owned).collect(),
            side,
            snapshot: None,
            marks: (name == "freqtrade_funding")
                .then(|| ["funding_rate", "mark"].map(str::to_owned)),
            ends: (name == "binance_klines")
                .then(|| TimeColumn { column: "close_time".to_owned(), unit: binance }),
            span: None,
        })
    }

    /// Finds what is wrong with a layout that somebody wrote.
    ///
    /// # Errors
    /// When it lacks what its records have, or names what they have not.
    pub fn check(&self) -> Result<(), LayoutError> {
        let (must, may) = self.record.fields();
        let name = self.record.name();
        if let Some(missing) = must.iter().find(|field| !self.columns.contains_key(**field)) {
            return Err(LayoutError::Missing(missing, name));
        }
        let known = [must, may].concat();
        if let Some(field) = self.columns.keys().find(|field| !known.contains(&field.as_str())) {
            return Err(LayoutError::Unknown(field.clone(), name, known.join(", ")));
        }
        match self.delimiter.is_ascii() && !self.delimiter.is_ascii_alphanumeric() {
            true => Ok(()),
            false => Err(LayoutError::Delimiter(self.delimiter)),
        }
    }
}
