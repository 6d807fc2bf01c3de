//! Records of a partition become rows. Nothing here knows of brokers or clocks: the same records
//! and fences give the same rows, whenever and in whatever pieces they come.

use super::decode::{Decoder, Read};
use super::fold::{Fold, Rules};
use super::hold::Hold;
use super::{Fence, InputError, PartitionStart};
use crate::sources::CHUNK_ROWS;
use schemas::chunk::{Other, RowHead};
use schemas::records::{RAW_LIMIT_BYTES, cut_raw};
use schemas::{Chunk, EventTime};

/// Rejects kept while no record has told the time: what begins with more is some other topic.
const HELD_RECORDS: usize = 1024;

/// A record as it comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    /// Its offset; those between are no records.
    pub(super) offset: u64,
    /// Its Kafka timestamp, milliseconds.
    pub(super) kafka_ms: Option<i64>,
    /// Its value.
    pub(super) value: Option<&'a [u8]>,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) rejected: u64,
    pub(super) late: u64,
    pub(super) fences: u64,
}

/// A partition on its way into chunks.
pub(super) struct Intake {
    source: (u16, u32),
    topic: String,
    decoder: Decoder,
    fold: Fold,
    shelf: Shelf,
    /// Nothing more will come.
    over: bool,
    counts: Counts,
}

impl Intake {
    /// Begins at a partition's start. `boundary` is the time as of which there is a state.
    pub(super) fn new(
        (rank, topic): (u16, &str),
        start: &PartitionStart,
        rules: Rules,
        fences: Vec<Fence>,
        boundary: Option<EventTime>,
        decoder: Decoder,
    ) -> Intake {
        let shelf = Shelf {
            boundary: boundary.unwrap_or(EventTime::MIN),
            instrument: decoder.instrument(),
            untimed: Vec::new(),
            hold: (rules.allowed_delay.0 > 0).then(|| Hold::new(rank, start.partition)),
        };
        Intake {
            source: (rank, start.partition),
            topic: topic.to_owned(),
            decoder,
            fold: Fold::new(start, rules, fences),
            shelf,
            over: false,
            counts: Counts::default(),
        }
    }

    /// An empty chunk for [`Intake::take`].
    pub(super) fn chunk(&self) -> Chunk {
        Chunk::mixed(self.source.0, self.source.1)
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// When so many records have told no time that this cannot be the right topic.
    #[inline]
    pub(super) fn take(&mut self, record: Record<'_>, chunk: &mut Chunk) -> Result<(), InputError> {
        let Record { offset, kafka_ms, value } = record;
        self.counts.records += 1;
        self.counts.bytes += value.map_or(0, <[u8]>::len) as u64;
        self.reach(offset, chunk);
        let read = match value {
            Some(value) => self.decoder.read(value, kafka_ms),
            None => Err(("the record has no value".to_owned(), None)),
        };
        let (fault, stamp) = match read {
            Ok(read) => match self.fold.admit(offset, read.ts(), kafka_ms) {
                Ok(effect) => {
                    self.counts.late += u64::from(effect > read.ts());
                    self.shelf.release(self.fold.first(), chunk);
                    self.shelf.land(read, effect, offset, chunk);
                    return Ok(());
                }
                Err(fault) => (fault, None),
            },
            Err(fault) => fault,
        };
        // A sound record that no one asked for still tells the time.
        let (fault, effect) = match stamp.map(|ts| self.fold.admit(offset, ts, kafka_ms)) {
            Some(Ok(effect)) => (fault, Some(effect)),
            Some(Err(fault)) => (fault, self.fold.blank(offset)),
            None => (fault, self.fold.blank(offset)),
        };
        self.reject(record, fault, effect, chunk)
    }

    #[cold]
    fn reject(
        &mut self,
        record: Record<'_>,
        reason: String,
        effect: Option<EventTime>,
        chunk: &mut Chunk,
    ) -> Result<(), InputError> {
        self.counts.rejected += 1;
        let bytes = record.value.unwrap_or_default();
        // A few bytes more than are kept, so that the cut falls on a whole character.
        let raw = String::from_utf8_lossy(&bytes[..bytes.len().min(RAW_LIMIT_BYTES + 4)]);
        let reject = Other::Reject {
            stage: "decode".to_owned(),
            origin: format!("{}-{}@{}", self.topic, self.source.1, record.offset),
            reason,
            raw: cut_raw(raw.trim_ascii_end()).to_owned(),
        };
        match effect {
            Some(effect) => {
                self.shelf.release(self.fold.first(), chunk);
                self.shelf.reject(effect, record.offset, reject, chunk);
                Ok(())
            }
            None => {
                self.shelf.untimed.push((record.offset, reject));
                self.check_untimed()
            }
        }
    }

    /// Too many records without a time: this is some other topic.
    fn check_untimed(&self) -> Result<(), InputError> {
        let untimed = &self.shelf.untimed;
        match untimed.first() {
            Some((offset, Other::Reject { reason, .. })) if untimed.len() > HELD_RECORDS => {
                Err(InputError::Format {
                    topic: self.topic.clone(),
                    partition: self.source.1,
                    expected: self.decoder.expected(),
                    records: untimed.len(),
                    offset: *offset,
                    reason: reason.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Lets the fences count that stand before the record at `offset`.
    #[inline]
    fn reach(&mut self, offset: u64, chunk: &mut Chunk) {
        let fences = self.fold.reach(offset);
        if fences > 0 {
            self.counts.fences += fences;
            self.shelf.release(self.fold.first(), chunk);
        }
    }

    /// A fence has become durable; it counts at once.
    pub(super) fn fence(&mut self, fence: Fence, chunk: &mut Chunk) {
        self.fold.fence(fence);
        self.reach(self.fold.next_offset(), chunk);
    }

    /// The records are over, at the offset `end`: what waits for earlier ones waits no more.
    pub(super) fn finish(&mut self, end: u64, chunk: &mut Chunk) {
        self.reach(end.saturating_sub(1), chunk);
        self.over = true;
    }

    /// Moves to the chunk what has waited long enough, as far as it takes it.
    pub(super) fn settle(&mut self, chunk: &mut Chunk) {
        if let Some(hold) = &mut self.shelf.hold {
            let until = if self.over { EventTime::MAX } else { self.fold.watermark() };
            hold.release(until, CHUNK_ROWS, chunk);
        }
    }

    /// Has everything come, and has it all been given out?
    pub(super) fn is_over(&self) -> bool {
        self.over && self.shelf.first().is_none()
    }

    /// No later chunk has a row before this.
    pub(super) fn watermark(&self) -> EventTime {
        let reached = match self.over {
            true => self.fold.watermark().max(self.fold.latest()),
            false => self.fold.watermark(),
        };
        self.shelf.first().map_or(reached, |first| reached.min(first)).max(self.shelf.boundary)
    }

    /// Where a resume begins whose state is as of `boundary`: an offset, and the watermark
    /// before it.
    pub(super) fn position_at(&mut self, boundary: EventTime) -> (u64, EventTime) {
        let mark = self.fold.at(boundary);
        (mark.offset, mark.watermark)
    }

    /// The offset after the last record.
    pub(super) fn next_offset(&self) -> u64 {
        self.fold.next_offset()
    }

    /// What records and fences have told; nothing at the very start.
    pub(super) fn reached(&self) -> Option<EventTime> {
        Some(self.fold.watermark()).filter(|ts| *ts > EventTime::MIN)
    }

    /// What was counted since it began.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Marks that are kept.
    #[cfg(test)]
    pub(super) fn marks(&self) -> usize {
        self.fold.marks()
    }
}

/// Where rows wait before they go into a chunk.
struct Shelf {
    /// Rows that take effect before this are part of the state already.
    boundary: EventTime,
    /// The instrument of rejects.
    instrument: u32,
    /// Rejects from before any time was known.
    untimed: Vec<(u64, Other)>,
    /// Present if records may be out of order.
    hold: Option<Hold>,
}

impl Shelf {
    #[inline]
    fn land(&mut self, read: Read<'_>, effect: EventTime, offset: u64, chunk: &mut Chunk) {
        if effect < self.boundary {
            return;
        }
        match &mut self.hold {
            Some(hold) => hold.keep(effect, offset, |rows| read.push(rows, effect, offset)),
            None => read.push(chunk, effect, offset),
        }
    }

    fn reject(&mut self, ts: EventTime, offset: u64, reject: Other, chunk: &mut Chunk) {
        if ts < self.boundary {
            return;
        }
        let instrument = self.instrument;
        let head = RowHead { ts, recv_ts: ts, exchange_ts: None, offset, seq: 0, instrument };
        match &mut self.hold {
            Some(hold) => hold.keep(ts, offset, |rows| rows.push_other(head, reject)),
            None => chunk.push_other(head, reject),
        }
    }

    /// Lands what waited for a time, which is known now.
    #[inline]
    fn release(&mut self, ts: EventTime, chunk: &mut Chunk) {
        if !self.untimed.is_empty() {
            for (offset, reject) in std::mem::take(&mut self.untimed) {
                self.reject(ts, offset, reject, chunk);
            }
        }
    }

    /// When the first row that waits takes effect.
    fn first(&self) -> Option<EventTime> {
        self.hold.as_ref().and_then(Hold::first)
    }
}
