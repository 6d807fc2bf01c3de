//! Topics recorded into the lake by the job that reads them.
//!
//! A recording is a journal of its own beside the run's, cut at the same times and committed
//! first. A run that goes on from an earlier cut reads records again that the recording has, and
//! leaves them out: every row takes effect at the same time whoever reads it, so what is missing
//! is exactly what takes effect at or after the recording's boundary.

use crate::{
    RunError,
    graph::Files,
    group::Group,
    ingest::write_facts,
    lake::{
        Checkpoint, EpochDraft, Facts, FileEntry, Journal, JournalKind, Lake, Site, SourceFact,
    },
    plan::Plan,
    sources::{Position, Prepared, SourceError, SourceKind, kafka::InputError},
};
use schemas::{Digest, EventTime};
use std::sync::Arc;

/// A recording that a run writes.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// Where its files go.
    pub files: Files,
    /// What takes effect before this is in it already.
    pub from: EventTime,
    /// Where it ends in each partition; empty when it begins.
    pub positions: Vec<Position>,
}

/// Takes the plan's recording for this run; `None` when the plan has none, or when it has come to
/// its end. Only the leader of a group gets the journal.
pub(crate) fn begin(
    plan: &Plan,
    lake: Option<&Lake>,
    take_over: bool,
    group: &mut Option<Group>,
) -> Result<(Option<Recording>, Option<Journal>), RunError> {
    let (Some(lake), Some(id)) = (lake, &plan.lake.record) else { return Ok((None, None)) };
    let leads = group.as_ref().is_none_or(Group::leads);
    let mut journal = None;
    if leads {
        journal = lake.resume_recording(id, &plan.job, digest(plan), take_over)?;
    }
    if let Some(journal) = &mut journal
        && journal.resumed().is_none()
    {
        journal.set_facts(facts(plan));
    }
    let mut said = journal.as_ref().map(|journal| {
        let resumed = journal.resumed();
        let checkpoint = resumed.and_then(|epoch| epoch.checkpoint.as_ref());
        let boundary = resumed.map_or(EventTime::MIN, |epoch| epoch.boundary);
        let positions = checkpoint.map(|c| c.sources.clone()).unwrap_or_default();
        (journal.generation(), journal.next_epoch(), boundary, positions)
    });
    if let Some(group) = group {
        said = group.share(leads.then_some(said))?;
    }
    let recording = said.map(|(generation, next_epoch, from, positions)| {
        let other = || Site::of_other(lake, JournalKind::Recording, id, generation, None);
        let site = journal.as_ref().map(|journal| Arc::clone(journal.site()));
        let site = site.unwrap_or_else(|| Arc::new(other()));
        Recording { files: Files { site, next_epoch }, from, positions }
    });
    Ok((recording, journal))
}

/// What a recording is of: another job may go on with it if it reads the same.
fn digest(plan: &Plan) -> Digest {
    let topics: Vec<_> = plan
        .sources
        .iter()
        .filter_map(|source| match &source.kind {
            SourceKind::Kafka(kafka) => Some((source.rank, &kafka.topics, kafka.rules())),
            _ => None,
        })
        .collect();
    let bytes = postcard::to_stdvec(&(topics, &plan.instruments)).expect("a plan is plain data");
    Digest::of(&bytes)
}

fn facts(plan: &Plan) -> Facts {
    let fact = |source: &crate::sources::SourcePlan| SourceFact {
        rank: source.rank,
        name: source.name.clone(),
        kind: source.kind.name().to_owned(),
        partitions: source.kind.partitions(),
    };
    Facts {
        sources: plan.sources.iter().map(fact).collect(),
        instruments: plan.instruments.clone(),
    }
}

/// Refuses a run that begins behind the end of its recording: what lies between would be missing,
/// and nobody would see it.
pub(crate) fn check_gap(recording: &Recording, sources: &[Prepared]) -> Result<(), RunError> {
    for start in sources.iter().flat_map(Prepared::positions) {
        let same = |p: &&Position| p.topic == start.topic && p.partition == start.partition;
        let recorded = recording.positions.iter().find(same);
        if let Some(recorded) = recorded.filter(|recorded| recorded.offset < start.offset) {
            let gap = InputError::RecordingGap {
                recording: recording.files.site.name.clone(),
                topic: start.topic,
                partition: start.partition,
                recorded: recorded.offset,
                begins: start.offset,
            };
            return Err(SourceError::from(gap).into());
        }
    }
    Ok(())
}

/// An epoch of a recording.
pub(crate) fn draft(
    boundary: EventTime,
    files: Vec<FileEntry>,
    positions: Vec<Position>,
) -> EpochDraft {
    let checkpoint = Checkpoint { sources: positions, ..Checkpoint::default() };
    EpochDraft { checkpoint: Some(checkpoint), ..EpochDraft::new(boundary, files) }
}

/// Commits an epoch of a recording; the first one that has rows brings the facts of instruments.
pub(crate) fn commit(
    journal: &mut Journal,
    plan: &Plan,
    mut draft: EpochDraft,
) -> Result<(), RunError> {
    let begins = draft.files.iter().map(|file| file.min_ts).min();
    if let Some(from) =
        begins.filter(|_| !journal.tables().contains_key(&schemas::Table::Instruments))
    {
        // No worker has this number.
        let mut writer = journal.writer(crate::graph::WORKERS_MAX);
        write_facts(&mut writer, &plan.instruments, from)?;
        draft.files.extend(writer.finish_epoch()?);
    }
    journal.commit(draft)?;
    Ok(())
}
