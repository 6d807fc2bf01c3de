//! Keeping a journal small while it grows: merging its small files, deleting what nothing needs.

use super::committed::{epoch_path, journal_path, pending};
use super::history::{Garbage, History, Upkeep};
use super::journal::Site;
use super::merge::{choose, merge};
use super::{FileEntry, LakeError};
use crate::faults;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A file that holds the rows of others, to be committed in their place.
#[derive(Debug, Clone)]
pub(crate) struct Merged {
    pub(crate) added: FileEntry,
    pub(crate) removed: Vec<String>,
    /// Has a commit of it begun? It may stand although it was said to have failed.
    pub(crate) in_doubt: bool,
}

/// Ends with the merged file, or none when it was asked to stop.
type MergeThread = JoinHandle<Result<Option<FileEntry>, LakeError>>;

/// Merges small files, one merge at a time, on a thread of its own.
#[derive(Debug, Default)]
pub(crate) struct Compactor {
    /// The files of the merge under way, and its thread.
    running: Option<(Vec<String>, MergeThread)>,
    /// The merge that the next commit takes in. It stays until that commit has succeeded, so that
    /// a repeated commit is the same.
    pub(crate) ready: Option<Merged>,
    /// Files of merges that failed.
    refused: BTreeSet<String>,
    stop: Arc<AtomicBool>,
}

impl Compactor {
    /// Takes up a merge that has ended.
    pub(crate) fn collect(&mut self) {
        if self.ready.is_some() || !self.running.as_ref().is_some_and(|(_, t)| t.is_finished()) {
            return;
        }
        let Some((removed, thread)) = self.running.take() else { return };
        match thread.join() {
            Ok(Ok(Some(added))) => self.ready = Some(Merged { added, removed, in_doubt: false }),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "small files could not be merged");
                self.refused.extend(removed);
            }
            Err(_) => self.refused.extend(removed),
        }
    }

    /// Begins a merge if none is under way and there is something to merge.
    pub(crate) fn offer(
        &mut self,
        site: &Arc<Site>,
        live: &BTreeMap<String, FileEntry>,
        count: usize,
    ) {
        if count == 0 || self.running.is_some() || self.ready.is_some() {
            return;
        }
        let candidates = live.values().filter(|file| !self.refused.contains(&file.path));
        let Some(inputs) = choose(candidates, count.max(2)) else { return };
        let paths = inputs.iter().map(|file| file.path.clone()).collect();
        let (site, stop) = (Arc::clone(site), Arc::clone(&self.stop));
        let thread = std::thread::Builder::new().name("compactor".to_owned());
        match thread.spawn(move || merge(&site, &inputs, &stop)) {
            Ok(thread) => self.running = Some((paths, thread)),
            Err(error) => tracing::warn!(%error, "small files could not be merged"),
        }
    }

    /// Waits for the merge under way.
    #[cfg(test)]
    pub(crate) fn wait(&mut self) {
        while self.running.as_ref().is_some_and(|(_, thread)| !thread.is_finished()) {
            std::thread::yield_now();
        }
    }

    /// Ends what is under way; what was not committed is removed.
    pub(crate) fn end(&mut self, site: &Site) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some((_, thread)) = self.running.take()
            && let Ok(Ok(Some(added))) = thread.join()
        {
            self.ready.get_or_insert(Merged { added, removed: Vec::new(), in_doubt: false });
        }
        if let Some(Merged { added, in_doubt: false, .. }) = self.ready.take()
            && let Err(error) = site.lake.store.remove(&pending(&added.path))
        {
            tracing::warn!(%error, "a file of no epoch is left behind");
        }
    }
}

/// Deletes what nothing needs any more after a commit. A crash in the middle leaves what the next
/// start or the next call deletes.
pub(crate) fn collect_garbage(
    site: &Site,
    history: &mut History,
    head: u64,
    upkeep: &Upkeep,
) -> Result<(), LakeError> {
    let garbage = history.garbage(head, upkeep);
    if garbage == Garbage::default() {
        return Ok(());
    }
    site.check_generation()?;
    let fault = |fault| LakeError::io("the store", std::io::Error::other(fault));
    faults::hit("garbage.before").map_err(fault)?;
    let journal = journal_path(site.kind, &site.name);
    let store = &site.lake.store;
    for path in garbage.state.iter().chain(&garbage.files) {
        if generation_of(path).is_some_and(|generation| generation <= site.generation) {
            store.remove(path)?;
            faults::hit("garbage.removed").map_err(fault)?;
        }
    }
    for number in &garbage.epochs {
        store.remove(&epoch_path(&journal, *number))?;
        faults::hit("garbage.epoch").map_err(fault)?;
    }
    history.forget(&garbage);
    Ok(())
}

/// The generation that wrote a data file or a file of state.
pub(crate) fn generation_of(path: &str) -> Option<u64> {
    let (folder, name) = path.rsplit_once('/')?;
    match folder.split_once("/state/") {
        Some((_, rest)) => rest.split('/').next()?.parse().ok(),
        None => name.split('-').next()?.parse().ok(),
    }
}
