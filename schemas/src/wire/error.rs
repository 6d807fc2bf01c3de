//! Why a line is no record.

use crate::{DecimalError, EventTime};

/// A line that cannot be used as a record of a topic.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not JSON, or a field of another JSON type.
    #[error("not a record of a topic: {0}")]
    Json(#[from] serde_json::Error),
    /// Of a version that this program does not know.
    #[error("version {0} of a record; this program reads version {known}", known = super::VERSION)]
    Version(u64),
    /// Of a type that is not read.
    #[error(
        "type `{0}`; known are trade, quote, book_snapshot, book_delta, candle, news, funding, \
         metric and heartbeat"
    )]
    Type(String),
    /// A field that the type needs is absent.
    #[error("field `{0}` is missing")]
    Missing(&'static str),
    /// An instrument that is not asked for.
    #[error("instrument `{venue}:{symbol}` is not among those of the job")]
    Instrument {
        /// As it stands.
        venue: String,
        /// As it stands.
        symbol: String,
        /// When it was received: the record is sound and tells the time.
        ts: EventTime,
    },
    /// Numbers that cannot be of one bar.
    #[error("no candle: {0}")]
    Candle(&'static str),
    /// No decimal number, or one that does not fit the instrument's scale.
    #[error("{field} `{text}`: {error}")]
    Decimal {
        /// The field.
        field: &'static str,
        /// As it stands.
        text: String,
        /// What is wrong.
        error: DecimalError,
    },
    /// Not above zero, or below zero where zero means something.
    #[error("{field} `{text}` is too low")]
    TooLow {
        /// The field.
        field: &'static str,
        /// As it stands.
        text: String,
    },
    /// No nanoseconds.
    #[error("{field} `{text}` is no Unix time in nanoseconds")]
    Time {
        /// The field.
        field: &'static str,
        /// As it stands.
        text: String,
    },
    /// No number of an update.
    #[error("{field} `{text}` is no number from 0 to 2^63 - 1")]
    Id {
        /// The field.
        field: &'static str,
        /// As it stands.
        text: String,
    },
    /// None of the values of an enumeration.
    #[error("{field} `{text}`; known are {known}")]
    Value {
        /// The field.
        field: &'static str,
        /// As it stands.
        text: String,
        /// What it may be.
        known: &'static str,
    },
}
