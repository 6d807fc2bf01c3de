//! The writer of some output partitions, from its opening to its start.

use super::{
    Outlet, OutputMode, ProgressLog, ShardHandle, SinkError, ledger::Ledger, outbox::OutboxEpoch,
    pump::Pump, queue, writer::Writer,
};
use crate::lake::OutputPosition;
use std::sync::Arc;

/// Writes the output partitions p of a sink with p % shards = its number; it alone does.
pub struct Shard {
    outlet: Arc<Outlet>,
    number: u32,
    writer: Writer,
    /// What was computed; under `replay_dedup` also what need not be sent.
    ledger: Ledger,
    /// Epochs whose publishing a crash may have cut short, and what of them was published.
    unpublished: Vec<OutboxEpoch>,
    published: Ledger,
    /// Is there progress, and does the run go on from a checkpoint?
    known: (bool, bool),
}

impl Shard {
    /// Opens a shard. In transactional modes that shuts out every producer that had it before, and
    /// waits until its transaction has ended.
    ///
    /// # Errors
    /// When brokers cannot be reached or refuse.
    pub fn open(outlet: &Arc<Outlet>, number: u32) -> Result<Shard, SinkError> {
        let ledger = Ledger::new(outlet, number);
        Ok(Shard {
            outlet: Arc::clone(outlet),
            number,
            writer: Writer::open(outlet, number)?,
            published: ledger.clone(),
            ledger,
            unpublished: Vec::new(),
            known: (false, false),
        })
    }

    /// What brokers call it: RUN/SINK/SHARD.
    pub fn id(&self) -> String {
        self.outlet.shard_id(self.number)
    }

    /// Goes on after a checkpoint (none of the positions are the shard's when the run begins), with
    /// what was sent after it. To be called when all shards of the run were opened and the newest
    /// manifest was read. A run that is to replace an earlier one of its name does without it.
    ///
    /// # Errors
    /// When the checkpoint or the progress is of other partitions or shards.
    pub fn recover(
        &mut self,
        committed: &[OutputPosition],
        progress: &ProgressLog,
    ) -> Result<(), SinkError> {
        let resumes = self.ledger.begin_at(committed)?;
        self.published.begin_at(committed)?;
        let progress = progress.of(&self.id())?;
        self.known = (progress.is_some(), resumes);
        let Some(progress) = progress else { return Ok(()) };
        let mine: Vec<(String, u32)> =
            self.ledger.partitions().map(|(t, p)| (t.to_owned(), p)).collect();
        if progress.shards != self.outlet.shards || progress.partitions != mine {
            let said = |shards: u32, partitions: &[(String, u32)]| {
                let partitions = partitions.iter().map(|(topic, p)| format!("{topic}-{p}"));
                format!("{shards} shards, this one {}", partitions.collect::<Vec<_>>().join(" "))
            };
            let then = said(progress.shards, &progress.partitions);
            let now = said(self.outlet.shards, &mine);
            return Err(SinkError::Layout { id: self.id(), then, now });
        }
        self.published.set_seen(&progress.counts)?;
        if self.outlet.mode == OutputMode::ReplayDedup {
            self.ledger.set_seen(&progress.counts)?;
        }
        Ok(())
    }

    /// Was everything published that had gone to the shard's partitions as of a checkpoint? While
    /// it was not, the outbox of that checkpoint is needed too.
    ///
    /// # Errors
    /// When the checkpoint is of other partitions.
    pub fn is_published(&self, committed: &[OutputPosition]) -> Result<bool, SinkError> {
        let mut then = self.published.clone();
        then.begin_at(committed)?;
        Ok(then.check_not_behind(true).is_ok())
    }

    /// Hands in what [`ShardHandle::outbox`] gave for a checkpoint whose publishing a crash may
    /// have cut short; what of it was published is not published again. Oldest first, after
    /// [`Shard::recover`]. Other modes have no outbox, and this does nothing.
    ///
    /// # Errors
    /// When the bytes are no outbox of this shard.
    pub fn republish(&mut self, outbox: &[u8]) -> Result<(), SinkError> {
        if self.outlet.mode != OutputMode::Outbox {
            return Ok(());
        }
        let epoch = OutboxEpoch::of_bytes(outbox)?;
        if self.unpublished.is_empty() {
            self.published.set_at(&epoch.from)?;
        }
        self.unpublished.push(epoch);
        Ok(())
    }

    /// Starts its thread. `wake` is called whenever [`ShardHandle::committed`] or
    /// [`ShardHandle::failed`] have something new.
    ///
    /// # Errors
    /// When progress is missing or behind the checkpoint, or there is no thread to be had.
    pub fn start(self, wake: Box<dyn Fn() + Send>) -> Result<ShardHandle, SinkError> {
        let (said, resumes) = self.known;
        if self.outlet.is_transactional() && (said || resumes) {
            self.published.check_not_behind(said)?;
        }
        let id = self.id();
        let Shard { outlet, number, writer, ledger, unpublished, published, .. } = self;
        queue::start(id, Pump::new(outlet, number, writer, ledger, unpublished, published), wake)
    }
}
