//! The same lake on a disk and in an object store.

use crate::faulty::{Fault, Faulty};
use crate::resume::{JOB, epochs, from, newest, signal, times};
use crate::server::{KEY, SECRET, Server};
use crate::tape::{chunks, everything, lake, record, replay, rows};
use object_store::aws::AmazonS3Builder;
use object_store::memory::InMemory;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use pipeline::lake::{
    Checkpoint, EpochDraft, Journal, Lake, LakeError, ResumeOptions, RunState, StateItem, Upkeep,
};
use schemas::records::Signal;
use schemas::table::Record;
use schemas::{Digest, EventTime, Table};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Barrier};
use std::time::Duration;

/// A lake on an S3 server.
struct Served {
    server: Server,
    lake: Lake,
}

fn served() -> Served {
    let server = Server::start();
    let lake = client(&server, "bucket", SECRET);
    Served { server, lake }
}

/// Reaches a server with little patience.
fn client(server: &Server, bucket: &str, secret: &str) -> Lake {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(5),
        max_backoff: Duration::from_millis(20),
        base: 2.0,
    };
    let retry_timeout = Duration::from_secs(30);
    let store = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region("us-east-1")
        .with_endpoint(&server.endpoint)
        .with_client_options(
            ClientOptions::new().with_allow_http(true).with_timeout(Duration::from_secs(1)),
        )
        .with_retry(RetryConfig { backoff, max_retries: 3, retry_timeout })
        .with_access_key_id(KEY)
        .with_secret_access_key(secret)
        .build()
        .unwrap();
    Lake::in_objects("s3://bucket/some/lake", "some/lake", Arc::new(store))
}

/// Runs a test on a lake of each kind.
fn each(test: impl Fn(&Lake)) {
    let (_folder, lake) = lake();
    test(&lake);
    test(&served().lake);
}

fn take_over() -> ResumeOptions {
    ResumeOptions { take_over: true, ..newest() }
}

#[test]
fn a_tape_is_replayed_from_either() {
    each(|lake| {
        assert!(!lake.is_there().unwrap());
        let tape = chunks(3000);
        record(lake, "r", &tape);
        assert!(lake.is_there().unwrap());
        let expected = rows(&tape).into_iter().filter(|row| row.0 != Table::Rejects);
        let found = rows(&replay(lake, &everything(), 2));
        assert_eq!(found.len(), expected.clone().count());
        assert!(found.into_iter().zip(expected).all(|(a, b)| (a.0, a.1, a.5) == (b.0, b.1, b.5)));
        assert!(lake.start_recording("r", "ingest", Digest(9)).unwrap().is_none());
    });
}

#[test]
fn a_run_goes_on_in_either() {
    each(|lake| {
        epochs(lake, &newest(), 0..3);
        epochs(lake, &newest(), 3..5);
        epochs(lake, &from(2), 10..12);
        assert_eq!(times(lake), [0, 1, 10, 11]);
        let runs = lake.list_runs().unwrap();
        let info = &runs[0];
        assert_eq!((info.generation, info.epoch, &info.state), (3, Some(7), &RunState::Incomplete));
        assert!(lake.committed_when("ema", 7).is_some());
        assert_eq!(lake.repair().unwrap(), Default::default());
        lake.delete_run("ema").unwrap();
        assert!(lake.list_runs().unwrap().is_empty());
        assert!(matches!(lake.delete_run("ema"), Err(LakeError::Absent { .. })));
        drop(lake.start_run("ema", "other", Digest(8), false).unwrap());
        assert_eq!(lake.list_runs().unwrap()[0].job, "other");
    });
}

#[test]
fn what_was_not_committed_is_removed_in_either() {
    each(|lake| {
        epochs(lake, &newest(), 0..2);
        let journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
        let mut writer = journal.writer(0);
        let row = signal(9);
        let digest = row.digest(&mut Default::default());
        writer.append(Table::Signals, &Signal::batch(&[row]), digest).unwrap();
        writer.finish_epoch().unwrap();
        assert_eq!(lake.repair().unwrap().alive, ["_runs/ema"]);
        drop(journal);
        assert_eq!(lake.repair().unwrap().removed.len(), 1);
        assert_eq!(times(lake), [0, 1]);
    });
}

#[test]
fn without_locks_a_dead_process_is_taken_over_on_demand_only() {
    let Served { lake, server: _server } = served();
    epochs(&lake, &newest(), 0..2);
    let mut dead = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    assert_eq!(lake.list_runs().unwrap()[0].state, RunState::Alive);
    let refused = lake.resume_run("ema", "ema", JOB, &newest()).unwrap_err();
    assert!(
        matches!(refused, LakeError::Alive { .. }) && refused.to_string().contains("take-over")
    );
    assert!(matches!(lake.delete_run("ema"), Err(LakeError::Alive { .. })));
    // What is refused after the claim leaves the run free.
    let other = lake.resume_run("ema", "ema", Digest(8), &take_over());
    assert!(matches!(other, Err(LakeError::OtherJob { .. })));
    epochs(&lake, &take_over(), 2..4);
    let error = dead.commit(EpochDraft::new(EventTime(9), Vec::new())).unwrap_err();
    assert!(matches!(error, LakeError::Superseded { .. }), "{error}");
    assert_eq!(times(&lake), [0, 1, 2, 3]);
    drop(dead);
    epochs(&lake, &newest(), 4..5);
    std::mem::forget(lake.start_recording("r", "ingest", Digest(9)).unwrap().unwrap());
    assert!(matches!(lake.start_recording("r", "ingest", Digest(9)), Err(LakeError::Alive { .. })));
    assert_eq!(lake.repair().unwrap().alive, ["_recordings/r"]);
    assert!(lake.repair_and_take_over().unwrap().alive.is_empty());
    lake.start_recording("r", "ingest", Digest(9)).unwrap().unwrap();
}

#[test]
fn a_large_file_goes_up_in_parts() {
    let Served { lake, server: _server } = served();
    let journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    // Noise, which does not compress: three parts and a rest.
    let noise = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).to_le_bytes();
    let items: Vec<_> = (0..50)
        .map(|i| {
            let bytes = (0..131_072).flat_map(|n| noise(n * 50 + i)).collect();
            StateItem { bucket: i as u32, key: "k".into(), bytes }
        })
        .collect();
    let file = journal.state().write_state("op", 0, 1, items.clone()).unwrap();
    assert!(file.bytes > 48 << 20, "{}", file.bytes);
    assert_eq!(journal.state().read_state(&[file], "op", &|_| true).unwrap(), items);
}

#[test]
fn a_store_that_overwrites_is_refused() {
    let store = Faulty::new(&Arc::default(), Fault::Overwrites, 0);
    let lake = Lake::in_objects("s3://bucket", "", store);
    let error = lake.start_run("ema", "ema", JOB, false).unwrap_err();
    assert!(matches!(error, LakeError::NotExclusive(_)), "{error}");
}

/// Commits one epoch of one signal and some state.
fn step(journal: &mut Journal, i: i64) -> Result<(), LakeError> {
    let mut writer = journal.writer(0);
    let row = signal(i);
    let digest = row.digest(&mut Default::default());
    writer.append(Table::Signals, &Signal::batch(&[row]), digest)?;
    let state = vec![StateItem { bucket: 1, key: "k".into(), bytes: vec![i as u8] }];
    let state = vec![journal.state().write_state("op", 0, journal.next_epoch(), state)?];
    let draft = EpochDraft::new(EventTime(i + 1), writer.finish_epoch()?);
    let checkpoint = Some(Checkpoint { state, ..Default::default() });
    journal.commit(EpochDraft { checkpoint, ..draft }).map(drop)
}

/// Commits up to six epochs.
fn run(lake: &Lake) -> Result<(), LakeError> {
    let mut journal = lake.resume_run("ema", "ema", JOB, &take_over())?;
    journal.set_upkeep(Upkeep { keep_epochs: 1, base_every: 2, merge_files: 0 });
    let first = journal.resumed().map_or(0, |epoch| epoch.boundary.0);
    (first..6).try_for_each(|i| step(&mut journal, i))
}

#[test]
fn a_store_that_fails_at_any_call_loses_nothing() {
    let whole = Faulty::new(&Arc::default(), Fault::Fails, 0);
    run(&Lake::in_objects("s3://bucket", "", whole.clone())).unwrap();
    let mut failures = 0;
    for fault in [Fault::Fails, Fault::LostAnswer, Fault::Busy, Fault::Dies] {
        for at in 1..=whole.calls() {
            let inner: Arc<InMemory> = Arc::default();
            let lake = |store| Lake::in_objects("s3://bucket", "", store);
            let failed = run(&lake(Faulty::new(&inner, fault, at)));
            failures += u32::from(failed.is_err());
            assert!(fault != Fault::Busy || failed.is_ok(), "{at}: {failed:?}");
            let healthy = lake(Faulty::new(&inner, Fault::Fails, 0));
            run(&healthy).unwrap_or_else(|error| panic!("{fault:?} {at}: {error}"));
            assert_eq!(times(&healthy), [0, 1, 2, 3, 4, 5], "{fault:?} {at}");
        }
    }
    assert!(failures > 100, "{failures} faults met the run");
}

#[test]
fn a_store_that_comes_back_is_waited_for() {
    let Served { server, lake } = served();
    for (weather, requests) in [(&server.weather.refused, 3), (&server.weather.hanging, 1)] {
        let before = server.weather.met.load(SeqCst);
        let mut journal = lake.resume_run("ema", "ema", JOB, &take_over()).unwrap();
        let first = journal.resumed().map_or(0, |epoch| epoch.boundary.0);
        for i in first..first + 3 {
            weather.store(requests, SeqCst);
            step(&mut journal, i).unwrap();
        }
        assert!(server.weather.met.load(SeqCst) >= before + 3 * requests);
    }
    assert_eq!(times(&lake), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_store_that_stays_away_ends_the_run_and_the_next_one_goes_on() {
    let Served { server, lake } = served();
    epochs(&lake, &newest(), 0..2);
    let mut journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    server.weather.refused.store(u64::MAX, SeqCst);
    let error = step(&mut journal, 2).unwrap_err().to_string();
    assert!(error.contains("s3://bucket/some/lake") && error.contains("503"), "{error}");
    drop(journal);
    server.weather.refused.store(0, SeqCst);
    run(&lake).unwrap();
    assert_eq!(times(&lake), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_to_do_is_said() {
    let server = Server::start();
    for (bucket, secret, hint) in [
        ("bucket", "another-secret", "AWS_SECRET_ACCESS_KEY"),
        ("nowhere", SECRET, "no such bucket: create it"),
    ] {
        let lake = client(&server, bucket, secret);
        let error = lake.start_run("ema", "ema", JOB, false).unwrap_err();
        assert!(matches!(error, LakeError::Store { .. }), "{error:?}");
        assert!(error.to_string().contains(hint), "{error}");
        for said in [error.to_string(), format!("{error:?} {lake:?}")] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn little_is_left_of_long_runs_in_either() {
    let left = |lake: &Lake| {
        let options = ResumeOptions::default();
        let mut journal = lake.resume_run("ema", "ema", JOB, &options).unwrap();
        journal.set_upkeep(Upkeep { keep_epochs: 2, base_every: 4, merge_files: 0 });
        for i in 0..24 {
            step(&mut journal, i).unwrap();
        }
        drop(journal);
        assert_eq!(times(lake), (0..24).collect::<Vec<_>>());
        let list = lake.objects().unwrap().list(None);
        let found: Vec<_> = futures::executor::block_on_stream(list).collect();
        let names = found.into_iter().map(|meta| meta.unwrap().location.to_string());
        let mut counts = BTreeMap::<String, usize>::new();
        for name in names.filter(|n| !n.ends_with("/lock") && !n.contains("/ended/")) {
            assert!(!name.ends_with(".pending"), "{name}");
            *counts.entry(name.split('/').take(3).collect::<Vec<_>>().join("/")).or_default() += 1;
        }
        counts
    };
    let (_folder, disk) = lake();
    let (on_disk, Served { server, lake }) = (left(&disk), served());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    assert_eq!(left(&lake), on_disk);
    assert!(on_disk["_runs/ema/state"] == 2 && on_disk["_runs/ema/epochs"] < 12, "{on_disk:?}");
    drop(server);
}

#[test]
fn one_of_many_gets_a_generation() {
    for round in 0..50 {
        let lake = Lake::in_objects("s3://bucket", "", Arc::new(InMemory::new()));
        let start = Barrier::new(4);
        let begin = || {
            start.wait();
            lake.start_run("ema", "ema", JOB, false)
        };
        let journals: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(begin)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let won = journals.iter().filter(|journal| journal.is_ok()).count();
        assert_eq!(won, 1, "round {round}");
        let lost = |j: &Result<_, LakeError>| matches!(j, Ok(_) | Err(LakeError::Alive { .. }));
        assert!(journals.iter().all(lost), "round {round}");
    }
}

#[test]
fn a_dead_run_is_freed_for_a_new_start() {
    let Served { lake, server: _server } = served();
    let mut dead = lake.start_run("ema", "ema", JOB, false).unwrap();
    assert!(matches!(lake.start_run("ema", "ema", JOB, false), Err(LakeError::Alive { .. })));
    lake.take_over_run("ema").unwrap();
    let mut mine = lake.start_run("ema", "ema", JOB, false).unwrap();
    step(&mut mine, 0).unwrap();
    assert!(matches!(step(&mut dead, 0), Err(LakeError::Superseded { .. })));
    assert_eq!(times(&lake), [0]);
}
