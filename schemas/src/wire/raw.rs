//! A record as it stands in JSON, before it means anything.

use serde::{Deserialize, Deserializer, de::Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Text that is copied only when it holds escapes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Str<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Str<'a>, D::Error> {
        struct StrVisitor;
        impl<'de> Visitor<'de> for StrVisitor {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(StrVisitor)
    }
}

/// What tells how to read the rest.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    pub(super) version: Option<u64>,
}

/// A field that is there, even if it is null. Its text is kept, for the usual way of reading a
/// double gives a neighbour of it now and then.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// All fields of all types.
#[derive(Deserialize)]
pub(super) struct Raw<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    pub(super) version: Option<u64>,
    pub(super) venue: Option<Str<'a>>,
    pub(super) symbol: Option<Str<'a>>,
    pub(super) ts: Option<Str<'a>>,
    pub(super) exchange_ts: Option<Str<'a>>,
    pub(super) trade_id: Option<Str<'a>>,
    pub(super) price: Option<Str<'a>>,
    pub(super) quantity: Option<Str<'a>>,
    pub(super) side: Option<Str<'a>>,
    #[serde(rename = "kind")]
    pub(super) trade_kind: Option<Str<'a>>,
    pub(super) first_update_id: Option<Str<'a>>,
    pub(super) previous_update_id: Option<Str<'a>>,
    pub(super) update_id: Option<Str<'a>>,
    pub(super) bid_price: Option<Str<'a>>,
    pub(super) bid_quantity: Option<Str<'a>>,
    pub(super) ask_price: Option<Str<'a>>,
    pub(super) ask_quantity: Option<Str<'a>>,
    pub(super) clear: Option<bool>,
    pub(super) gap: Option<bool>,
    pub(super) bids: Option<Vec<[Str<'a>; 2]>>,
    pub(super) asks: Option<Vec<[Str<'a>; 2]>>,
    pub(super) action: Option<Str<'a>>,
    pub(super) order_id: Option<Str<'a>>,
    pub(super) priority: Option<Str<'a>>,
    pub(super) last: Option<bool>,
    pub(super) source: Option<Str<'a>>,
    pub(super) published_ts: Option<Str<'a>>,
    pub(super) headline: Option<Str<'a>>,
    pub(super) body: Option<Str<'a>>,
    pub(super) url: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) rate: Option<&'a RawValue>,
    pub(super) mark_price: Option<Str<'a>>,
    pub(super) next_ts: Option<Str<'a>>,
    pub(super) open_ts: Option<Str<'a>>,
    pub(super) close_ts: Option<Str<'a>>,
    pub(super) open: Option<Str<'a>>,
    pub(super) high: Option<Str<'a>>,
    pub(super) low: Option<Str<'a>>,
    pub(super) close: Option<Str<'a>>,
    pub(super) volume: Option<Str<'a>>,
    pub(super) buy_volume: Option<Str<'a>>,
    pub(super) trades: Option<u64>,
    pub(super) name: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) value: Option<&'a RawValue>,
}
