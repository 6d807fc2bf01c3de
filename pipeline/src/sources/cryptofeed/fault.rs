//! Why a line of a capture cannot be used.

use crate::sources::hftbacktest;
use schemas::DecimalError;

/// What is wrong with a line; its text is the reason in the lake.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Line(#[from] hftbacktest::Fault),
    #[error("not the JSON of this exchange: {0}")]
    Json(#[from] serde_json::Error),
    #[error("neither a header nor a frame with `conn` and `ts`")]
    NoFrame,
    #[error("`{0}` is longer than {NAME_BYTES} bytes")]
    LongName(&'static str),
    #[error("`b64` is not base64")]
    Base64,
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("{what} `{text}` is not understood")]
    Unknown { what: &'static str, text: String },
    #[error("{what} `{text}`: {error}")]
    Number { what: &'static str, text: String, error: DecimalError },
    #[error("{what} `{text}` is below zero")]
    Negative { what: &'static str, text: String },
    #[error("{what} is zero")]
    Zero { what: &'static str },
    #[error("channel {0} was not subscribed to")]
    Channel(u64),
    #[error("another order has the same 63 bits of hash, {0}")]
    Collision(u64),
    #[error("a snapshot from before the messages about its orders were followed")]
    Unfollowed,
    #[error("prices of {0} and {1} decimal places in one book")]
    Places(usize, usize),
}

/// The longest name of a connection or an instrument.
pub(super) const NAME_BYTES: usize = 256;

/// Something that is not understood.
pub(super) fn unknown(what: &'static str, text: &str) -> Fault {
    Fault::Unknown { what, text: cut(text) }
}

/// A text cut to a size that can be shown.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}
