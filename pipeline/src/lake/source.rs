//! The lake as a source: which files hold the wanted market data, and in what order.

use super::{FileEntry, FileFilter, JournalKind, Lake, LakeError, LakeFile};
use schemas::{EventTime, Instrument, InstrumentId, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is wanted of a lake.
#[derive(Debug, Clone)]
pub struct LakeSource {
    /// The plan's instruments, sorted by id: chunks hold indices into this list and prices and
    /// quantities at its scales.
    pub plan: Vec<Instrument>,
    /// Only these instruments; all of the plan when empty. Rows that belong to no instrument are
    /// always wanted, others are left out.
    pub only: BTreeSet<InstrumentId>,
    /// Only this recording.
    pub recording: Option<String>,
    /// Only rows from here on.
    pub from: Option<EventTime>,
    /// Only rows before.
    pub to: Option<EventTime>,
    /// Is the venue's time wanted?
    pub exchange_ts: bool,
    /// Are the venue's ids of trades wanted?
    pub trade_ids: bool,
}

/// Files of one table that follow each other in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Their table.
    pub table: Table,
    /// The files; none begins before the one before it has ended.
    pub files: Vec<ChainFile>,
}

/// A file of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainFile {
    /// The file.
    pub entry: FileEntry,
    /// Added to the partitions that its rows carry. Every recording counts its partitions from 0;
    /// where several are read, this keeps two records from having one order key.
    pub partition_base: u32,
}

/// Partitions that a recording may have where several are read.
const PARTITIONS_MAX: u32 = 1 << 16;

impl Lake {
    /// The recorded files of these tables as chains, as few as there can be: files of several
    /// recordings, venues or writers overlap in time, and then there are several chains of a
    /// table. Ask once and give every worker the same answer: a live recording grows.
    ///
    /// # Errors
    /// When a manifest cannot be used, or a table is none that the lake replays.
    pub fn chains(&self, tables: &[Table], source: &LakeSource) -> Result<Vec<Chain>, LakeError> {
        let owner = |name: &String| (JournalKind::Recording, name.clone());
        let filter = FileFilter {
            owner: source.recording.as_ref().map(owner),
            venue: None,
            from: source.from,
            to: source.to,
        };
        let mut found = Vec::new();
        for &table in tables {
            if !REPLAYED.contains(&table) {
                let reason = "the lake replays market data only".to_owned();
                return Err(LakeError::Rows { table: table.name().to_owned(), reason });
            }
            let files = self.files(table, &filter)?;
            found.extend(files.into_iter().filter(|f| f.kind == JournalKind::Recording));
        }
        let owners: BTreeSet<String> = found.iter().map(|f| f.owner.clone()).collect();
        let owners: Vec<String> = owners.into_iter().collect();
        let file = |f: &LakeFile| {
            let place = owners.binary_search(&f.owner).expect("every owner is listed");
            ChainFile { entry: f.entry.clone(), partition_base: place as u32 * PARTITIONS_MAX }
        };
        let chain = |table: &Table| {
            chain_up(*table, found.iter().filter(|f| f.entry.table == *table).map(file))
        };
        Ok(tables.iter().flat_map(chain).collect())
    }
}

impl Lake {
    /// The time before which everything recorded lies: of one recording, or of all.
    ///
    /// # Errors
    /// When a manifest cannot be used.
    pub fn end_of_recordings(
        &self,
        recording: Option<&str>,
    ) -> Result<Option<EventTime>, LakeError> {
        let kind = JournalKind::Recording;
        let names = match recording {
            Some(name) => vec![name.to_owned()],
            None => self.journals(kind)?,
        };
        let mut end = None;
        for name in names {
            let committed = self.committed_in(kind, &name)?;
            end = end.max(committed.map(|committed| committed.newest.boundary));
        }
        Ok(end)
    }
}

/// The tables that can be replayed.
pub const REPLAYED: [Table; 8] = [
    Table::Trades,
    Table::Quotes,
    Table::BookDeltas,
    Table::BookOrders,
    Table::Candles,
    Table::News,
    Table::Funding,
    Table::Metrics,
];

/// Puts each file, in order of their beginnings, behind the first chain that has ended.
fn chain_up(table: Table, files: impl Iterator<Item = ChainFile>) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    for file in files {
        let ended = |c: &&mut Chain| {
            c.files.last().is_none_or(|last| last.entry.max_ts < file.entry.min_ts)
        };
        match chains.iter_mut().find(ended) {
            Some(chain) => chain.files.push(file),
            None => chains.push(Chain { table, files: vec![file] }),
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::Digest;

    #[test]
    fn files_that_overlap_or_touch_are_in_different_chains() {
        let file = |min, max| {
            let entry = FileEntry {
                table: Table::Trades,
                path: format!("{min}"),
                rows: 1,
                bytes: 1,
                min_ts: EventTime(min),
                max_ts: EventTime(max),
                digest: Digest::default(),
            };
            ChainFile { entry, partition_base: 0 }
        };
        let spans = [(0, 9), (5, 14), (10, 19), (19, 30), (20, 29), (31, 31)];
        let chains = chain_up(Table::Trades, spans.iter().map(|(a, b)| file(*a, *b)));
        let found: Vec<Vec<i64>> =
            chains.iter().map(|c| c.files.iter().map(|f| f.entry.min_ts.0).collect()).collect();
        assert_eq!(found, [vec![0, 10, 20, 31], vec![5, 19]]);
    }
}
