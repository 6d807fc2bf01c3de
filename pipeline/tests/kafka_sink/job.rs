//! A job without a graph: rows that are the same on every start, boundaries, and a manifest that is
//! a file.

use super::STEP;
use pipeline::{
    lake::OutputPosition,
    sinks::kafka::{OutRow, Outlet, OutputMode, ProgressLog, Shard, ShardHandle, SinkError},
};
use schemas::EventTime;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::Duration,
};

/// Rows between boundaries.
pub const EVERY: usize = 50;

/// Rows that are handed over at once.
const CHUNK: usize = 10;

pub struct Job {
    pub outlet: Arc<Outlet>,
    pub rows: Vec<OutRow>,
    pub folder: PathBuf,
}

/// The newest checkpoint.
#[derive(Default, Serialize, Deserialize)]
struct Manifest {
    boundary: i64,
    positions: Vec<OutputPosition>,
    outboxes: Vec<Vec<u8>>,
}

impl Manifest {
    fn read(folder: &Path) -> Manifest {
        match std::fs::read(folder.join("manifest")) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
            Err(_) => Manifest::default(),
        }
    }

    fn write(&self, folder: &Path) {
        let draft = folder.join("draft");
        std::fs::write(&draft, serde_json::to_vec(self).unwrap()).unwrap();
        std::fs::rename(draft, folder.join("manifest")).unwrap();
    }
}

/// Boundaries that not every shard has committed.
type Open = BTreeMap<i64, BTreeMap<usize, (Vec<OutputPosition>, Option<Vec<u8>>)>>;

/// All shards, opened and gone on from the newest manifest.
pub fn start(job: &Job) -> Result<(i64, Vec<ShardHandle>, mpsc::Receiver<()>), SinkError> {
    let outlet = &job.outlet;
    outlet.check()?;
    let shards: Result<Vec<Shard>, _> =
        (0..outlet.shards).map(|number| Shard::open(outlet, number)).collect();
    let manifest = Manifest::read(&job.folder);
    let progress = ProgressLog::read(outlet)?;
    let (wake, woken) = mpsc::channel();
    let start = |(number, mut shard): (usize, Shard)| {
        shard.recover(&manifest.positions, &progress)?;
        if let Some(outbox) = manifest.outboxes.get(number) {
            shard.republish(outbox)?;
        }
        let wake = wake.clone();
        shard.start(Box::new(move || wake.send(()).unwrap_or_default()))
    };
    let handles = shards?.into_iter().enumerate().map(start).collect::<Result<_, _>>()?;
    Ok((manifest.boundary, handles, woken))
}

impl Job {
    /// From the newest manifest to the end.
    pub fn run(&self) -> Result<(), SinkError> {
        let (from, handles, woken) = start(self)?;
        let mut open = Open::new();
        let rest: Vec<&OutRow> = self.rows.iter().filter(|r| r.key.ts.0 >= from).collect();
        for (number, chunk) in rest.chunks(CHUNK).enumerate() {
            let through = chunk[chunk.len() - 1].key.ts.0 + STEP;
            for (shard, handle) in handles.iter().enumerate() {
                let mine = |row: &&&OutRow| self.outlet.shard_of(row.partition) as usize == shard;
                let mine = chunk.iter().filter(mine).map(|row| (*row).clone()).collect();
                handle.rows(EventTime(through), mine);
            }
            // One transaction a chunk, so that crashes come where they are asked for.
            while handles.iter().any(|handle| handle.backlog().rows > 0) {
                failed(&handles)?;
                let _ = woken.recv_timeout(Duration::from_millis(1));
            }
            if ((number + 1) * CHUNK).is_multiple_of(EVERY) {
                handles.iter().for_each(|handle| handle.boundary(EventTime(through)));
                open.insert(through, BTreeMap::new());
            }
            self.commit(&handles, &mut open)?;
        }
        while !open.is_empty() {
            self.commit(&handles, &mut open)?;
            let _ = woken.recv_timeout(Duration::from_millis(5));
        }
        handles.into_iter().try_for_each(|handle| handle.finish().map(drop))
    }

    /// Writes the manifests of boundaries that every shard has committed.
    fn commit(&self, handles: &[ShardHandle], open: &mut Open) -> Result<(), SinkError> {
        failed(handles)?;
        for (shard, handle) in handles.iter().enumerate() {
            for (boundary, positions) in handle.committed() {
                let outbox = handle.outbox(boundary);
                assert_eq!(outbox.is_some(), self.outlet.mode == OutputMode::Outbox);
                open.get_mut(&boundary.0).unwrap().insert(shard, (positions, outbox));
            }
        }
        while let Some(first) = open.first_entry() {
            if first.get().len() < handles.len() {
                break;
            }
            let (boundary, shards) = first.remove_entry();
            let (positions, outboxes): (Vec<_>, Vec<_>) = shards.into_values().unzip();
            let positions = positions.concat();
            let before = self.rows.iter().filter(|row| row.key.ts.0 < boundary).count();
            assert_eq!(positions.iter().map(|p| p.count).sum::<u64>(), before as u64);
            let outboxes = outboxes.into_iter().flatten().collect();
            Manifest { boundary, positions, outboxes }.write(&self.folder);
            handles.iter().for_each(|handle| handle.publish(EventTime(boundary)));
        }
        Ok(())
    }
}

fn failed(handles: &[ShardHandle]) -> Result<(), SinkError> {
    match handles.iter().find_map(ShardHandle::failed) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
