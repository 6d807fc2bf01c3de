//! The value of a record as what it says.

use super::RecordFormat;
use crate::sources::SourceError;
use crate::sources::hftbacktest::{Message as Raw, Messages};
use crate::sources::jsonl::Lookup;
use crate::sources::news::{Tagger, symbols};
use schemas::chunk::{NO_INSTRUMENT, Other, RowHead};
use schemas::wire::{Body, Message, WireError, decode_line};
use schemas::{Chunk, EventTime, Instrument};

/// Why a record cannot be used, and the time that it tells nevertheless.
pub(super) type Unusable = (String, Option<EventTime>);

/// Reads the records of a partition.
pub(super) enum Decoder {
    /// The JSON of topics, and what tags news that name no instrument.
    Json(Lookup, Option<Tagger>),
    /// The exchange's own.
    Binance(Messages),
}

/// A record that was read.
pub(super) enum Read<'a> {
    Json(Message<'a>),
    /// News, and the instruments that they are about.
    News(Message<'a>, Vec<u32>),
    Binance(Raw<'a>),
}

impl Decoder {
    /// For the records of a topic. `instruments` is the plan's list.
    ///
    /// # Errors
    /// When the format is not one of the instrument's venue.
    pub(super) fn new(
        format: &RecordFormat,
        topic: &str,
        instruments: &[Instrument],
    ) -> Result<Decoder, SourceError> {
        Ok(match format {
            RecordFormat::Json => Decoder::Json(Lookup::new(instruments), None),
            RecordFormat::News { tags } => {
                let tagger = Tagger::new(tags, instruments);
                Decoder::Json(Lookup::new(instruments), Some(tagger))
            }
            RecordFormat::Binance { instrument } => {
                let facts = &instruments[*instrument as usize];
                Decoder::Binance(Messages::new(*instrument, facts).map_err(|expected| {
                    SourceError::Format {
                        path: format!("topic `{topic}`"),
                        expected,
                        found: format!("its venue is {}", facts.id.venue()),
                    }
                })?)
            }
        })
    }

    /// Reads a record's value.
    #[inline]
    pub(super) fn read<'a>(
        &'a mut self,
        value: &'a [u8],
        kafka_ms: Option<i64>,
    ) -> Result<Read<'a>, Unusable> {
        let text =
            std::str::from_utf8(value).map_err(|_| ("the record is not UTF-8".to_owned(), None))?;
        match self {
            Decoder::Json(instruments, tagger) => {
                let lookup = |venue: &str, symbol: &str| instruments.find(venue, symbol);
                let message = decode_line(text, &lookup).map_err(|error| match error {
                    WireError::Instrument { ts, .. } => (error.to_string(), Some(ts)),
                    error => (error.to_string(), None),
                })?;
                match (tagger, &message) {
                    (Some(tagger), Message { instrument: None, body: Body::Other(other), .. }) => {
                        let about = about(tagger, text, other);
                        Ok(Read::News(message, about))
                    }
                    _ => Ok(Read::Json(message)),
                }
            }
            Decoder::Binance(messages) => {
                messages.read(text, kafka_ms).map(Read::Binance).map_err(|fault| (fault, None))
            }
        }
    }

    /// The instrument of its rejects.
    pub(super) fn instrument(&self) -> u32 {
        match self {
            Decoder::Json(..) => NO_INSTRUMENT,
            Decoder::Binance(messages) => messages.instrument(),
        }
    }

    /// What the topic should hold, in words.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Decoder::Json(..) => "a topic of records in the JSON of topics",
            Decoder::Binance(_) => "a topic of Binance's raw messages about the instrument",
        }
    }
}

impl Read<'_> {
    /// When it was received.
    #[inline]
    pub(super) fn ts(&self) -> EventTime {
        match self {
            Read::Json(message) | Read::News(message, _) => message.ts,
            Read::Binance(message) => message.ts(),
        }
    }

    /// Appends its rows.
    #[inline]
    pub(super) fn push(self, chunk: &mut Chunk, ts: EventTime, offset: u64) {
        match self {
            Read::Json(message) => message.push(chunk, ts, offset),
            Read::News(message, about) => push_news(message, &about, chunk, ts, offset),
            Read::Binance(message) => message.push(chunk, ts, offset),
        }
    }
}

/// The instruments that a record without one is about; none for what is no news.
fn about(tagger: &Tagger, text: &str, other: &Other) -> Vec<u32> {
    let Other::News { headline, body, .. } = other else { return Vec::new() };
    let texts: Vec<&str> =
        [Some(headline), body.as_ref()].into_iter().flatten().map(|t| &**t).collect();
    tagger.tag(&symbols(text), &texts)
}

/// Appends an article's rows: one for each instrument, or one that belongs to none.
#[cold]
fn push_news(message: Message<'_>, about: &[u32], chunk: &mut Chunk, ts: EventTime, offset: u64) {
    let Message { ts: recv_ts, exchange_ts, body: Body::Other(other), .. } = message else {
        unreachable!("news were read")
    };
    let about = if about.is_empty() { &[NO_INSTRUMENT] } else { about };
    for (seq, instrument) in (0..).zip(about.iter().copied()) {
        let head = RowHead { ts, recv_ts, exchange_ts, offset, seq, instrument };
        chunk.push_other(head, other.clone());
    }
}
