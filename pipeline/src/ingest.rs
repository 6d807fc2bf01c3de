//! Market data from sources into the lake, once per recording.

use crate::{
    RunError,
    lake::{
        EpochDraft, Facts, JournalKind, Lake, SourceFact, TableTotal, TableWriter, market_batches,
    },
    progress::Progress,
    sources::{CHUNK_ROWS, Reader, SourceError, SourcePlan},
};
use schemas::{
    Chunk, Digest, EventTime, Instrument, OrderKey, Table, chunk::RowKind, digest::RowDigest,
    records::InstrumentFact, table::Record,
};
use std::collections::BTreeMap;

/// What to record.
pub struct IngestRequest<'a> {
    /// The lake.
    pub lake: Lake,
    /// Id of the recording.
    pub recording: String,
    /// Digest of the input: the same input again changes nothing.
    pub digest: Digest,
    /// Sources, in order of their ranks.
    pub sources: &'a [SourcePlan],
    /// Instruments, ascending by id.
    pub instruments: &'a [Instrument],
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Ingested {
    /// Id of the recording.
    pub recording: String,
    /// Was it there already?
    pub known: bool,
    /// Rows and digests by table; rejects included.
    pub tables: BTreeMap<Table, TableTotal>,
    /// Event time of the first and last record.
    pub span: Option<(EventTime, EventTime)>,
}

/// Records sources into the lake, in order-key order; nothing is seen of it before its end.
///
/// # Errors
/// When the input cannot be read or the lake not written.
pub fn ingest(request: &IngestRequest<'_>, progress: &Progress) -> Result<Ingested, RunError> {
    let IngestRequest { lake, recording, digest, sources, instruments } = request;
    let names: Vec<String> = sources.iter().map(|s| s.name.clone()).collect();
    let job = names.join(", ");
    let Some(mut journal) = lake.start_recording(recording, &job, *digest)? else {
        let former = lake.committed_in(JournalKind::Recording, recording)?;
        let tables = former.map(|f| f.tables().clone()).unwrap_or_default();
        return Ok(Ingested { recording: recording.clone(), known: true, tables, span: None });
    };
    let fact = |source: &SourcePlan| SourceFact {
        rank: source.rank,
        name: source.name.clone(),
        kind: source.kind.name().to_owned(),
        partitions: source.kind.partitions(),
    };
    journal.set_facts(Facts {
        sources: sources.iter().map(fact).collect(),
        instruments: instruments.to_vec(),
    });
    let mut writer = journal.writer(0);
    let mut merge = Merge::open(sources, instruments)?;
    let mut span: Option<(EventTime, EventTime)> = None;
    while let Some((chunk, source)) = merge.next()? {
        let ends = (EventTime(chunk.ts[0]), EventTime(chunk.ts[chunk.len() - 1]));
        if span.is_none() {
            write_facts(&mut writer, instruments, ends.0)?;
        }
        span = Some((span.map_or(ends.0, |s| s.0), ends.1));
        progress.add(chunk.len() - chunk.others.len(), ends.0, ends.1);
        for batch in market_batches(&chunk, instruments, &source) {
            writer.append(batch.table, &batch.batch, batch.digest)?;
        }
        if progress.stopped() {
            return Err(RunError::Stopped);
        }
    }
    let files = writer.finish_epoch()?;
    let boundary = span.map_or(EventTime::MIN, |(_, last)| EventTime(last.0.saturating_add(1)));
    let tables = journal.commit(EpochDraft::last(boundary, files, None))?.clone();
    Ok(Ingested { recording: recording.clone(), known: false, tables, span })
}

/// The rows of `instruments`: facts that hold from the first record on.
pub(crate) fn write_facts(
    writer: &mut TableWriter,
    instruments: &[Instrument],
    from: EventTime,
) -> Result<(), RunError> {
    let mut digest = Digest::default();
    let fact = |(place, facts): (usize, &Instrument)| InstrumentFact {
        key: OrderKey { ts: from, source_offset: place as u64, ..OrderKey::default() },
        instrument: Some(facts.id.text().clone()),
        valid_from: from,
        base: facts.base.clone(),
        quote: facts.quote.clone(),
        settle: facts.settle.clone(),
        kind: facts.kind,
        tick: facts.price(facts.tick),
        lot: facts.quantity(facts.lot),
        multiplier: facts.multiplier,
        inverse: facts.inverse,
        // Fees are the account's, not the tape's.
        maker_fee: f64::NAN,
        taker_fee: f64::NAN,
    };
    let rows: Vec<InstrumentFact> = instruments.iter().enumerate().map(fact).collect();
    let mut scratch = RowDigest::default();
    rows.iter().for_each(|row| digest.add(row.digest(&mut scratch)));
    writer.append(Table::Instruments, &InstrumentFact::batch(&rows), digest)?;
    Ok(())
}

/// All readers of some sources as one, in order-key order.
struct Merge {
    lanes: Vec<Lane>,
}

struct Lane {
    reader: Box<dyn Reader>,
    source: String,
    pending: Option<Chunk>,
    next: usize,
}

impl Merge {
    fn open(sources: &[SourcePlan], instruments: &[Instrument]) -> Result<Merge, SourceError> {
        let mut lanes = Vec::new();
        for source in sources {
            let prepared = source.prepare(instruments)?;
            for mut reader in prepared.open(instruments, 0, 1)? {
                let pending = reader.next()?;
                lanes.push(Lane { reader, source: source.name.clone(), pending, next: 0 });
            }
        }
        Ok(Merge { lanes })
    }

    /// The next rows and their source: a lane's whole chunk where it is alone, else merged ones.
    fn next(&mut self) -> Result<Option<(Chunk, String)>, SourceError> {
        self.lanes.retain(|lane| lane.pending.is_some());
        if let [lane] = self.lanes.as_mut_slice()
            && lane.next == 0
        {
            let chunk = lane.pending.take();
            lane.pending = lane.reader.next()?;
            return Ok(chunk.map(|chunk| (chunk, lane.source.clone())));
        }
        let Some(first) = self.first() else { return Ok(None) };
        let source = self.lanes[first].source.clone();
        let rank = self.lanes[first].pending.as_ref().map_or(0, |chunk| chunk.source_rank);
        let mut merged = Chunk::mixed(rank, 0);
        while let Some(at) = self.first() {
            let lane = &mut self.lanes[at];
            let chunk = lane.pending.as_ref().expect("the first has rows");
            // A message stays in one chunk, and a chunk is of one source.
            let starts = chunk.slot(lane.next).0 != RowKind::Delta
                || chunk.seq.get(lane.next).is_none_or(|seq| *seq == 0);
            let other = chunk.source_rank != rank || lane.source != source;
            if other || (merged.len() >= CHUNK_ROWS && starts) {
                break;
            }
            merged.push_row_of(chunk, lane.next);
            lane.next += 1;
            if lane.next == chunk.len() {
                (lane.pending, lane.next) = (lane.reader.next()?, 0);
            }
        }
        Ok(Some((merged, source)))
    }

    /// The lane with the lowest key.
    fn first(&self) -> Option<usize> {
        let key = |lane: &Lane| lane.pending.as_ref().map(|chunk| chunk.key(lane.next));
        let there = self.lanes.iter().enumerate().filter_map(|(i, l)| Some((key(l)?, i)));
        there.min().map(|(_, i)| i)
    }
}
