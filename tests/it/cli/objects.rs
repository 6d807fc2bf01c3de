//! A whole run into an S3 server: killed, taken over, verified and queried there.

use super::place::{JOB, Place, Said};
use super::server::{SECRET, Server};
use serde_json::Value;
use std::{
    process::{Command, Stdio},
    time::Duration,
};

const LAKE: &str = "s3://bucket/team/lake";
/// How often, and how many times, to look for a commit.
const PAUSE: Duration = Duration::from_millis(5);
const ATTEMPTS: u32 = 12_000;

/// A directory with the small job, and a server for its lake.
struct Site {
    place: Place,
    server: Server,
}

impl Site {
    fn new() -> Site {
        Site { place: Place::with_job(), server: Server::start() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.command(args);
        command.envs(self.server.environment()).env("TAPEFLOW_LAKE", LAKE);
        command
    }

    fn say(&self, args: &[&str]) -> Said {
        self.command(args).output().unwrap().into()
    }

    fn ok(&self, args: &[&str]) -> String {
        let said = self.say(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        said.out
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }
}

#[test]
fn a_run_in_an_object_store_is_the_same_with_any_workers() {
    let site = Site::new();
    let on_disk = site.place.json(&["run", "job.toml", "--json"]);
    for workers in ["1", "2"] {
        let name = format!("w{workers}");
        let args = ["run", "job.toml", "--json", "--workers", workers, "--run", &name];
        assert_eq!(site.json(&args)["tables"], on_disk["tables"], "{workers} workers");
    }
    let runs = site.json(&["runs", "--json"]);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 2);
    let query = "SELECT count(*) FROM fills WHERE run = 'w2'";
    let rows = site.ok(&["sql", "--format", "csv", query]);
    let expected = on_disk["tables"]["fills"]["rows"].to_string();
    assert_eq!(rows.lines().nth(1), Some(expected.as_str()));
    assert!(site.ok(&["report", "w1"]).contains("w1"));
    site.ok(&["runs", "delete", "w1"]);
    assert_eq!(site.json(&["runs", "--json"])["runs"].as_array().unwrap().len(), 1);
    // The same directory holds nothing of it.
    assert!(!site.place.path("s3:").exists());
}

#[test]
fn a_recording_in_an_object_store_is_replayed_and_verified() {
    let site = Site::new();
    site.ok(&["generate", "--symbols", "2", "--minutes", "3", "--seed", "3", "--out", LAKE]);
    let synthetic = r#"synthetic = { venue = "demo", instruments = 2, minutes = 5, seed = 7 }"#;
    let lake = format!(r#"lake = {{ url = "{LAKE}", tables = ["trades", "quotes"] }}"#);
    site.place.write("replay.toml", &JOB.replace(synthetic, &lake));
    let one = site.json(&["run", "replay.toml", "--json", "--workers", "1", "--run", "one"]);
    let two = site.json(&["run", "replay.toml", "--json", "--workers", "2", "--run", "two"]);
    assert!(one["events"].as_u64().unwrap() > 0);
    assert_eq!(one["tables"], two["tables"]);
    site.ok(&["verify", "replay.toml"]);
}

#[test]
fn a_run_that_was_killed_is_taken_over() {
    let site = Site::new();
    let job = JOB.replace("minutes = 5", "minutes = 480");
    site.place.write("job.toml", &format!("{job}commit_every = \"10m\"\n"));
    let mut command = site.command(&["run", "job.toml", "--run", "killed"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let second = site.server.bucket().join("team/lake/_runs/killed/epochs/2.json");
    let mut looks = 0;
    while !second.exists() {
        looks += 1;
        assert!(looks < ATTEMPTS, "nothing is committed");
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        #[allow(clippy::disallowed_methods, reason = "waits for another process")]
        std::thread::sleep(PAUSE);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = site.say(&["run", "job.toml", "--run", "killed"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("--take-over"), "{}", refused.err);
    assert_eq!(site.json(&["runs", "repair", "--json"])["alive"][0], "_runs/killed");
    let args = ["run", "job.toml", "--run", "killed", "--take-over", "--json"];
    let again = site.json(&args);
    let whole = site.json(&["run", "job.toml", "--run", "whole", "--json"]);
    assert_eq!(again["tables"], whole["tables"]);
    assert!(site.ok(&["runs", "repair"]).contains("in order"));
}

#[test]
fn what_is_wrong_with_an_object_store_is_said_without_secrets() {
    let site = Site::new();
    let run = |name: &str, value: &str| {
        let mut command = site.command(&["run", "job.toml", "--log", "debug"]);
        Said::from(command.env(name, value).output().unwrap())
    };
    for (name, value, hint) in [
        ("AWS_SECRET_ACCESS_KEY", "another-secret", "set AWS_ACCESS_KEY_ID"),
        ("TAPEFLOW_LAKE", "s3://nowhere/lake", "there is no such bucket"),
        ("TAPEFLOW_LAKE", "gs://bucket/lake", "s3://bucket/path"),
    ] {
        let said = run(name, value);
        assert_eq!(said.code, 2, "{name}={value}: {}", said.err);
        assert!(said.err.contains(hint), "{name}={value}: {}", said.err);
        let secret = said.err.contains(SECRET) || said.err.contains("another-secret");
        assert!(!secret, "{}", said.err);
    }
}
