//! Lines become rows of a chunk: a record, or a reject with its reason.

use super::clock::{self, Clock};
use super::decode::{Body, Decoder, Event};
use super::fault::Fault;
use super::lines::Line;
use crate::sources::SourceError;
use schemas::chunk::{DeltaFlags, NO_ID, Other, RowHead};
use schemas::records::{RAW_LIMIT_BYTES, TradeKind, cut_raw};
use schemas::{Chunk, EventTime};
use std::borrow::Cow;

/// Rejects kept while no record has told the time yet; a file with so many bad lines at its head
/// is not a recording.
const HELD_LINES: usize = 1024;

/// Puts the lines of a partition into chunks.
pub(super) struct Landing {
    instrument: u32,
    clock: Clock,
    /// Rejects before the first record, which take its time.
    held: Vec<Held>,
}

struct Held {
    offset: u64,
    reject: Other,
    /// The receive time, if that could be read.
    stamp: Option<EventTime>,
}

impl Landing {
    pub(super) fn new(instrument: u32) -> Landing {
        Landing { instrument, clock: Clock::default(), held: Vec::new() }
    }

    /// Lands a line.
    pub(super) fn land(
        &mut self,
        mut line: Line<'_>,
        decoder: &mut Decoder,
        chunk: &mut Chunk,
    ) -> Result<(), SourceError> {
        let read = match line.fault.take() {
            Some(fault) => Err(fault),
            None => self.read(&line, decoder),
        };
        let fault = match read {
            Ok((head, event)) => {
                self.release(head.ts, chunk);
                push(chunk, head, &event, decoder);
                return Ok(());
            }
            Err(fault) => fault,
        };
        let reject = reject(&line, &fault);
        match self.clock.last() {
            Some(ts) => chunk.push_other(self.head(ts, line.offset), reject),
            None => {
                let stamp = head_of(line.bytes, 32);
                let stamp = clock::split(&stamp).and_then(|(stamp, _)| clock::plausible(stamp));
                self.held.push(Held { offset: line.offset, reject, stamp: stamp.ok() });
                if self.held.len() >= HELD_LINES {
                    return self.settle(chunk);
                }
            }
        }
        Ok(())
    }

    /// Lands what is still held.
    pub(super) fn finish(&mut self, chunk: &mut Chunk) -> Result<(), SourceError> {
        if self.held.is_empty() { Ok(()) } else { self.settle(chunk) }
    }

    /// Reads a line and finds its place in time.
    fn read<'a>(
        &mut self,
        line: &Line<'a>,
        decoder: &mut Decoder,
    ) -> Result<(RowHead, Event<'a>), Fault> {
        let text = std::str::from_utf8(line.bytes).map_err(|_| Fault::NotUtf8)?;
        let (stamp, json) = clock::split(text)?;
        let event = decoder.decode(json)?;
        let ts = self.clock.admit(stamp, event.exchange_ts)?;
        let exchange_ts = event.exchange_ts;
        let head = RowHead { recv_ts: EventTime(stamp), exchange_ts, ..self.head(ts, line.offset) };
        Ok((head, event))
    }

    /// No record tells the time of the rejects: one of them has to, or this is no recording.
    fn settle(&mut self, chunk: &mut Chunk) -> Result<(), SourceError> {
        let Some(stamp) = self.held.iter().filter_map(|held| held.stamp).min() else {
            let Some(Other::Reject { origin, reason, .. }) = self.held.first().map(|h| &h.reject)
            else {
                unreachable!("only rejects are held");
            };
            return Err(SourceError::Format {
                path: origin.clone(),
                expected: "a line of hftbacktest's collector, nor is any line after it".to_owned(),
                found: reason.clone(),
            });
        };
        let ts = self.clock.admit(stamp.0, None).expect("a plausible first stamp is admitted");
        self.release(ts, chunk);
        Ok(())
    }

    fn release(&mut self, ts: EventTime, chunk: &mut Chunk) {
        for held in std::mem::take(&mut self.held) {
            chunk.push_other(self.head(ts, held.offset), held.reject);
        }
    }

    fn head(&self, ts: EventTime, offset: u64) -> RowHead {
        let instrument = self.instrument;
        RowHead { ts, recv_ts: ts, exchange_ts: None, offset, seq: 0, instrument }
    }
}

pub(super) fn push(chunk: &mut Chunk, head: RowHead, event: &Event<'_>, decoder: &Decoder) {
    match event.body {
        Body::Trade { price, quantity, side, kind, id } => {
            chunk.push_trade(head, price, quantity, Some(side), id);
            let trades = &mut chunk.trades;
            if kind != TradeKind::Market || !trades.kind.is_empty() {
                trades.kind.resize(trades.price.len() - 1, TradeKind::Market);
                trades.kind.push(kind);
            }
        }
        Body::Quote { bid, ask, update_id } => chunk.push_quote(head, bid, ask, Some(update_id)),
        Body::Depth { ids } => {
            let empty = if decoder.levels().is_empty() { DeltaFlags::EMPTY } else { 0 };
            push_levels(chunk, head, (empty, 0), ids, decoder);
        }
        Body::Snapshot { update_id } => {
            let flags = (DeltaFlags::CLEAR | DeltaFlags::SNAPSHOT, DeltaFlags::SNAPSHOT);
            push_levels(chunk, head, flags, (NO_ID, NO_ID, update_id), decoder);
        }
    }
}

/// Lands a message about the book: a row of its own if it has flags, the first of the pair, then
/// its levels, which all have the second.
fn push_levels(
    chunk: &mut Chunk,
    mut head: RowHead,
    (own, each): (u8, u8),
    ids: (u64, u64, u64),
    decoder: &Decoder,
) {
    let levels = decoder.levels();
    if own != 0 {
        let last = if levels.is_empty() { DeltaFlags::LAST } else { 0 };
        chunk.push_delta(head, 0, 0, own | last, ids);
        head.seq += 1;
    }
    for (i, level) in levels.iter().enumerate() {
        let last = if i + 1 == levels.len() { DeltaFlags::LAST } else { 0 };
        chunk.push_delta(head, level.price, level.quantity, level.side | each | last, ids);
        head.seq += 1;
    }
}

fn reject(line: &Line<'_>, fault: &Fault) -> Other {
    let name = line.path.file_name().unwrap_or(line.path.as_os_str()).to_string_lossy();
    Other::Reject {
        stage: "decode".to_owned(),
        origin: format!("{name}:{}", line.number),
        reason: fault.to_string(),
        // A few bytes more than are kept, so that the cut falls on a whole character.
        raw: cut_raw(&head_of(line.bytes, RAW_LIMIT_BYTES + 4)).to_owned(),
    }
}

fn head_of(bytes: &[u8], limit: usize) -> Cow<'_, str> {
    String::from_utf8_lossy(&bytes[..bytes.len().min(limit)])
}
