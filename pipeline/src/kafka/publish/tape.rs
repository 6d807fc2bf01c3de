//! Readers of market data as one tape of messages.

use crate::{
    lake::{JournalKind, Lake, LakeError, LakeSource, REPLAYED},
    sources::{Reader, SourceError, SourcePlan},
};
use schemas::{
    Chunk, EventTime, Instrument, OrderKey,
    chunk::{DeltaFlags, NO_INSTRUMENT, Other, RowKind},
    wire::{encode_message, message_end},
};
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, binary_heap::PeekMut},
    fmt,
    sync::Arc,
};

/// Kinds of messages that a tape has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TapeKind {
    /// Trades.
    Trades,
    /// Best bids and offers.
    Quotes,
    /// Snapshots and changes of order books, by level or by order.
    Books,
    /// News.
    News,
    /// Funding rates.
    Funding,
    /// Metrics.
    Metrics,
    /// Bars that venues publish.
    Candles,
}

impl TapeKind {
    /// All of them.
    pub const ALL: [TapeKind; 7] = [
        TapeKind::Trades,
        TapeKind::Quotes,
        TapeKind::Books,
        TapeKind::News,
        TapeKind::Funding,
        TapeKind::Metrics,
        TapeKind::Candles,
    ];

    /// In lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            TapeKind::Trades => "trades",
            TapeKind::Quotes => "quotes",
            TapeKind::Books => "books",
            TapeKind::News => "news",
            TapeKind::Funding => "funding",
            TapeKind::Metrics => "metrics",
            TapeKind::Candles => "candles",
        }
    }
}

impl fmt::Display for TapeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Market data message by message, in order-key order over all readers.
pub struct Tape {
    instruments: Vec<Instrument>,
    lanes: Vec<Lane>,
    heads: BinaryHeap<Reverse<(OrderKey, usize)>>,
}

/// A message that was taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// What it is; none for a line that could not be used, which is no message.
    pub kind: Option<TapeKind>,
    /// The place of its instrument; none for news and metrics that belong to none.
    pub instrument: Option<u32>,
    /// The receive time that it carries.
    pub ts: EventTime,
}

impl Tape {
    /// The tape of some sources. `instruments` are ascending by id.
    ///
    /// # Errors
    /// When a source cannot be opened.
    pub fn open(sources: &[SourcePlan], instruments: Vec<Instrument>) -> Result<Tape, SourceError> {
        let mut readers = Vec::new();
        for source in sources {
            readers.extend(source.prepare(&instruments)?.open(&instruments, 0, 1)?);
        }
        Tape::new(readers, instruments)
    }

    /// The tape of a recording in a lake, with everything that was recorded.
    ///
    /// # Errors
    /// When there is no such recording, or it cannot be read.
    pub fn of_recording(lake: &Lake, recording: &str) -> Result<Tape, SourceError> {
        let kind = JournalKind::Recording;
        let absent = || {
            let root = lake.url().to_owned();
            LakeError::Absent { what: kind.as_str(), name: recording.to_owned(), root }
        };
        let committed = lake.committed_in(kind, recording)?.ok_or_else(absent)?;
        let mut instruments = committed.facts.instruments;
        instruments.sort_by(|a, b| a.id.cmp(&b.id));
        let source = Arc::new(LakeSource {
            plan: instruments.clone(),
            only: BTreeSet::new(),
            recording: Some(recording.to_owned()),
            from: None,
            to: None,
            exchange_ts: true,
            trade_ids: true,
        });
        let chains = lake.chains(&REPLAYED, &source)?;
        let reader = |chain| Box::new(lake.reader(&source, chain, 0, 1)) as Box<dyn Reader>;
        Tape::new(chains.iter().map(reader).collect(), instruments)
    }

    fn new(
        readers: Vec<Box<dyn Reader>>,
        instruments: Vec<Instrument>,
    ) -> Result<Tape, SourceError> {
        let mut tape = Tape { instruments, lanes: Vec::new(), heads: BinaryHeap::new() };
        for reader in readers {
            let mut lane = Lane { reader, chunk: Chunk::mixed(0, 0), row: 0 };
            let number = tape.lanes.len();
            tape.heads.extend(lane.head()?.map(|key| Reverse((key, number))));
            tape.lanes.push(lane);
        }
        Ok(tape)
    }

    /// The instruments, ascending by id.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// When the next message takes effect; `None` at the end.
    pub fn head(&self) -> Option<EventTime> {
        self.heads.peek().map(|Reverse((key, _))| key.ts)
    }

    /// Takes the next message off and appends it, in the JSON of topics, to `out`: with its own
    /// receive time, or with `stamp` instead.
    ///
    /// # Errors
    /// When the input cannot be read on.
    pub fn take(
        &mut self,
        stamp: Option<EventTime>,
        out: &mut String,
    ) -> Result<Option<Taken>, SourceError> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let lane = &mut self.lanes[head.0.1];
        let (chunk, row) = (&mut lane.chunk, lane.row);
        if let Some(stamp) = stamp {
            if chunk.recv_ts.is_empty() {
                chunk.recv_ts = chunk.ts.clone();
            }
            chunk.recv_ts[row] = stamp.0;
        }
        let instrument = Some(chunk.instrument[row]).filter(|place| *place != NO_INSTRUMENT);
        let facts = instrument.map(|place| &self.instruments[place as usize]);
        let (kind, ts) = (kind_of(chunk, row), chunk.receive_time(row));
        lane.row = encode_message(chunk, row, facts, out);
        match lane.head()? {
            Some(key) => head.0.0 = key,
            None => drop(PeekMut::pop(head)),
        }
        Ok(Some(Taken { kind, instrument, ts }))
    }
}

fn kind_of(chunk: &Chunk, row: usize) -> Option<TapeKind> {
    let (kind, slot) = chunk.slot(row);
    match kind {
        RowKind::Trade => Some(TapeKind::Trades),
        RowKind::Quote => Some(TapeKind::Quotes),
        RowKind::Delta | RowKind::Order => Some(TapeKind::Books),
        RowKind::Other => match chunk.others[slot] {
            Other::News { .. } => Some(TapeKind::News),
            Other::Funding { .. } => Some(TapeKind::Funding),
            Other::Metric { .. } => Some(TapeKind::Metrics),
            Other::Candle(_) => Some(TapeKind::Candles),
            Other::Reject { .. } => None,
        },
    }
}

/// A reader and what was read of it.
struct Lane {
    reader: Box<dyn Reader>,
    chunk: Chunk,
    row: usize,
}

impl Lane {
    /// The key of the next message, which is then in the chunk as a whole.
    fn head(&mut self) -> Result<Option<OrderKey>, SourceError> {
        if self.row == self.chunk.len() {
            match self.reader.next()? {
                Some(chunk) => (self.chunk, self.row) = (chunk, 0),
                None => return Ok(None),
            }
        }
        while self.is_cut() {
            let Some(next) = self.reader.next()? else { break };
            let mut joined = Chunk::mixed(self.chunk.source_rank, self.chunk.source_partition);
            (self.row..self.chunk.len()).for_each(|row| joined.push_row_of(&self.chunk, row));
            (0..next.len()).for_each(|row| joined.push_row_of(&next, row));
            (self.chunk, self.row) = (joined, 0);
        }
        Ok(Some(self.chunk.key(self.row)))
    }

    /// Does the chunk end within the message? Batches of a file do not know of messages.
    fn is_cut(&self) -> bool {
        let end = message_end(&self.chunk, self.row);
        let (kind, slot) = self.chunk.slot(end - 1);
        let open = || !DeltaFlags(self.chunk.deltas.flags[slot]).has(DeltaFlags::LAST);
        end == self.chunk.len() && kind == RowKind::Delta && open()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::sources::{SourceKind, generate::write_jsonl, synthetic::Synthetic};
    use schemas::chunk::RowHead;

    /// A small market.
    pub fn market() -> Synthetic {
        Synthetic {
            venue: "demo".to_owned(),
            instruments: 3,
            minutes: Some(10),
            events: None,
            seed: 5,
            start: Synthetic::START,
        }
    }

    /// Its tape.
    pub fn tape() -> Tape {
        let market = market();
        let instruments = market.instruments();
        let kind = SourceKind::Synthetic(market);
        let source = SourcePlan { rank: 0, name: "synthetic".to_owned(), kind };
        Tape::open(&[source], instruments).unwrap()
    }

    #[test]
    fn a_tape_is_what_generate_writes() {
        let mut lines = Vec::new();
        write_jsonl(&market(), &mut lines, &mut |_| {}).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let (mut tape, mut line, mut count) = (tape(), String::new(), 0);
        let mut expected = lines.lines();
        let mut kinds = BTreeSet::new();
        while let Some(head) = tape.head() {
            line.clear();
            let taken = tape.take(None, &mut line).unwrap().unwrap();
            assert_eq!((Some(&*line), taken.ts), (expected.next(), head));
            kinds.extend(taken.kind);
            count += 1;
        }
        assert_eq!((expected.next(), tape.take(None, &mut line).unwrap()), (None, None));
        assert!(count > 1_000 && kinds.len() >= 4, "{count} {kinds:?}");
    }

    #[test]
    fn a_stamp_takes_the_place_of_the_receive_time_and_of_nothing_else() {
        let (mut own, mut stamped) = (tape(), tape());
        let (mut a, mut b) = (String::new(), String::new());
        let taken = own.take(None, &mut a).unwrap().unwrap();
        let now = EventTime(1_763_701_200_000_000_001);
        let again = stamped.take(Some(now), &mut b).unwrap().unwrap();
        assert_eq!(b, a.replace(&taken.ts.0.to_string(), &now.0.to_string()));
        assert_eq!(again, Taken { ts: now, ..taken });
        assert_eq!(own.head(), stamped.head(), "the tape itself stays as it was");
    }

    struct Pieces(Vec<Chunk>);
    impl Reader for Pieces {
        fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
            Ok(self.0.pop())
        }
    }

    #[test]
    fn a_message_that_is_cut_by_the_end_of_a_chunk_is_one_message() {
        let piece = |rows: &[(u64, u32, u8)]| {
            let mut chunk = Chunk::mixed(0, 0);
            for (offset, seq, flags) in rows {
                let ts = EventTime(*offset as i64);
                let (recv_ts, offset, seq) = (ts, *offset, *seq);
                let head = RowHead { ts, recv_ts, exchange_ts: None, offset, seq, instrument: 0 };
                chunk.push_delta(head, 100 + i64::from(seq), 1, *flags, (1, 1, 1));
            }
            chunk
        };
        let (bid, last) = (DeltaFlags::BID, DeltaFlags::BID | DeltaFlags::LAST);
        let pieces = vec![piece(&[(7, 2, last), (8, 0, last)]), piece(&[(7, 1, bid)])];
        let first = piece(&[(6, 0, last), (7, 0, bid)]);
        let reader = Pieces(pieces.into_iter().chain([first]).collect());
        let instruments = market().instruments();
        let mut tape = Tape::new(vec![Box::new(reader)], instruments).unwrap();
        let mut lines = Vec::new();
        while tape.head().is_some() {
            lines.push(String::new());
            tape.take(None, lines.last_mut().unwrap()).unwrap();
        }
        let levels: Vec<usize> = lines.iter().map(|line| line.matches("[\"").count()).collect();
        assert_eq!(levels, [1, 3, 1]);
    }
}
