//! Processes that are killed, again and again: consumers see what an undisturbed run shows.

use super::{Topics, broker, consume, expected, fresh, job::Job, outlet, rows};
use pipeline::sinks::kafka::OutputMode;
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, ExitStatus},
    sync::Arc,
};

const CHILD: &str = "TAPEFLOW_TEST_SINK_CHILD";

const ROWS: i64 = 2_000;

/// The process that is killed: this test, started by the others with the run, mode and folder in
/// the environment.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [run, mode, folder] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let mode = *OutputMode::ALL.iter().find(|m| m.as_str() == mode).unwrap();
    job(run, mode, Path::new(folder)).run().unwrap();
}

fn job(run: &str, mode: OutputMode, folder: &Path) -> Job {
    let access = broker().expect("who starts it has one");
    let outlet = Arc::new(outlet(&access, run, mode));
    Job { outlet, rows: rows(ROWS, mode), folder: folder.to_owned() }
}

fn spawn(run: &str, mode: OutputMode, folder: &Path, faults: &str) -> ExitStatus {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["crashes::child", "--exact", "--nocapture"])
        .env(CHILD, format!("{run} {mode} {}", folder.display()))
        .env("TAPEFLOW_FAULTS", faults)
        .env("TAPEFLOW_FAULT_LOG", folder.join("log"));
    child.status().unwrap()
}

/// Starts it with each of the faults, which are to kill it, then without any, and gives what
/// consumers see, what they should see, and how often each point was met and what was suppressed.
fn crash(
    mode: OutputMode,
    faults: &[&str],
) -> Option<(Topics, Topics, BTreeMap<String, u64>, u64)> {
    broker()?;
    let folder = tempfile::tempdir().unwrap();
    let run = fresh(mode.as_str());
    for fault in faults {
        let status = spawn(&run, mode, folder.path(), fault);
        assert_eq!(status.signal(), Some(9), "{fault}: {status}");
    }
    let status = spawn(&run, mode, folder.path(), "");
    assert!(status.success(), "{status}");
    let job = job(&run, mode, folder.path());
    let (seen, marks) = consume(&job.outlet);
    assert!(marks.values().all(|marks| !marks.is_empty()), "every partition has marks");
    let (mut met, mut suppressed) = (BTreeMap::new(), 0);
    for line in std::fs::read_to_string(folder.path().join("log")).unwrap().lines() {
        let [name, _, count] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        *met.entry(name.to_owned()).or_default() += 1;
        suppressed = count.parse::<u64>().unwrap().max(suppressed);
    }
    let expected = expected(&job.outlet, &job.rows);
    Some((seen, expected, met, suppressed))
}

fn assert_met(met: &BTreeMap<String, u64>, faults: &[&str]) {
    let points = faults.iter().flat_map(|list| list.split(','));
    for point in points.map(|fault| fault.split(':').next().unwrap()) {
        assert!(met.contains_key(point), "{point} was never met: {met:?}");
    }
}

#[test]
fn nothing_is_lost_or_repeated_wherever_a_process_is_killed() {
    let faults = [
        "sink.before_init:2:kill",
        "sink.after_init:1:kill",
        "sink.after_begin:17:kill",
        "sink.before_progress:18:kill",
        "sink.before_commit:19:kill",
        "sink.commit:17:error,sink.commit:18:error,sink.commit:19:error,sink.commit:20:error,\
         sink.commit:21:error,sink.commit:22:error,sink.commit_unknown:1:kill",
        "sink.after_commit:18:kill",
        "sink.suppressed_first:1:kill",
        "sink.suppressed_half:1:kill",
        "sink.after_commit:19:kill",
        "sink.suppressed_half:2:kill",
        "sink.after_init:2:kill",
        "sink.before_progress:1:kill",
        "sink.before_commit:2:kill",
        "sink.commit:2:error,sink.commit:3:error,sink.commit:4:error,sink.commit:5:error,\
         sink.commit:6:error,sink.commit:7:error,sink.commit_unknown:1:kill",
        "sink.after_commit:25:kill",
    ];
    let Some((seen, expected, met, suppressed)) = crash(OutputMode::ReplayDedup, &faults) else {
        return;
    };
    assert_met(&met, &faults);
    assert!(suppressed > 0, "no row was ever suppressed");
    assert_eq!(seen, expected);
}

#[test]
fn an_outbox_is_published_once_wherever_a_process_is_killed() {
    let faults = [
        "sink.before_init:2:kill",
        "sink.after_begin:1:kill",
        "sink.before_publish:1:kill",
        "sink.before_publish:1:kill",
        "sink.before_publish:2:kill",
        "sink.before_progress:4:kill",
        "sink.before_commit:9:kill",
        "sink.commit:7:error,sink.commit:8:error,sink.commit:9:error,sink.commit:10:error,\
         sink.commit:11:error,sink.commit:12:error,sink.commit_unknown:1:kill",
        "sink.after_commit:8:kill",
        "sink.before_publish:5:kill",
        "sink.after_commit:1:kill",
    ];
    let Some((seen, expected, met, _)) = crash(OutputMode::Outbox, &faults) else { return };
    assert_met(&met, &faults);
    assert_eq!(seen, expected);
}

#[test]
fn without_transactions_repeated_records_carry_the_same_id() {
    let Some(_) = broker() else { return };
    let (mode, folder) = (OutputMode::AtLeastOnce, tempfile::tempdir().unwrap());
    let run = fresh(mode.as_str());
    let job = job(&run, mode, folder.path());
    // Everything is sent twice: the manifest of the first time is lost.
    job.run().unwrap();
    std::fs::remove_file(folder.path().join("manifest")).unwrap();
    job.run().unwrap();
    let expected = expected(&job.outlet, &job.rows);
    for (place, seen) in consume(&job.outlet).0 {
        let mut ids = BTreeSet::new();
        let (first, again): (Vec<_>, Vec<_>) =
            seen.into_iter().partition(|one| ids.insert(one.headers[0].clone()));
        assert_eq!(first, expected[&place]);
        assert_eq!(again, expected[&place], "the second time is like the first");
    }
}
