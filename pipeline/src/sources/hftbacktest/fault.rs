//! Why a line cannot be used.

use super::lines::LINE_BYTES;
use schemas::{DecimalError, EventTime};

/// What is wrong with a line; its text is the reason in the lake.
#[derive(Debug, thiserror::Error)]
pub(in crate::sources) enum Fault {
    #[error("the line is empty")]
    Empty,
    #[error("the line is longer than {} MiB", LINE_BYTES >> 20)]
    TooLong,
    #[error("the file is cut off or damaged here, and what follows is lost: {0}")]
    Damaged(String),
    #[error("the line is not UTF-8")]
    NotUtf8,
    #[error("the line does not begin with a receive time in nanoseconds and a space")]
    NoReceiveTime,
    #[error("receive time {0} is not above zero")]
    NotPositive(i64),
    #[error("receive time {0} ns is before 2017, when no such venue was open: is it in ms or us?")]
    TooEarly(i64),
    #[error("receive time {0} is more than a year after {1}, the time before it")]
    TooLate(EventTime, EventTime),
    #[error("receive time {0} is more than a year from the venue's own, {1}")]
    Apart(EventTime, EventTime),
    #[error("not the JSON of this feed: {0}")]
    Json(#[from] serde_json::Error),
    #[error("neither a message of a stream nor a depth snapshot")]
    Unknown,
    #[error("unknown event `{0}`")]
    Event(String),
    #[error("unknown type of trade `{0}`")]
    TradeType(String),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("symbol `{0}`, but the job says that the file is of `{1}`")]
    Symbol(String, String),
    #[error("{what} `{text}`: {error}")]
    Number { what: &'static str, text: String, error: DecimalError },
    #[error("{what} `{text}` is below zero")]
    Negative { what: &'static str, text: String },
    #[error("{what} is zero")]
    Zero { what: &'static str },
    #[error("update id {0} is above 2^63 - 1")]
    HugeId(u64),
    #[error("first update id {0} is above the last, {1}")]
    Ids(u64, u64),
    #[error("exchange time {0} is no Unix time in milliseconds")]
    ExchangeTime(i64),
}
