//! Messages one by one, for who has them from elsewhere than a file.

use super::VENUES;
use super::clock;
use super::decode::{Decoder, Event};
use super::land;
use schemas::chunk::RowHead;
use schemas::{Chunk, EventTime, Instrument};

/// Reads messages about an instrument.
pub(in crate::sources) struct Messages {
    decoder: Decoder,
    instrument: u32,
}

/// A message that was read.
pub(in crate::sources) struct Message<'a> {
    ts: EventTime,
    instrument: u32,
    event: Event<'a>,
    decoder: &'a Decoder,
}

impl Messages {
    /// About an instrument at this place in the plan's list; of another venue than those that
    /// this format knows, the words for what it should be.
    pub(in crate::sources) fn new(index: u32, facts: &Instrument) -> Result<Messages, String> {
        if !VENUES.contains(&facts.id.venue()) {
            let venues = VENUES.join(" or ");
            return Err(format!("of a venue that this format reads, {venues}"));
        }
        Ok(Messages { decoder: Decoder::new(facts), instrument: index })
    }

    /// Reads a message: JSON with its receive time, nanoseconds, and a space before it, or bare
    /// JSON that was received at `received_ms`.
    pub(in crate::sources) fn read<'a>(
        &'a mut self,
        text: &'a str,
        received_ms: Option<i64>,
    ) -> Result<Message<'a>, String> {
        let text = text.trim_ascii();
        let (stamp, json) = match (text.starts_with('{'), received_ms) {
            (true, Some(ms)) => (ms.saturating_mul(1_000_000), text),
            (true, None) => return Err("neither the message nor Kafka says when it came".into()),
            (false, _) => clock::split(text).map_err(|fault| fault.to_string())?,
        };
        let event = self.decoder.decode(json).map_err(|fault| fault.to_string())?;
        let ts = clock::plausible(stamp).map_err(|fault| fault.to_string())?;
        Ok(Message { ts, instrument: self.instrument, event, decoder: &self.decoder })
    }

    /// The instrument.
    pub(in crate::sources) fn instrument(&self) -> u32 {
        self.instrument
    }
}

impl Message<'_> {
    /// When it was received.
    pub(in crate::sources) fn ts(&self) -> EventTime {
        self.ts
    }

    /// Appends its rows to a mixed chunk, as of an effective time and at an offset.
    pub(in crate::sources) fn push(self, chunk: &mut Chunk, ts: EventTime, offset: u64) {
        let head = RowHead {
            ts,
            recv_ts: self.ts,
            exchange_ts: self.event.exchange_ts,
            offset,
            seq: 0,
            instrument: self.instrument,
        };
        land::push(chunk, head, &self.event, self.decoder);
    }
}
