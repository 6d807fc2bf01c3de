//! A long run stays small.

use super::*;

#[test]
fn merged_files_hold_the_same_rows_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Some(Arc::default()));
    let mut journal = resume(&lake, &ResumeOptions::default()).unwrap();
    for n in 0..60 {
        let draft = draft(&journal, n).unwrap();
        journal.commit(draft).unwrap();
        journal.compactor.wait();
    }
    let run = lake.committed_in(JournalKind::Run, "r").unwrap().unwrap();
    assert_eq!(times(&lake), twice(0..60));
    assert!(run.files.len() < 12, "{} files of 120", run.files.len());
    for file in &run.files {
        let mut last = None;
        let single = super::super::Committed { files: vec![file.clone()], ..run.clone() };
        for batch in lake.read_all(&single, Table::Signals).unwrap() {
            for row in Signal::read_all(&batch).unwrap() {
                let key = (row.key.ts, row.instrument.clone());
                assert!(last.as_ref() < Some(&key), "{} is in order", file.path);
                last = Some(key);
            }
        }
    }
}

#[test]
fn files_of_what_is_long_past_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Some(Arc::default()));
    let mut journal = resume(&lake, &ResumeOptions::default()).unwrap();
    let mut counts = Vec::new();
    for n in 0..120 {
        let draft = EpochDraft { savepoint: n == 10, ..draft(&journal, n).unwrap() };
        journal.commit(draft).unwrap();
        journal.compactor.wait();
        let names = tree(folder.path());
        let under =
            |part: &str| names.iter().filter(|p| p.to_string_lossy().contains(part)).count();
        counts.push((under("/epochs/"), under("/state/"), under("/signals/")));
    }
    drop(journal);
    let most =
        counts[60..].iter().fold((0, 0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1), a.2.max(b.2)));
    // Two spans between bases, and the chain of the savepoint; two files of state for each epoch
    // that is kept; the files of the savepoint and what was merged lately.
    assert!(most.0 <= 12 && most.1 == 6 && most.2 <= 60, "{most:?}");
    assert_eq!(times(&lake), twice(0..120));
    let options = ResumeOptions { from_epoch: Some(11), ..ResumeOptions::default() };
    let mut journal = resume(&lake, &options).unwrap();
    assert_eq!(position(&journal).unwrap(), 11);
    let next = draft(&journal, 11).unwrap();
    journal.commit(next).unwrap();
    assert_eq!(times(&lake), twice(0..12), "a savepoint keeps its rows");
    drop(journal);
    let options = ResumeOptions { from_epoch: Some(20), ..ResumeOptions::default() };
    assert!(matches!(resume(&lake, &options), Err(LakeError::NoEpoch { .. })));
}

#[test]
fn a_reader_finds_the_files_of_a_while_ago() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Some(Arc::default()));
    let mut journal = resume(&lake, &ResumeOptions::default()).unwrap();
    let mut before = Vec::new();
    for n in 0..60 {
        let draft = draft(&journal, n).unwrap();
        journal.commit(draft).unwrap();
        journal.compactor.wait();
        before.push(lake.committed_in(JournalKind::Run, "r").unwrap().unwrap());
        // As long as one list of all files, and what came between, lie behind it.
        let of = before.len().saturating_sub(UPKEEP.base_every as usize + 1);
        let total = lake.recompute(&before[of], Table::Signals).unwrap();
        assert_eq!(&total, &before[of].tables()[&Table::Signals]);
    }
}

#[test]
fn a_merge_that_is_not_committed_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Some(Arc::default()));
    let mut journal = resume(&lake, &ResumeOptions::default()).unwrap();
    for n in 0..2 {
        let draft = draft(&journal, n).unwrap();
        journal.commit(draft).unwrap();
    }
    journal.compactor.wait();
    let pending = |p: &PathBuf| p.extension().is_some_and(|e| e == "pending");
    assert_eq!(tree(folder.path()).iter().filter(|p| pending(p)).count(), 1);
    drop(journal);
    assert_eq!(tree(folder.path()).iter().filter(|p| pending(p)).count(), 0);
}

#[test]
fn a_damaged_file_is_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Some(Arc::default()));
    let mut journal = resume(&lake, &ResumeOptions::default()).unwrap();
    let first = draft(&journal, 0).unwrap();
    journal.commit(first.clone()).unwrap();
    // A file of other rows in the place of a committed one.
    let other = journal.writer(5);
    let mut other = other;
    let row = signal(99, 3);
    other.append(Table::Signals, &Signal::batch(&[row]), Digest(0)).unwrap();
    let other = other.finish_epoch().unwrap().remove(0);
    let root = folder.path();
    std::fs::rename(root.join(format!("{}.pending", other.path)), root.join(&first.files[0].path))
        .unwrap();
    for n in 1..6 {
        let draft = draft(&journal, n).unwrap();
        journal.commit(draft).unwrap();
        journal.compactor.wait();
    }
    let run = lake.committed_in(JournalKind::Run, "r").unwrap().unwrap();
    assert!(run.files.iter().any(|f| f.path == first.files[0].path), "it is left as it is");
}
