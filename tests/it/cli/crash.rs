//! Processes that die or are interrupted, and what the lake shows afterwards.

use super::place::{JOB, Place};
use serde_json::Value;
use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How often, and how many times, to look for a commit.
const PAUSE: Duration = Duration::from_millis(2);
const ATTEMPTS: u32 = 30_000;

/// The small job, for longer and with a commit every ten minutes.
fn long_job() -> Place {
    let place = Place::new();
    let job = JOB.replace("minutes = 5", "minutes = 480");
    place.write("job.toml", &format!("{job}commit_every = \"10m\"\n"));
    place
}

#[allow(clippy::disallowed_methods, reason = "waits for another process")]
fn wait() {
    std::thread::sleep(PAUSE);
}

/// Starts a run and comes back once it has committed twice.
fn begin(place: &Place, name: &str) -> Child {
    let mut command = place.command(&["run", "job.toml", "--run", name]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let second = place.path(&format!("lake/_runs/{name}/epochs/2.json"));
    for _ in 0..ATTEMPTS {
        if second.exists() {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
        wait();
    }
    panic!("nothing is committed after {:?}", PAUSE * ATTEMPTS);
}

fn listed(place: &Place, name: &str) -> Value {
    let runs = place.json(&["runs", "--json"]);
    let mut runs = runs["runs"].as_array().unwrap().iter();
    runs.find(|run| run["name"] == name).unwrap().clone()
}

/// Queries show the rows of the manifests and no others.
fn only_committed_rows(place: &Place, name: &str) {
    let run = listed(place, name);
    assert_eq!(run["state"], "incomplete");
    let boundary = run["boundary"].as_i64().unwrap();
    let tables = run["tables"].as_object().unwrap();
    assert!(!tables.is_empty());
    for (table, total) in tables {
        let query = format!(
            "SELECT count(*) FILTER (WHERE CAST(ts AS BIGINT) < {boundary}) || '/' || count(*) \
             FROM {table} WHERE run = '{name}'"
        );
        let rows = total["rows"].to_string();
        assert_eq!(place.value(&query), format!("{rows}/{rows}"), "{table}");
    }
}

#[test]
fn a_killed_run_leaves_what_it_committed_and_nothing_else() {
    let place = long_job();
    let mut child = begin(&place, "killed");
    child.kill().unwrap();
    child.wait().unwrap();
    only_committed_rows(&place, "killed");
    let said = place.say(&["report"]);
    assert_eq!(said.code, 2, "there is no complete run: {}", said.out);

    let report = place.json(&["runs", "repair", "--json"]);
    assert!(!report["removed"].as_array().unwrap().is_empty(), "{report}");
    assert!(place.files("lake", ".pending").is_empty());
    only_committed_rows(&place, "killed");
    assert!(place.ok(&["runs", "repair"]).contains("in order"));

    // Run again, it comes to the same as one that nobody killed.
    let again = place.json(&["run", "job.toml", "--run", "killed", "--json"]);
    let whole = place.json(&["run", "job.toml", "--run", "whole", "--json"]);
    assert_eq!(again["tables"], whole["tables"]);
    assert_eq!(listed(&place, "killed")["state"], "complete");
}

#[test]
fn an_interrupted_run_ends_with_1_and_keeps_its_commits() {
    let place = long_job();
    let child = begin(&place, "stopped");
    let interrupt = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("stopped on request"), "{error}");
    assert!(output.stdout.is_empty());
    only_committed_rows(&place, "stopped");
    // What it shows is the beginning of the whole.
    place.json(&["run", "job.toml", "--run", "whole", "--json"]);
    let boundary = listed(&place, "stopped")["boundary"].as_i64().unwrap();
    let differ = format!(
        "SELECT count(*) FROM ((SELECT * EXCLUDE (run) FROM fills WHERE run = 'whole' \
         AND CAST(ts AS BIGINT) < {boundary}) EXCEPT \
         (SELECT * EXCLUDE (run) FROM fills WHERE run = 'stopped'))"
    );
    assert_eq!(place.value(&differ), "0");
    assert_ne!(place.value("SELECT count(*) FROM fills WHERE run = 'stopped'"), "0");
}

#[test]
fn a_thread_that_breaks_ends_the_run() {
    // A worker, and a thread that writes files.
    for point in ["commit.gathered", "checkpoint.before_files"] {
        let place = Place::with_job();
        let mut command = place.command(&["run", "job.toml", "--processes", "2", "--workers", "2"]);
        let output = command.env("TAPEFLOW_FAULTS", format!("{point}:1:panic")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{point}: {error}");
        assert!(error.contains("this is a fault of the program"), "{point}: {error}");
    }
}

#[test]
fn a_process_that_fails_ends_its_group() {
    for failing in [0, 1] {
        let place = Place::with_job();
        let listen = |_| std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listeners: Vec<_> = (0..2).map(listen).collect();
        let address = |listener: &std::net::TcpListener| listener.local_addr().unwrap().to_string();
        let hosts = listeners.iter().map(address).collect::<Vec<_>>().join(",");
        drop(listeners);
        let start = |index: usize| {
            let number = index.to_string();
            let run = ["run", "job.toml", "--hosts", &hosts, "--process", &number];
            let mut command = place.command(&run);
            if index == failing {
                command.env("TAPEFLOW_FAULTS", "checkpoint.before_files:1:error");
            }
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        for (index, mut process) in [0, 1].map(start).into_iter().enumerate() {
            let ended = (0..ATTEMPTS).any(|_| {
                wait();
                process.try_wait().unwrap().is_some()
            });
            process.kill().unwrap();
            let output = process.wait_with_output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(ended, "process {index} goes on although {failing} failed: {error}");
            assert_eq!(output.status.code(), Some(1), "{error}");
            let gone = format!("process {failing} at 127.0.0.1:");
            let why = if index == failing { "checkpoint.before_files" } else { &gone };
            assert!(error.contains(why), "{error}");
        }
    }
}
