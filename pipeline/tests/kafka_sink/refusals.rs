//! What a sink refuses, and how it says so.

use super::{
    broker, consume, expected, fresh,
    job::{self, Job},
    outlet, rows,
};
use pipeline::{
    kafka::KafkaAccess,
    sinks::kafka::{Outlet, OutputMode, SinkError},
};
use schemas::EventTime;
use std::{path::Path, sync::Arc, time::Duration};

const MODE: OutputMode = OutputMode::ReplayDedup;

fn job(outlet: &Arc<Outlet>, count: i64, folder: &Path) -> Job {
    Job { outlet: Arc::clone(outlet), rows: rows(count, MODE), folder: folder.to_owned() }
}

fn set_up(name: &str) -> Option<(Arc<Outlet>, tempfile::TempDir)> {
    let access = broker()?;
    Some((Arc::new(outlet(&access, &fresh(name), MODE)), tempfile::tempdir().unwrap()))
}

#[test]
fn what_wakes_up_after_another_took_over_cannot_write() {
    let Some((outlet, folder)) = set_up("zombie") else { return };
    let old = job(&outlet, 100, folder.path());
    let (_, zombies, woken) = job::start(&old).unwrap();
    zombies[0].rows(EventTime(1), vec![old.rows[0].clone()]);
    job(&outlet, 200, folder.path()).run().unwrap();
    let late = old.rows.iter().filter(|row| row.key.ts.0 > 0 && row.partition == 0);
    zombies[0].rows(EventTime(i64::MAX), late.cloned().collect());
    let error = loop {
        if let Some(error) = zombies[0].failed() {
            break error;
        }
        let _ = woken.recv_timeout(Duration::from_millis(10));
    };
    assert!(matches!(error, SinkError::Fenced { .. }), "{error}");
    assert_eq!(consume(&outlet).0, expected(&outlet, &rows(200, MODE)));
}

#[test]
fn a_resume_that_computes_something_else_stops_before_it_sends_anything() {
    let Some((outlet, folder)) = set_up("differs") else { return };
    job(&outlet, 35, folder.path()).run().unwrap();
    let mut other = job(&outlet, 90, folder.path());
    other.rows[7].value = b"something else".to_vec();
    let error = other.run().unwrap_err().to_string();
    assert!(error.contains("this build computes something else"), "{error}");
    assert!(error.contains(&outlet.targets[0].topic) && error.contains("partition"), "{error}");
    // Fewer rows than were sent are as wrong.
    let mut fewer = job(&outlet, 90, folder.path());
    fewer.rows.retain(|row| row.key.ts.0 < 20_000_000 || row.key.ts.0 > 60_000_000);
    let error = fewer.run().unwrap_err().to_string();
    assert!(error.contains("there are fewer records"), "{error}");
    assert_eq!(consume(&outlet).0, expected(&outlet, &rows(35, MODE)));
}

#[test]
fn progress_that_is_lost_or_behind_the_checkpoint_stops_a_resume() {
    let Some((outlet, folder)) = set_up("lost") else { return };
    job(&outlet, 100, folder.path()).run().unwrap();
    let manifest = std::fs::read(folder.path().join("manifest")).unwrap();
    // The same topics under another name: nothing is known of it.
    let renamed = Outlet { run: fresh("other"), ..Outlet::clone(&outlet) };
    let renamed = Arc::new(renamed);
    let error = job(&renamed, 100, folder.path()).run().unwrap_err();
    assert!(matches!(error, SinkError::Progress { .. }), "{error}");
    assert!(error.to_string().contains("says nothing"), "{error}");
    // Its progress begins anew, and then the old manifest comes back.
    std::fs::remove_file(folder.path().join("manifest")).unwrap();
    job(&renamed, 50, folder.path()).run().unwrap();
    std::fs::write(folder.path().join("manifest"), manifest).unwrap();
    let error = job(&renamed, 100, folder.path()).run().unwrap_err();
    assert!(matches!(error, SinkError::Progress { .. }), "{error}");
    assert!(error.to_string().contains("stands at"), "{error}");
}

#[test]
fn topics_are_as_the_job_says_or_it_does_not_start() {
    let Some((outlet, _)) = set_up("topics") else { return };
    let mut more = Outlet::clone(&outlet);
    more.targets[1].partitions = 3;
    let error = more.check().unwrap_err().to_string();
    assert!(error.contains("has 2 partitions and the job says 3"), "{error}");
    assert!(error.contains("tapeflow topics create JOB.toml"), "{error}");
    let mut absent = Outlet::clone(&outlet);
    absent.targets[0].topic = fresh("absent");
    let error = absent.check().unwrap_err();
    assert!(matches!(error, SinkError::NoTopic { .. }), "{error}");
    let unnameable = Outlet { run: "a b".to_owned(), ..Outlet::clone(&outlet) };
    assert!(matches!(unnameable.check(), Err(SinkError::Name(_))));
    outlet.check().unwrap();
    outlet.check().unwrap();
}

#[test]
fn brokers_that_are_not_there_are_named() {
    // Nothing listens on a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let access = KafkaAccess::plain(free.to_string());
    let run = "nobody".to_owned();
    let outlet = Outlet { run, index: 0, access, targets: Vec::new(), mode: MODE, shards: 1 };
    let error = outlet.check().unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot reach {free}: ")), "{error}");
}
