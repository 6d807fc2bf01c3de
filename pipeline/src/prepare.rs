//! What stands between claiming a run and its first record: opening the topics that it writes, and
//! finding out where those that it reads go on.

use crate::{
    RunError,
    graph::{self, Files},
    group::Group,
    lake::{Epoch, OutputPosition, StateStore},
    plan::Plan,
    progress::Progress,
    sinks::kafka::{Outlet, ProgressLog, Shard},
    sources::{
        Found, Prepared, SourceError, SourceKind, SourcePlan,
        kafka::{FenceLog, KafkaFences, LiveOptions, Resume},
    },
};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

/// Shards of each sink, and this process's by number.
pub(crate) type Shards = (Vec<u32>, BTreeMap<usize, Shard>);

/// Opens the shards of this process. Once all processes have done so, nothing of an older start
/// can be written; only then it counts what was.
pub(crate) fn open_sinks(
    plan: &Plan,
    run: &str,
    workers: usize,
    (resumed, files): (Option<&Epoch>, Option<&Files>),
    group: &mut Option<Group>,
) -> Result<Shards, RunError> {
    let outlets: Vec<Arc<Outlet>> = Outlet::of_plan(plan, run).into_iter().map(Arc::new).collect();
    let shards: Vec<u32> = outlets.iter().map(|outlet| outlet.shards).collect();
    let (index, processes) = group.as_ref().map_or((0, 1), |g| (g.index(), g.processes()));
    if index == 0 {
        outlets.iter().try_for_each(|outlet| outlet.check())?;
    }
    if let Some(group) = group {
        group.meet()?;
    }
    let mine = |number: usize| number % (workers * processes) / workers == index;
    let mut opened = Vec::new();
    for place in graph::places(&shards).into_iter().filter(|place| mine(place.number)) {
        opened.push((place, Shard::open(&outlets[usize::from(place.sink)], place.shard)?));
    }
    if let Some(group) = group {
        group.meet()?;
    }
    let checkpoint = resumed.and_then(|epoch| epoch.checkpoint.as_ref());
    let committed = checkpoint.map_or(&[][..], |checkpoint| &checkpoint.sinks);
    let held = match (checkpoint, files) {
        (Some(checkpoint), Some(files)) => {
            let store = StateStore::of(&files.site);
            store.read_state(&checkpoint.state, graph::OUTBOX, &|_| true)?
        }
        _ => Vec::new(),
    };
    let mut ready = BTreeMap::new();
    // Read once a sink, and only now: a reading takes a while.
    let mut progress: BTreeMap<u16, ProgressLog> = BTreeMap::new();
    for (place, mut shard) in opened {
        let outlet = &outlets[usize::from(place.sink)];
        if let Entry::Vacant(unread) = progress.entry(place.sink) {
            unread.insert(ProgressLog::read(outlet)?);
        }
        let mine = |p: u32| outlet.shard_of(p) == place.shard;
        let partitions = outlet.partitions().enumerate().filter(|(p, _)| mine(*p as u32));
        let position = |(_, (topic, partition)): (usize, (&str, u32))| {
            committed.iter().find(|o| o.topic == topic && o.partition == partition).cloned()
        };
        let own: Vec<OutputPosition> = partitions.filter_map(position).collect();
        shard.recover(&own, &progress[&place.sink])?;
        let mine = graph::outbox_key(&shard.id());
        for item in held.iter().filter(|item| item.key.starts_with(&mine)) {
            shard.republish(&item.bytes)?;
        }
        ready.insert(place.number, shard);
    }
    Ok((shards, ready))
}

/// Looks at the sources: the leader first, so that all processes read from the same offsets on.
pub(crate) fn prepare(
    plan: &Plan,
    resumed: Option<&Epoch>,
    group: &mut Option<Group>,
    progress: &Progress,
) -> Result<Vec<Prepared>, RunError> {
    let checkpoint = resumed.and_then(|epoch| Some((epoch.boundary, epoch.checkpoint.as_ref()?)));
    let resume =
        checkpoint.map(|(boundary, held)| Resume { boundary, positions: held.sources.clone() });
    let mut options = LiveOptions {
        resume,
        checkpoint_every: plan.lake.commit_every,
        meter: progress.kafka().clone(),
        exchange_ts: plan.uses_exchange_ts(),
        trade_ids: plan.uses_trade_ids(),
        ..LiveOptions::default()
    };
    if let Some(fences) = fences(plan, group.is_some())? {
        options.fences = fences;
    }
    let look = |options: &LiveOptions| -> Result<Vec<Prepared>, SourceError> {
        let sources = plan.sources.iter();
        sources.map(|source| source.prepare_live(&plan.instruments, options)).collect()
    };
    let Some(group) = group else { return Ok(look(&options)?) };
    let mut sources = None;
    if group.leads() {
        sources = Some(look(&options)?);
    }
    let said = sources.as_ref().map(|sources| sources.iter().map(Prepared::found).collect());
    let found: Vec<Found> = group.share(said)?;
    match sources {
        Some(sources) => Ok(sources),
        None => {
            let each = plan.sources.iter().zip(found);
            let take = |(source, found): (&SourcePlan, Found)| {
                source.prepare_found(&plan.instruments, &options, found)
            };
            Ok(each.map(take).collect::<Result<_, SourceError>>()?)
        }
    }
}

/// Where fences of partitions without heartbeats are kept: with the first source that has any.
fn fences(plan: &Plan, in_a_group: bool) -> Result<Option<Arc<dyn FenceLog>>, RunError> {
    let kafka = |source: &SourcePlan| match &source.kind {
        SourceKind::Kafka(kafka) if kafka.fence_after.is_some() => Some(kafka.clone()),
        _ => None,
    };
    let Some(source) = plan.sources.iter().find_map(kafka) else { return Ok(None) };
    let access = &source.access;
    if source.topics.iter().any(|topic| !topic.ranges.is_empty()) {
        let known = KafkaFences::known(access, &plan.job).map_err(SourceError::from)?;
        return Ok(Some(Arc::new(known)));
    }
    if in_a_group {
        let reason = "`fence_after` needs one process: it has one writer of fences".to_owned();
        return Err(RunError::Workers(reason));
    }
    let fences = KafkaFences::open(access, access, &plan.job).map_err(SourceError::from)?;
    Ok(Some(Arc::new(fences)))
}
