//! What went to each output partition of a shard, and what need not go again.

use super::{OutRow, Outlet, SinkError};
use crate::lake::OutputPosition;
use schemas::{Digest, EventTime, OrderKey};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

/// Records of a partition since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Count {
    /// How many.
    pub count: u64,
    /// Order key of the last one.
    pub last: Option<OrderKey>,
    /// Hash of the last one chained to that of the one before.
    pub chain: u128,
}

/// Partitions of a shard, in order.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    outlet: Arc<Outlet>,
    shard: u32,
    parts: Vec<Part>,
    /// Rows that were not sent again.
    pub suppressed: u64,
    scratch: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Part {
    topic: String,
    partition: u32,
    /// What was computed.
    at: Count,
    /// What consumers see already, at least.
    seen: Count,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is new.
    Send,
    /// It was sent before.
    Suppress,
}

impl Ledger {
    /// A run that begins.
    pub fn new(outlet: &Arc<Outlet>, shard: u32) -> Ledger {
        let mine = |(place, _): &(usize, _)| outlet.shard_of(*place as u32) == shard;
        let part = |(_, (topic, partition)): (usize, (&str, u32))| Part {
            topic: topic.to_owned(),
            partition,
            at: Count::default(),
            seen: Count::default(),
        };
        let parts = outlet.partitions().enumerate().filter(mine).map(part).collect();
        let outlet = Arc::clone(outlet);
        Ledger { outlet, shard, parts, suppressed: 0, scratch: Vec::new() }
    }

    /// Sets what is in the checkpoint; false when it knows none of the partitions.
    ///
    /// # Errors
    /// When it knows only some of them.
    pub fn begin_at(&mut self, committed: &[OutputPosition]) -> Result<bool, SinkError> {
        let mut known = 0;
        for part in &mut self.parts {
            let same = |p: &&OutputPosition| p.topic == part.topic && p.partition == part.partition;
            let Some(position) = committed.iter().find(same) else { continue };
            known += 1;
            part.at = Count { count: position.count, last: position.last, chain: position.chain.0 };
        }
        if known != 0 && known != self.parts.len() {
            return Err(self.layout(format!("{known} of these partitions")));
        }
        Ok(known != 0)
    }

    /// Sets what was computed.
    pub fn set_at(&mut self, counts: &[Count]) -> Result<(), SinkError> {
        if counts.len() != self.parts.len() {
            return Err(self.layout(format!("{} partitions", counts.len())));
        }
        self.parts.iter_mut().zip(counts).for_each(|(part, count)| part.at = *count);
        Ok(())
    }

    /// Sets what consumers see.
    pub fn set_seen(&mut self, counts: &[Count]) -> Result<(), SinkError> {
        if counts.len() != self.parts.len() {
            return Err(self.layout(format!("{} partitions", counts.len())));
        }
        self.parts.iter_mut().zip(counts).for_each(|(part, count)| part.seen = *count);
        Ok(())
    }

    fn layout(&self, then: String) -> SinkError {
        let now = format!("{} partitions", self.parts.len());
        SinkError::Layout { id: self.outlet.shard_id(self.shard), then, now }
    }

    /// Finds progress that is behind what was computed: rows that no one would send any more.
    pub fn check_not_behind(&self, said: bool) -> Result<(), SinkError> {
        let behind = |part: &&Part| part.seen.count < part.at.count;
        // A topic that says nothing is as bad when nothing was sent so far: it was lost.
        let part = match said {
            true => self.parts.iter().find(behind),
            false => self.parts.iter().max_by_key(|part| part.at.count),
        };
        let Some(part) = part else { return Ok(()) };
        let what = match said {
            true => format!("stands at {}", part.seen.count),
            false => "says nothing".to_owned(),
        };
        Err(SinkError::Progress {
            topic: self.outlet.progress_topic(),
            what,
            id: self.outlet.shard_id(self.shard),
            output: part.topic.clone(),
            partition: part.partition,
            count: part.at.count,
        })
    }

    /// Counts a row.
    ///
    /// # Errors
    /// When it is not after the one before, or not what was sent before.
    pub fn take(&mut self, row: &OutRow) -> Result<Verdict, SinkError> {
        let place = (row.partition / self.outlet.shards) as usize;
        let Part { topic, partition, at, seen } = &mut self.parts[place];
        if let Some(last) = at.last.filter(|last| *last >= row.key) {
            let (topic, partition) = (topic.clone(), *partition);
            return Err(SinkError::Order { topic, partition, key: row.key, last });
        }
        let was = *at;
        *at = Count {
            count: was.count + 1,
            last: Some(row.key),
            chain: chain(was.chain, row, &mut self.scratch),
        };
        if at.count > seen.count {
            return Ok(Verdict::Send);
        }
        let ends = at.count == seen.count;
        let how = match () {
            () if ends && at.chain != seen.chain => "the records differ",
            () if at.last > seen.last => "there are fewer records",
            () => {
                self.suppressed += 1;
                return Ok(Verdict::Suppress);
            }
        };
        Err(self.differs(place, how))
    }

    /// Every row before `through` was counted: are there too few?
    pub fn passed(&self, through: EventTime) -> Result<(), SinkError> {
        let lacks = |part: &Part| {
            let missing = part.at.count < part.seen.count;
            missing && part.seen.last.is_some_and(|last| last.ts < through)
        };
        match self.parts.iter().position(lacks) {
            Some(place) => Err(self.differs(place, "there are fewer records")),
            None => Ok(()),
        }
    }

    fn differs(&self, place: usize, how: &'static str) -> SinkError {
        let Part { topic, partition, seen, .. } = &self.parts[place];
        let (topic, partition) = (topic.clone(), *partition);
        SinkError::Differs { topic, partition, key: seen.last, how }
    }

    /// Rows that consumers see and that are yet to be computed again.
    pub fn to_suppress(&self) -> u64 {
        self.parts.iter().map(|part| part.seen.count.saturating_sub(part.at.count)).sum()
    }

    /// Is something still suppressed?
    pub fn is_behind(&self) -> bool {
        self.parts.iter().any(|part| part.at.count < part.seen.count)
    }

    /// What was computed.
    pub fn counts(&self) -> Vec<Count> {
        self.parts.iter().map(|part| part.at).collect()
    }

    /// What consumers will see when all that was computed is sent. While rows are suppressed that
    /// is more than was computed.
    pub fn visible(&self) -> Vec<Count> {
        let later = |p: &Part| if p.at.count < p.seen.count { p.seen } else { p.at };
        self.parts.iter().map(later).collect()
    }

    /// Topics and partitions.
    pub fn partitions(&self) -> impl Iterator<Item = (&str, u32)> {
        self.parts.iter().map(|part| (&*part.topic, part.partition))
    }

    /// What was computed, as the checkpoint holds it.
    pub fn positions(&self) -> Vec<OutputPosition> {
        let position = |Part { topic, partition, at, .. }: &Part| OutputPosition {
            topic: topic.clone(),
            partition: *partition,
            count: at.count,
            last: at.last,
            chain: Digest(at.chain),
        };
        self.parts.iter().map(position).collect()
    }
}

/// The hash of a record chained to that of the one before: key, value and headers, each with its
/// length.
fn chain(before: u128, row: &OutRow, scratch: &mut Vec<u8>) -> u128 {
    scratch.clear();
    scratch.extend_from_slice(&before.to_le_bytes());
    let mut put = |bytes: &[u8]| {
        scratch.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        scratch.extend_from_slice(bytes);
    };
    put(&row.record_key);
    put(&row.value);
    for (name, value) in &row.headers {
        put(name.as_bytes());
        put(value);
    }
    xxh3_128(scratch)
}

#[cfg(test)]
mod tests;
