//! A fault at each call that changes the disk, in turn.

use super::super::journal::pretty;
use super::super::store::faults::Fault;
use super::*;
use std::cell::Cell;

const EPOCHS: i64 = 6;

/// Goes on to the end; `acknowledged` counts the commits that were said to have succeeded.
fn run(lake: &Lake, acknowledged: &Cell<i64>) -> Result<(), LakeError> {
    let mut journal = resume(lake, &ResumeOptions::default())?;
    let from = position(&journal)?;
    assert!(from >= acknowledged.get(), "an acknowledged commit is lost");
    for n in from..EPOCHS {
        let draft = draft(&journal, n)?;
        journal.commit(draft)?;
        acknowledged.set(n + 1);
        // The calls come in the same order in every run.
        journal.compactor.wait();
    }
    Ok(())
}

/// Calls of a run without faults.
fn calls() -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let faults = Arc::new(Faults::at(0, Fault::Full));
    run(&lake(folder.path(), Some(faults.clone())), &Cell::new(0)).unwrap();
    assert_eq!(times(&lake(folder.path(), None)), twice(0..EPOCHS));
    faults.calls()
}

fn check_after(root: &Path, acknowledged: &Cell<i64>, what: &str) {
    let lake = lake(root, Some(Arc::default()));
    let committed = times(&lake);
    let whole = committed.len() as i64 / 2;
    assert_eq!(committed, twice(0..whole), "{what}");
    assert!(whole >= acknowledged.get(), "{what}: {} were acknowledged", acknowledged.get());
    run(&lake, acknowledged).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(times(&lake), twice(0..EPOCHS), "{what}");
    // What is left of the fault goes with the next start.
    drop(resume(&lake, &ResumeOptions::default()).unwrap());
    let marks = [".draft-", "probe-", ".pending"];
    let left = |p: &PathBuf| marks.iter().any(|m| p.to_string_lossy().contains(m));
    let left: Vec<PathBuf> = tree(root).into_iter().filter(left).collect();
    assert!(left.is_empty(), "{what}: {left:?}");
}

#[test]
fn a_process_that_dies_at_any_call_loses_nothing_committed() {
    for call in 1..=calls() {
        // Nothing of what was not synced stays; at some calls also some of it.
        for seed in [0, 77].into_iter().take(if call % 3 == 0 { 2 } else { 1 }) {
            let folder = tempfile::tempdir().unwrap();
            let faults = Arc::new(Faults::at(call, Fault::Dies));
            let acknowledged = Cell::new(0);
            let died = run(&lake(folder.path(), Some(faults.clone())), &acknowledged);
            // A death while the last merge or the end is under way is noticed by no one.
            assert!(died.is_err() || acknowledged.get() == EPOCHS);
            assert!(faults.dead(), "call {call} is made");
            faults.power_cut(seed);
            check_after(folder.path(), &acknowledged, &format!("dies at {call}, {seed}"));
        }
    }
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let mut said = 0;
    for call in 1..=calls() {
        let folder = tempfile::tempdir().unwrap();
        let failing = lake(folder.path(), Some(Arc::new(Faults::at(call, Fault::Full))));
        let acknowledged = Cell::new(0);
        if let Err(error) = run(&failing, &acknowledged) {
            let text = error.to_string();
            assert!(text.contains("No space left on device"), "call {call}: {text}");
            said += 1;
        }
        check_after(folder.path(), &acknowledged, &format!("full at {call}"));
    }
    assert!(said > 100, "{said} faults met a commit");
}

#[test]
fn a_commit_that_failed_can_be_repeated_at_once() {
    let mut repeated = 0;
    for call in 1..=calls() {
        for fault in [[Fault::LostAnswer], [Fault::Full]][usize::from(call % 4 == 0)] {
            let folder = tempfile::tempdir().unwrap();
            let failing = lake(folder.path(), Some(Arc::new(Faults::at(call, fault))));
            let Ok(mut journal) = resume(&failing, &ResumeOptions::default()) else { continue };
            for n in 0..EPOCHS {
                // Another try writes other files; those of the first are of no epoch.
                let draft = draft(&journal, n).or_else(|_| draft(&journal, n)).unwrap();
                if journal.commit(draft.clone()).is_err() {
                    journal.commit(draft).unwrap();
                    repeated += 1;
                }
                journal.compactor.wait();
            }
            drop(journal);
            assert_eq!(times(&failing), twice(0..EPOCHS), "{fault:?} {call}");
        }
    }
    assert!(repeated > 50, "{repeated} commits were repeated");
}

#[test]
fn a_process_that_was_taken_over_may_still_win_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), None);
    let mut old = resume(&lake, &ResumeOptions::default()).unwrap();
    let first = draft(&old, 0).unwrap();
    old.commit(first).unwrap();
    // It has looked for newer generations a moment ago, and stops just before it creates this.
    let bytes = pretty(&old.draw(draft(&old, 1).unwrap()).unwrap().0);
    let mut new = std::thread::scope(|scope| {
        let options = ResumeOptions { take_over: true, ..ResumeOptions::default() };
        let taker = scope.spawn(|| resume(&lake, &{ options }).unwrap());
        while !folder.path().join("_runs/r/generations/2.json").exists() {
            std::thread::yield_now();
        }
        drop(old);
        taker.join().unwrap()
    });
    assert!(lake.store.put_new("_runs/r/epochs/2.json", &bytes).unwrap());
    let late = draft(&new, 1).unwrap();
    assert!(matches!(new.commit(late), Err(LakeError::Conflict(_))));
    drop(new);
    run(&lake, &Cell::new(2)).unwrap();
    assert_eq!(times(&lake), twice(0..EPOCHS));
}
