//! The same lake on a disk and in an object store.

use crate::faulty::{Fault, Faulty};
use crate::resume::{JOB, epochs, from, newest, signal, times};
use crate::tape::{chunks, everything, lake, record, replay, rows};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use object_store::aws::AmazonS3Builder;
use object_store::memory::InMemory;
use pipeline::lake::{EpochDraft, Lake, LakeError, ResumeOptions, RunState, Upkeep};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use schemas::records::Signal;
use schemas::table::Record;
use schemas::{Digest, EventTime, Table};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An S3 server over a directory, for as long as it is kept.
struct Server {
    _runtime: Runtime,
    _folder: TempDir,
    lake: Lake,
}

fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
    service.set_auth(SimpleAuth::from_single("key", "secret"));
    let service = service.build();
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    let store = AmazonS3Builder::new()
        .with_bucket_name("bucket")
        .with_region("us-east-1")
        .with_endpoint(format!("http://{address}"))
        .with_allow_http(true)
        .with_access_key_id("key")
        .with_secret_access_key("secret")
        .build()
        .unwrap();
    let lake = Lake::in_objects("s3://bucket/some/lake", "some/lake", Arc::new(store));
    Server { _runtime: runtime, _folder: folder, lake }
}

/// Runs a test on a lake of each kind.
fn each(test: impl Fn(&Lake)) {
    let (_folder, lake) = lake();
    test(&lake);
    test(&server().lake);
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
    let Server { lake, _runtime, _folder } = server();
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
    let Server { lake, _runtime, _folder } = server();
    let journal = lake.resume_run("ema", "ema", JOB, &newest()).unwrap();
    // Noise, which does not compress: three parts and a rest.
    let noise = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).to_le_bytes();
    let items: Vec<_> = (0..50)
        .map(|i| {
            let bytes = (0..131_072).flat_map(|n| noise(n * 50 + i)).collect();
            pipeline::lake::StateItem { bucket: i as u32, key: "k".into(), bytes }
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

/// Commits up to six epochs of one signal each.
fn run(lake: &Lake) -> Result<(), LakeError> {
    let mut journal = lake.resume_run("ema", "ema", JOB, &take_over())?;
    journal.set_upkeep(Upkeep { keep_epochs: 1, base_every: 2, merge_files: 0 });
    let first = journal.resumed().map_or(0, |epoch| epoch.boundary.0);
    for i in first..6 {
        let mut writer = journal.writer(0);
        let row = signal(i);
        let digest = row.digest(&mut Default::default());
        writer.append(Table::Signals, &Signal::batch(&[row]), digest)?;
        let draft = EpochDraft::new(EventTime(i + 1), writer.finish_epoch()?);
        journal.commit(EpochDraft { checkpoint: Some(Default::default()), ..draft })?;
    }
    Ok(())
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
