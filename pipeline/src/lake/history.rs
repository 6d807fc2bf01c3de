//! What a journal's manifests name, and which of it nothing needs any more.
//!
//! A run of months commits millions of epochs. Kept are the newest ones (for going back, and for
//! readers that began a while ago), every savepoint, and of each the manifests down to the one
//! that lists all files. Of the others first the state goes. A manifest and the data files that it
//! replaced go once *two* manifests that list all files lie behind them: a reader that found its
//! files a minute ago still finds them.

use super::manifest::Epoch;
use std::collections::{BTreeMap, BTreeSet};

/// How a journal is kept small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upkeep {
    /// Epochs that can be gone on with: so many of the newest, and all savepoints.
    pub keep_epochs: usize,
    /// Every so many epochs one lists all files, so that readers need not follow the chain further.
    pub base_every: u64,
    /// So many small files of about one size are merged into one; 0: none are.
    pub merge_files: usize,
}

impl Default for Upkeep {
    fn default() -> Upkeep {
        Upkeep { keep_epochs: 16, base_every: 32, merge_files: 16 }
    }
}

/// What all manifests name.
#[derive(Debug, Default)]
pub(crate) struct History {
    epochs: BTreeMap<u64, Past>,
}

/// What a manifest names.
#[derive(Debug)]
struct Past {
    parent: Option<u64>,
    base: bool,
    savepoint: bool,
    files: Vec<String>,
    removed: Vec<String>,
    state: Vec<String>,
}

/// What can be deleted, in this order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Garbage {
    pub(crate) state: BTreeSet<String>,
    pub(crate) files: BTreeSet<String>,
    pub(crate) epochs: Vec<u64>,
}

impl History {
    pub(crate) fn add(&mut self, epoch: &Epoch) {
        let state = epoch.checkpoint.iter().flat_map(|c| &c.state);
        let past = Past {
            parent: epoch.parent,
            base: epoch.base || epoch.parent.is_none(),
            savepoint: epoch.savepoint,
            files: epoch.files.iter().map(|f| f.path.clone()).collect(),
            removed: epoch.removed.clone(),
            state: state.map(|f| f.path.clone()).collect(),
        };
        self.epochs.insert(epoch.epoch, past);
    }

    /// Every file that a manifest names, on abandoned branches too.
    pub(crate) fn mentioned(&self) -> BTreeSet<&str> {
        let all = self.epochs.values().flat_map(|past| past.files.iter().chain(&past.state));
        all.map(String::as_str).collect()
    }

    /// What nothing needs any more when this is the newest epoch.
    pub(crate) fn garbage(&self, head: u64, upkeep: &Upkeep) -> Garbage {
        let newest = self.epochs.keys().rev().take(upkeep.keep_epochs).copied();
        let branch = self.ancestors(head).take(upkeep.keep_epochs).map(|(number, _)| number);
        let savepoints = self.epochs.iter().filter(|(_, p)| p.savepoint).map(|(n, _)| *n);
        let mut retained: BTreeSet<u64> = newest.chain(branch).chain(savepoints).collect();
        retained.insert(head);

        let kept = retained.iter().filter_map(|number| self.epochs.get(number));
        let kept: BTreeSet<&String> = kept.flat_map(|past| &past.state).collect();
        let others = self.epochs.iter().filter(|(number, _)| !retained.contains(number));
        let state = others.flat_map(|(_, past)| &past.state).filter(|path| !kept.contains(path));
        let mut garbage = Garbage { state: state.cloned().collect(), ..Garbage::default() };

        let mut bases = self.ancestors(head).filter(|(_, past)| past.base);
        let Some((limit, _)) = bases.nth(1) else { return garbage };
        let mut needed = BTreeSet::new();
        for number in retained {
            for (number, past) in self.ancestors(number) {
                if !needed.insert(number) || past.base {
                    break;
                }
            }
        }
        let dead = |number: &u64| *number < limit && !needed.contains(number);
        let (gone, kept): (Vec<_>, Vec<_>) = self.epochs.iter().partition(|(n, _)| dead(n));
        let kept: BTreeSet<&String> = kept.iter().flat_map(|(_, past)| &past.files).collect();
        let files = gone.iter().flat_map(|(_, past)| past.files.iter().chain(&past.removed));
        garbage.files = files.filter(|path| !kept.contains(path)).cloned().collect();
        garbage.epochs = gone.into_iter().map(|(number, _)| *number).collect();
        garbage
    }

    /// Forgets what was deleted.
    pub(crate) fn forget(&mut self, garbage: &Garbage) {
        for number in &garbage.epochs {
            self.epochs.remove(number);
        }
        for past in self.epochs.values_mut() {
            past.state.retain(|path| !garbage.state.contains(path));
        }
    }

    /// An epoch and those before it, as far as they are known.
    fn ancestors(&self, number: u64) -> impl Iterator<Item = (u64, &Past)> {
        let known = |number: u64| self.epochs.get(&number).map(|past| (number, past));
        std::iter::successors(known(number), move |(_, past)| known(past.parent?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPKEEP: Upkeep = Upkeep { keep_epochs: 2, base_every: 4, merge_files: 0 };

    /// A chain in which each epoch adds a file and state, and replaces the file before; every
    /// fourth lists all.
    fn chain(count: u64, savepoint: u64) -> History {
        let mut history = History::default();
        for n in 1..=count {
            let base = n % 4 == 1;
            let past = Past {
                parent: (n > 1).then_some(n - 1),
                base,
                savepoint: n == savepoint,
                files: vec![format!("f{n}")],
                removed: (n > 1).then(|| format!("f{}", n - 1)).into_iter().collect(),
                state: vec![format!("s{n}")],
            };
            history.epochs.insert(n, past);
        }
        history
    }

    fn names(prefix: &str, numbers: impl IntoIterator<Item = u64>) -> BTreeSet<String> {
        numbers.into_iter().map(|n| format!("{prefix}{n}")).collect()
    }

    #[test]
    fn state_goes_at_once_and_manifests_two_bases_later() {
        let young = chain(8, 0).garbage(8, &UPKEEP);
        assert_eq!((young.state, young.epochs), (names("s", 1..=6), vec![]));
        let old = chain(9, 0).garbage(9, &UPKEEP);
        assert_eq!((old.epochs, old.files), (vec![1, 2, 3, 4], names("f", 1..=4)));
    }

    #[test]
    fn a_savepoint_keeps_what_it_reaches() {
        let garbage = chain(13, 3).garbage(13, &UPKEEP);
        assert_eq!(garbage.epochs, [4, 5, 6, 7, 8], "1 is the base of 3");
        assert_eq!(garbage.files, names("f", 4..=8));
        assert!(!garbage.state.contains("s3") && garbage.state.contains("s4"));
    }

    #[test]
    fn what_is_forgotten_is_not_found_again() {
        let mut history = chain(13, 3);
        let garbage = history.garbage(13, &UPKEEP);
        history.forget(&garbage);
        assert_eq!(history.garbage(13, &UPKEEP), Garbage::default());
        assert!(history.mentioned().contains("f9") && !history.mentioned().contains("f4"));
    }

    #[test]
    fn an_abandoned_branch_goes_in_time() {
        let mut history = chain(6, 0);
        for (n, parent) in [(7, 4), (8, 7), (9, 8), (10, 9), (11, 10), (12, 11), (13, 12)] {
            let file = format!("f{n}");
            let base = n % 4 == 1;
            let files = if base { vec![file, "f4".into()] } else { vec![file] };
            let (removed, state) = (Vec::new(), Vec::new());
            let past = Past { parent: Some(parent), base, savepoint: false, files, removed, state };
            history.epochs.insert(n, past);
        }
        let garbage = history.garbage(13, &UPKEEP);
        assert_eq!(garbage.epochs, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(garbage.files.contains("f5") && !garbage.files.contains("f4"));
    }
}
