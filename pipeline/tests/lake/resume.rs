//! Going on after an epoch: which one, with which state, and what is refused.

use crate::tape::lake;
use pipeline::lake::{
    Checkpoint, EpochDraft, JournalKind, Lake, LakeError, ResumeOptions, StateItem, Upkeep,
};
use schemas::records::Signal;
use schemas::table::Record;
use schemas::{Digest, EventTime, OrderKey, Quantity, Table};
use std::fs;

pub const JOB: Digest = Digest(7);

pub fn signal(i: i64) -> Signal {
    Signal {
        key: OrderKey::source(EventTime(i), 0, 0, i as u64, 0).derived(4, 0, 0),
        instrument: Some("binance:BTCUSDT".into()),
        strategy: "s".into(),
        side: None,
        target: Quantity::new(i, 0),
        strength: f64::NAN,
        price: None,
        reason: "rule".into(),
        model_digest: None,
    }
}

fn item(bucket: u32, key: &str, bytes: &[u8]) -> StateItem {
    StateItem { bucket, key: key.to_owned(), bytes: bytes.to_vec() }
}

fn models(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Commits epochs of one signal and one item of state each.
pub fn epochs(lake: &Lake, options: &ResumeOptions, numbers: std::ops::Range<i64>) {
    let mut journal = lake.resume_run("ema", "ema", JOB, options).unwrap();
    let mut writer = journal.writer(0);
    for i in numbers {
        let (row, mut scratch) = (signal(i), Default::default());
        let digest = row.digest(&mut scratch);
        writer.append(Table::Signals, &Signal::batch(&[row]), digest).unwrap();
        let state = vec![item(3, "a", &i.to_le_bytes())];
        let state = journal.state().write_state("ema", 0, journal.next_epoch(), state).unwrap();
        let checkpoint = Checkpoint { state: vec![state], ..Checkpoint::default() };
        let draft = EpochDraft::new(EventTime(i + 1), writer.finish_epoch().unwrap());
        journal.commit(EpochDraft { checkpoint: Some(checkpoint), ..draft }).unwrap();
    }
}

pub fn times(lake: &Lake) -> Vec<i64> {
    let run = lake.committed_in(JournalKind::Run, "ema").unwrap().unwrap();
    let total = run.tables()[&Table::Signals];
    assert_eq!(lake.recompute(&run, Table::Signals).unwrap(), total);
    let batches = lake.read_all(&run, Table::Signals).unwrap();
    batches.iter().flat_map(|b| Signal::read_all(b).unwrap()).map(|s| s.key.ts.0).collect()
}

pub fn newest() -> ResumeOptions {
    ResumeOptions::default()
}

pub fn from(epoch: u64) -> ResumeOptions {
    ResumeOptions { from_epoch: Some(epoch), ..newest() }
}

#[test]
fn a_run_goes_on_with_its_state() {
    let (_folder, lake) = lake();
    epochs(&lake, &newest(), 0..3);
    let journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    let resumed = journal.resumed().unwrap();
    assert_eq!((resumed.epoch, resumed.boundary), (3, EventTime(3)));
    let state = &resumed.checkpoint.as_ref().unwrap().state;
    let items = journal.state().read_state(state, "ema", &|_| true).unwrap();
    assert_eq!(items, [item(3, "a", &2_i64.to_le_bytes())]);
    assert_eq!((journal.generation(), journal.next_epoch()), (2, 4));
}

#[test]
fn an_earlier_epoch_begins_a_branch_and_hides_the_other() {
    let (_folder, lake) = lake();
    epochs(&lake, &newest(), 0..5);
    drop(lake.resume_run("ema", "ema", JOB, &from(2)).unwrap());
    assert_eq!(times(&lake), [0, 1, 2, 3, 4], "until the branch has a commit");
    epochs(&lake, &from(2), 10..12);
    assert_eq!(times(&lake), [0, 1, 10, 11]);
    let run = lake.committed_in(JournalKind::Run, "ema").unwrap().unwrap();
    assert_eq!((run.newest.epoch, run.newest.parent), (7, Some(6)));
    epochs(&lake, &from(5), 20..21);
    assert_eq!(times(&lake), [0, 1, 2, 3, 4, 20], "the abandoned branch can be gone on with");
    let error = lake.resume_run("ema", "ema", JOB, &from(9)).unwrap_err();
    assert!(matches!(error, LakeError::NoEpoch { epoch: 9, newest: Some(8), .. }), "{error}");
}

#[test]
fn readers_stop_at_the_epoch_that_lists_all_files() {
    let (_folder, lake) = lake();
    let every = Upkeep::default().base_every;
    let count = 2 * every as i64 + 5;
    epochs(&lake, &newest(), 0..count);
    let folder = lake.root().join("_runs/ema/epochs");
    let base = every * 2 + 1;
    for number in 1..base {
        // The oldest are deleted already.
        let _ = fs::remove_file(folder.join(format!("{number}.json")));
    }
    assert_eq!(times(&lake), (0..count).collect::<Vec<_>>());
    epochs(&lake, &newest(), count..count + 3);
    assert_eq!(times(&lake), (0..count + 3).collect::<Vec<_>>());
    fs::remove_file(folder.join(format!("{base}.json"))).unwrap();
    assert!(matches!(lake.committed(), Err(LakeError::Manifest { .. })));
}

#[test]
fn a_commit_whose_answer_was_lost_can_be_repeated() {
    let (_folder, lake) = lake();
    let mut journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    let mut writer = journal.writer(0);
    let (row, mut scratch) = (signal(1), Default::default());
    let digest = row.digest(&mut scratch);
    writer.append(Table::Signals, &Signal::batch(&[row]), digest).unwrap();
    let draft = EpochDraft::new(EventTime(1), writer.finish_epoch().unwrap());
    // A folder under the final name: the manifest is created, the renaming fails.
    let place = lake.root().join(&draft.files[0].path);
    fs::create_dir_all(place.join("in_the_way")).unwrap();
    assert!(matches!(journal.commit(draft.clone()), Err(LakeError::Io { .. })));
    assert_eq!(lake.committed().unwrap()[0].newest.epoch, 1, "it is committed all the same");
    let other = journal.commit(EpochDraft::new(EventTime(2), Vec::new()));
    assert!(matches!(other, Err(LakeError::Conflict(_))), "nothing else can take its place");
    fs::remove_dir_all(&place).unwrap();
    let rows = journal.commit(draft).unwrap()[&Table::Signals].rows;
    assert_eq!((rows, journal.epoch(), times(&lake)), (1, Some(1), vec![1]));
}

#[test]
fn what_does_not_fit_the_checkpoint_is_refused() {
    let (_folder, lake) = lake();
    let mut journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    let with = |savepoint, models: &[&str]| EpochDraft {
        checkpoint: Some(Checkpoint { models: self::models(models), ..Checkpoint::default() }),
        savepoint,
        ..EpochDraft::new(EventTime(1), Vec::new())
    };
    journal.commit(with(true, &["m1"])).unwrap();
    journal.commit(with(false, &["m1"])).unwrap();
    journal.commit(EpochDraft::new(EventTime(3), Vec::new())).unwrap();
    drop(journal);
    let resume = |job, options: ResumeOptions, models: &[&str]| {
        let options = ResumeOptions { models: self::models(models), ..options };
        lake.resume_run("ema", "ema", job, &options)
    };
    let error = resume(JOB, newest(), &["m1"]).unwrap_err();
    assert!(matches!(error, LakeError::NoCheckpoint { epoch: 3, .. }), "{error}");
    let error = resume(JOB, from(2), &["m2"]).unwrap_err();
    let text = "epoch 2 of run `ema` was made with other models (m1): \
                other models go on after a savepoint only";
    assert_eq!(error.to_string(), text);
    let error = resume(Digest(8), from(2), &["m1"]).unwrap_err();
    assert!(matches!(error, LakeError::OtherJob { .. }), "{error}");
    resume(JOB, from(2), &["m1"]).unwrap();
    resume(Digest(8), from(1), &["m2"]).expect("a savepoint that is asked for fits everything");
    // The same with another version of the program.
    let path = lake.root().join("_runs/ema/epochs/2.json");
    let text = fs::read_to_string(&path).unwrap();
    let version = format!("\"build\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(&path, text.replace(&version, "\"build\": \"0.0.0\"")).unwrap();
    let error = resume(JOB, from(2), &["m1"]).unwrap_err();
    assert!(matches!(error, LakeError::OtherBuild { epoch: 2, .. }), "{error}");
    let mut journal = resume(JOB, from(1), &["m1"]).unwrap();
    let last = EpochDraft { checkpoint: Some(Checkpoint::default()), ..with(false, &[]) };
    journal.commit(EpochDraft { complete: true, ..last }).unwrap();
    drop(journal);
    assert!(matches!(resume(JOB, newest(), &[]), Err(LakeError::Complete(_))));
}

#[test]
fn torn_state_is_named_and_its_parent_offered() {
    let (_folder, lake) = lake();
    epochs(&lake, &newest(), 0..3);
    let run = lake.committed_in(JournalKind::Run, "ema").unwrap().unwrap();
    let file = &run.newest.checkpoint.as_ref().unwrap().state[0];
    let place = lake.root().join(&file.path);
    let whole = fs::read(&place).unwrap();
    let mut torn = whole.clone();
    torn[whole.len() / 2] ^= 1;
    fs::write(&place, &torn).unwrap();
    let journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    let state = &run.newest.checkpoint.as_ref().unwrap().state;
    let error = journal.state().read_state(state, "ema", &|_| true).unwrap_err().to_string();
    assert!(error.contains(&file.path) && error.contains("--from-epoch 2"), "{error}");
    drop(journal);
    fs::write(&place, &whole[1..]).unwrap();
    let error = lake.resume_run("ema", "ema", JOB, &newest()).unwrap_err().to_string();
    assert!(error.contains("bytes instead of") && error.contains("--from-epoch 2"), "{error}");
    fs::remove_file(&place).unwrap();
    let error = lake.resume_run("ema", "ema", JOB, &newest()).unwrap_err().to_string();
    assert!(error.contains("it is missing"), "{error}");
    epochs(&lake, &from(2), 2..4);
    assert_eq!(times(&lake), [0, 1, 2, 3]);
}

#[test]
fn a_torn_newest_manifest_can_be_stepped_round() {
    let (_folder, lake) = lake();
    epochs(&lake, &newest(), 0..3);
    fs::write(lake.root().join("_runs/ema/epochs/3.json"), "{\"version\"").unwrap();
    let error = lake.resume_run("ema", "ema", JOB, &newest()).unwrap_err();
    assert!(matches!(&error, LakeError::Manifest { path, .. } if path.ends_with("epochs/3.json")));
    epochs(&lake, &from(2), 2..4);
    assert_eq!(times(&lake), [0, 1, 2, 3]);
}

#[test]
fn a_live_process_gives_way_on_demand_only() {
    let (_folder, lake) = lake();
    epochs(&lake, &newest(), 0..2);
    let mut old = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    let refused = lake.resume_run("ema", "ema", JOB, &newest());
    assert!(matches!(refused, Err(LakeError::Alive { .. })));
    let folder = lake.root().join("_runs/ema/generations");
    std::thread::scope(|scope| {
        let taker = scope.spawn(|| {
            let options = ResumeOptions { take_over: true, ..newest() };
            let journal = lake.resume_run("ema", "ema", JOB, &options).unwrap();
            (journal.generation(), journal.epoch())
        });
        while !folder.join("3.json").exists() {
            std::thread::yield_now();
        }
        let error = old.commit(EpochDraft::new(EventTime(9), Vec::new())).unwrap_err();
        assert!(matches!(error, LakeError::Superseded { by: 3, .. }), "{error}");
        drop(old);
        assert_eq!(taker.join().unwrap(), (3, Some(2)));
    });
}

#[test]
fn state_is_loaded_by_bucket() {
    let (_folder, lake) = lake();
    let journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    let store = journal.state();
    let all: Vec<StateItem> = (0..5000)
        .map(|i| item(i * 7 % 1024, &format!("key {i:04}"), &vec![i as u8; (i % 90) as usize]))
        .collect();
    let mut files = Vec::new();
    for worker in 0..2 {
        let part = all.iter().filter(|i| i.bucket as usize % 2 == worker).cloned().collect();
        files.push(store.write_state("market", worker, 1, part).unwrap());
    }
    files.push(store.write_state("account", 0, 1, vec![item(1, "other", b"x")]).unwrap());
    let mut sorted = all.clone();
    sorted.sort();
    for workers in [1, 3, 4] {
        let mut read = Vec::new();
        for worker in 0..workers {
            read.extend(store.read_state(&files, "market", &|b| b % workers == worker).unwrap());
        }
        read.sort();
        assert_eq!(read, sorted, "{workers} workers");
    }
    assert_eq!(files[0].buckets.iter().map(|b| b.2).sum::<u64>(), 2500);
    let twice = vec![item(1, "a", b""), item(1, "a", b"x")];
    assert!(matches!(store.write_state("x", 0, 1, twice), Err(LakeError::State { .. })));
    let none = store.write_state("empty", 0, 1, Vec::new()).unwrap();
    assert!(store.read_state(&[none], "empty", &|_| true).unwrap().is_empty());
}
