//! Commits while the disk fails, dies and forgets.

mod crashes;
mod growth;

use super::store::Disk;
use super::{Checkpoint, EpochDraft, Journal, JournalKind, Lake, LakeError, ResumeOptions};
use super::{StateItem, Upkeep};
use crate::lake::store::faults::Faults;
use schemas::records::Signal;
use schemas::table::Record;
use schemas::{Digest, EventTime, OrderKey, Quantity, Table};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const JOB: Digest = Digest(7);
/// Small, so that a short run meets everything.
const UPKEEP: Upkeep = Upkeep { keep_epochs: 2, base_every: 2, merge_files: 3 };

fn signal(i: i64, worker: u32) -> Signal {
    Signal {
        key: OrderKey::source(EventTime(i), 0, 0, i as u64, 0).derived(4, worker, 0),
        instrument: Some(format!("binance:{worker}").as_str().into()),
        strategy: "s".into(),
        side: None,
        target: Quantity::new(i, 0),
        strength: f64::NAN,
        price: None,
        reason: "rule".into(),
        model_digest: None,
    }
}

/// A lake whose disk fails as the faults say.
fn lake(root: &Path, faults: Option<Arc<Faults>>) -> Lake {
    let mut disk = Disk::new("lake", root);
    disk.calls.faults = faults;
    Lake { store: Arc::new(disk) }
}

fn resume(lake: &Lake, options: &ResumeOptions) -> Result<Journal, LakeError> {
    let mut journal = lake.resume_run("r", "job", JOB, options)?;
    journal.set_upkeep(UPKEEP);
    Ok(journal)
}

/// What the n-th epoch commits: a row of each of two workers, and how far the run is.
fn draft(journal: &Journal, n: i64) -> Result<EpochDraft, LakeError> {
    let (mut files, mut state) = (Vec::new(), Vec::new());
    for worker in 0..2 {
        let row = signal(n, worker);
        let digest = row.digest(&mut Default::default());
        let mut writer = journal.writer(worker as usize);
        writer.append(Table::Signals, &Signal::batch(&[row]), digest)?;
        files.extend(writer.finish_epoch()?);
        let item = StateItem { bucket: worker, key: "n".into(), bytes: n.to_le_bytes().to_vec() };
        let (states, epoch) = (journal.state(), journal.next_epoch());
        state.push(states.write_state("op", worker as usize, epoch, vec![item])?);
    }
    let checkpoint = Some(Checkpoint { state, ..Checkpoint::default() });
    Ok(EpochDraft { checkpoint, ..EpochDraft::new(EventTime(n + 1), files) })
}

/// How far the state says that the run is.
fn position(journal: &Journal) -> Result<i64, LakeError> {
    let Some(epoch) = journal.resumed() else { return Ok(0) };
    let state = &epoch.checkpoint.as_ref().unwrap().state;
    let items = journal.state().read_state(state, "op", &|_| true)?;
    assert_eq!(items.len(), 2);
    let n = i64::from_le_bytes(items[0].bytes[..].try_into().unwrap());
    assert_eq!((n + 1, &items[1].bytes), (epoch.boundary.0, &items[0].bytes));
    Ok(n + 1)
}

/// Times of the committed rows; their digests and counts are checked.
fn times(lake: &Lake) -> Vec<i64> {
    let Some(run) = lake.committed_in(JournalKind::Run, "r").unwrap() else { return Vec::new() };
    let total = run.tables()[&Table::Signals];
    assert_eq!(lake.recompute(&run, Table::Signals).unwrap(), total);
    let batches = lake.read_all(&run, Table::Signals).unwrap();
    let rows = batches.iter().flat_map(|b| Signal::read_all(b).unwrap());
    let mut times: Vec<i64> = rows.map(|s| s.key.ts.0).collect();
    times.sort_unstable();
    times
}

/// The times of both workers' rows.
fn twice(range: std::ops::Range<i64>) -> Vec<i64> {
    range.flat_map(|n| [n, n]).collect()
}

fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(tree(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
