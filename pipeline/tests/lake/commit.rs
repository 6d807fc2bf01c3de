//! Commits, crashes at each step of one, and repair.

use crate::tape::{chunks, everything, lake, record, replay, rows, write};
use pipeline::lake::{
    Checkpoint, EpochDraft, JournalKind, Lake, LakeError, ResumeOptions, RunState,
};
use schemas::records::{Signal, TradeKind};
use schemas::table::Record;
use schemas::{Digest, EventTime, OrderKey, Quantity, Table};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn tree(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(tree(&path)) } else { assert!(found.insert(path)) }
    }
    found
}

/// What `**/*.parquet` matches.
fn parquet(lake: &Lake) -> usize {
    tree(lake.root()).iter().filter(|p| p.extension().is_some_and(|e| e == "parquet")).count()
}

/// What is under a first name.
fn pending(lake: &Lake) -> usize {
    tree(lake.root()).iter().filter(|p| p.extension().is_some_and(|e| e == "pending")).count()
}

fn signals(count: u32) -> Vec<Signal> {
    let make = |i: u32| Signal {
        key: OrderKey::source(EventTime(i.into()), 0, 0, i.into(), 0).derived(4, 0, 0),
        instrument: Some("binance:BTCUSDT".into()),
        strategy: "s".into(),
        side: None,
        target: Quantity::new(i.into(), 0),
        strength: f64::NAN,
        price: None,
        reason: TradeKind::Market.as_str().into(),
        model_digest: None,
    };
    (0..count).map(make).collect()
}

fn newest() -> ResumeOptions {
    ResumeOptions::default()
}

fn digest(rows: &[Signal]) -> Digest {
    let mut scratch = schemas::digest::RowDigest::default();
    let mut sum = Digest::default();
    rows.iter().for_each(|row| sum.add(row.digest(&mut scratch)));
    sum
}

/// A run of `epochs` epochs of 10 signals each.
fn run(lake: &Lake, name: &str, job: u128, epochs: u32, complete: bool) -> Result<(), LakeError> {
    let mut journal = lake.start_run(name, "ema", Digest(job), false)?;
    let mut writer = journal.writer(0);
    let all = signals(epochs * 10);
    for (n, rows) in all.chunks(10).enumerate() {
        writer.append(Table::Signals, &Signal::batch(rows), digest(rows))?;
        let last = complete && n as u32 + 1 == epochs;
        let summary = last.then(|| serde_json::json!({"pnl": "1.5"}));
        let boundary = EventTime(n as i64 * 10);
        let checkpoint = Some(Checkpoint::default());
        let draft = EpochDraft::new(boundary, writer.finish_epoch()?);
        journal.commit(EpochDraft { complete: last, summary, checkpoint, ..draft })?;
    }
    Ok(())
}

#[test]
fn nothing_exists_before_its_commit() {
    let (_folder, lake) = lake();
    let tape = chunks(2000);
    let mut journal = lake.start_recording("r", "ingest", Digest(9)).unwrap().unwrap();
    let files = write(&journal, &tape);
    assert_eq!((parquet(&lake), pending(&lake)), (0, files.len()));
    assert!(lake.committed().unwrap().is_empty());
    assert!(replay(&lake, &everything(), 1).is_empty());
    let count = files.len();
    journal.commit(EpochDraft::new(EventTime(7), files)).unwrap();
    assert_eq!((parquet(&lake), pending(&lake)), (count, 0));
    assert!(replay(&lake, &everything(), 1).iter().map(|c| c.len()).sum::<usize>() > 2000);
    assert_eq!(lake.committed().unwrap()[0].newest.boundary, EventTime(7));
}

#[test]
fn a_crash_before_the_manifest_leaves_nothing() {
    let (_folder, lake) = lake();
    let journal = lake.start_recording("r", "ingest", Digest(9)).unwrap().unwrap();
    let files = write(&journal, &chunks(2000));
    assert!(lake.repair().unwrap().removed.is_empty(), "a live process is left alone");
    assert_eq!(lake.repair().unwrap().alive, ["_recordings/r"]);
    drop(journal);
    let report = lake.repair().unwrap();
    assert_eq!((report.removed.len(), pending(&lake)), (files.len(), 0));
    assert!(lake.committed().unwrap().is_empty());
    // Starting anew clears up by itself, too.
    let journal = lake.start_recording("r", "ingest", Digest(9)).unwrap().unwrap();
    write(&journal, &chunks(2000));
    drop(journal);
    lake.start_recording("r", "ingest", Digest(9)).unwrap().unwrap();
    assert_eq!(pending(&lake), 0);
}

#[test]
fn a_crash_between_manifest_and_renaming_loses_nothing() {
    let (_folder, lake) = lake();
    record(&lake, "r", &chunks(2000));
    let expected = rows(&replay(&lake, &everything(), 1));
    let files = parquet(&lake);
    for (i, path) in tree(lake.root()).iter().enumerate() {
        if path.extension().is_some_and(|e| e == "parquet") && i % 2 == 0 {
            fs::rename(path, format!("{}.pending", path.display())).unwrap();
        }
    }
    assert!(pending(&lake) > 0);
    assert_eq!(rows(&replay(&lake, &everything(), 1)), expected);
    let renamed = pending(&lake);
    let report = lake.repair().unwrap();
    assert_eq!((report.published.len(), report.removed.len()), (renamed, 0));
    assert_eq!((parquet(&lake), pending(&lake)), (files, 0));
    assert_eq!(rows(&replay(&lake, &everything(), 1)), expected);
    assert_eq!(lake.repair().unwrap(), Default::default(), "repaired is repaired");
}

#[test]
fn totals_run_over_all_epochs() {
    let (_folder, lake) = lake();
    run(&lake, "ema", 1, 3, true).unwrap();
    let run = lake.committed_in(JournalKind::Run, "ema").unwrap().unwrap();
    assert_eq!((run.newest.epoch, run.newest.parent, run.files.len()), (3, Some(2), 3));
    let total = run.tables()[&Table::Signals];
    assert_eq!((total.rows, total.digest), (30, digest(&signals(30))));
    assert_eq!(lake.recompute(&run, Table::Signals).unwrap(), total);
    let info = &lake.list_runs().unwrap()[0];
    assert_eq!((info.name.as_str(), &info.state), ("ema", &RunState::Complete));
    assert_eq!(info.summary.as_ref().unwrap()["pnl"], "1.5");
    let batches = lake.read_all(&run, Table::Signals).unwrap();
    let rows: Vec<Signal> = batches.iter().flat_map(|b| Signal::read_all(b).unwrap()).collect();
    assert_eq!(rows.len(), 30);
}

#[test]
fn a_changed_manifest_is_found_and_named() {
    let (_folder, lake) = lake();
    run(&lake, "ema", 1, 3, true).unwrap();
    let path = lake.root().join("_runs/ema/epochs/2.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"rows\": 10", "\"rows\": 11", 1)).unwrap();
    let error = lake.committed().unwrap_err();
    assert!(matches!(&error, LakeError::Digest { path, .. } if path == "_runs/ema/epochs/2.json"));
    assert!(matches!(lake.list_runs().unwrap()[0].state, RunState::Damaged(_)));
    assert_eq!(lake.repair().unwrap().damaged[0].0, "_runs/ema");
    fs::remove_file(&path).unwrap();
    assert!(matches!(lake.committed(), Err(LakeError::Manifest { .. })));
    lake.delete_run("ema").expect("a damaged run can be deleted");
    assert!(lake.committed().unwrap().is_empty() && parquet(&lake) == 0);
    assert!(matches!(lake.delete_run("ema"), Err(LakeError::Absent { .. })));
}

#[test]
fn a_name_has_one_writer() {
    let (_folder, lake) = lake();
    let journal = lake.start_run("ema", "ema", Digest(1), false).unwrap();
    let second = lake.start_run("ema", "ema", Digest(1), true);
    assert!(matches!(second, Err(LakeError::Alive { .. })));
    assert!(matches!(lake.delete_run("ema"), Err(LakeError::Alive { .. })));
    assert_eq!(lake.list_runs().unwrap()[0].state, RunState::Alive);
    drop(journal);
    assert_eq!(lake.list_runs().unwrap()[0].state, RunState::Incomplete);
    lake.start_run("ema", "ema", Digest(1), false).unwrap();
}

#[test]
fn a_newer_generation_stops_the_older_one() {
    let (_folder, lake) = lake();
    let mut journal = lake.start_run("ema", "ema", Digest(1), false).unwrap();
    let folder = lake.root().join("_runs/ema/generations");
    fs::copy(folder.join("1.json"), folder.join("2.json")).unwrap();
    let error = journal.commit(EpochDraft::last(EventTime(1), Vec::new(), None)).unwrap_err();
    assert!(matches!(error, LakeError::Superseded { by: 2, .. }));
    assert!(lake.committed().unwrap().is_empty());
}

#[test]
fn an_epoch_is_created_once() {
    let (_folder, lake) = lake();
    let mut journal = lake.start_run("ema", "ema", Digest(1), false).unwrap();
    let folder = lake.root().join("_runs/ema/epochs");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("1.json"), "{}").unwrap();
    let error = journal.commit(EpochDraft::last(EventTime(1), Vec::new(), None)).unwrap_err();
    assert!(matches!(error, LakeError::Conflict(_)));
    assert_eq!(fs::read_to_string(folder.join("1.json")).unwrap(), "{}");
}

#[test]
fn a_run_is_replaced_by_its_like_or_on_demand() {
    let (_folder, lake) = lake();
    run(&lake, "ema", 1, 3, true).unwrap();
    run(&lake, "other", 5, 1, true).unwrap();
    run(&lake, "ema", 1, 2, true).unwrap();
    let total = |name| {
        lake.committed_in(JournalKind::Run, name).unwrap().unwrap().tables()[&Table::Signals].rows
    };
    assert_eq!((total("ema"), total("other"), parquet(&lake)), (20, 10, 3));
    let error = run(&lake, "ema", 2, 1, true).unwrap_err();
    assert!(matches!(&error, LakeError::OtherJob { name, .. } if name == "ema"));
    assert_eq!(total("ema"), 20, "what was refused changed nothing");
    drop(lake.start_run("ema", "ema", Digest(2), true).unwrap());
    assert_eq!((parquet(&lake), total("other")), (1, 10));
    run(&lake, "ema", 3, 1, true).expect("nothing was committed under that digest");
}

#[test]
fn a_run_goes_on_after_its_newest_epoch() {
    let (_folder, lake) = lake();
    run(&lake, "ema", 1, 2, false).unwrap();
    let mut journal = lake.resume_run("ema", "ema", Digest(1), &newest()).unwrap();
    assert_eq!((journal.epoch(), journal.tables()[&Table::Signals].rows), (Some(2), 20));
    let rows = &signals(30)[20..];
    let mut writer = journal.writer(1);
    writer.append(Table::Signals, &Signal::batch(rows), digest(rows)).unwrap();
    let files = writer.finish_epoch().unwrap();
    assert!(files[0].path.contains("/2-3-w1-"), "{}", files[0].path);
    journal.commit(EpochDraft::last(EventTime(30), files, None)).unwrap();
    drop(journal);
    let run = lake.committed_in(JournalKind::Run, "ema").unwrap().unwrap();
    assert_eq!(run.tables()[&Table::Signals].digest, digest(&signals(30)));
    let other = lake.resume_run("ema", "ema", Digest(2), &newest());
    assert!(matches!(other, Err(LakeError::OtherJob { .. })));
}

#[test]
fn a_crash_while_deleting_is_finished_by_repair() {
    let (_folder, lake) = lake();
    run(&lake, "ema", 1, 3, true).unwrap();
    fs::write(lake.root().join("_runs/ema/deleted"), "").unwrap();
    assert!(lake.committed().unwrap().is_empty() && lake.list_runs().unwrap().is_empty());
    assert_eq!(lake.repair().unwrap().deleted, ["_runs/ema"]);
    assert_eq!(tree(lake.root()).len(), 1, "the lock stays");
}

#[test]
fn a_run_whose_deletion_fails_half_way_is_gone_for_readers() {
    let (_folder, lake) = lake();
    run(&lake, "ema", 1, 3, true).unwrap();
    // A folder in the place of the last file cannot be removed as a file.
    let last = tree(lake.root())
        .into_iter()
        .rfind(|p| p.extension().is_some_and(|e| e == "parquet"))
        .unwrap();
    fs::remove_file(&last).unwrap();
    fs::create_dir(&last).unwrap();
    assert!(matches!(lake.delete_run("ema"), Err(LakeError::Io { .. })));
    assert!(lake.committed().unwrap().is_empty() && lake.list_runs().unwrap().is_empty());
    fs::remove_dir(&last).unwrap();
    assert_eq!(lake.repair().unwrap().deleted, ["_runs/ema"]);
}

#[test]
fn the_same_recording_twice_changes_nothing() {
    let (_folder, lake) = lake();
    record(&lake, "r", &chunks(500));
    let before = tree(lake.root());
    assert!(lake.start_recording("r", "ingest", Digest(9)).unwrap().is_none());
    assert_eq!(tree(lake.root()), before);
    let error = lake.start_recording("r", "ingest", Digest(10)).unwrap_err();
    assert!(matches!(error, LakeError::OtherData(id) if id == "r"));
}

#[test]
fn names_cannot_leave_the_lake() {
    let (_folder, lake) = lake();
    let long = "x".repeat(101);
    for name in ["", ".", "..", "../x", "a/b", "_runs", ".x", "a b", "a\\b", "é", "a\0", &long] {
        let started = lake.start_run(name, "job", Digest(1), true);
        assert!(matches!(started, Err(LakeError::Name { .. })), "{name:?}");
        assert!(lake.start_recording(name, "job", Digest(1)).is_err(), "{name:?}");
        assert!(lake.delete_run(name).is_err());
        assert!(lake.resume_run(name, "j", Digest(1), &newest()).is_err());
        assert!(lake.committed_in(JournalKind::Run, name).is_err());
    }
    assert!(!lake.root().exists(), "opening and refusing create nothing");
    for url in ["", "file://", "s3://", "ftp://host/lake"] {
        assert!(matches!(Lake::open(url), Err(LakeError::Unsupported(_))), "{url}");
    }
    assert_eq!(Lake::open("file:///tmp/x").unwrap().root(), Path::new("/tmp/x"));
}
