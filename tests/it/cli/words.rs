//! Arguments, errors and exit codes.

use super::place::{JOB, Place};

#[test]
fn what_never_starts_exits_with_2_and_says_why() {
    let place = Place::with_job();
    place.write("file", "");
    let cases: [(&[&str], &str); 12] = [
        (&["run", "absent.toml"], "absent.toml"),
        (&["run"], "JOB"),
        (&["run", "job.toml", "--nonsense"], "--nonsense"),
        (&["run", "job.toml", "--workers", "0"], "--workers"),
        (&["run", "job.toml", "--from", "yesterday"], "yesterday"),
        (&["run", "job.toml", "--from", "2024-01-02", "--to", "2024-01-01"], "not before"),
        (&["run", "job.toml", "--run", "../x"], "../x"),
        (&["run", "job.toml", "--lake", "file"], "file"),
        (&["run", "job.toml", "--lake", "other", "--to", "2023-01-01"], "no record"),
        (&["sql", "--lake", "nowhere", "SELECT 1"], "nowhere"),
        (&["report"], "no lake"),
        (&["--log", "%%%", "runs"], "%%%"),
    ];
    for (args, why) in cases {
        let said = place.say(args);
        assert_eq!(said.code, 2, "{args:?}: {} {}", said.out, said.err);
        assert!(said.err.contains(why), "{args:?}: {}", said.err);
        assert!(said.out.is_empty(), "{args:?}: {}", said.out);
    }
}

#[test]
fn a_bad_job_exits_with_2_and_points_at_the_line() {
    let place = Place::new();
    let bad = JOB.replace("period = 15", "periud = 15");
    let line = 1 + bad.lines().position(|line| line.contains("periud")).unwrap();
    place.write("bad.toml", &bad);
    for command in ["run", "check", "plan", "verify"] {
        let said = place.say(&[command, "bad.toml"]);
        assert_eq!(said.code, 2, "{command}: {}", said.err);
        assert!(said.err.contains(&format!("bad.toml:{line}:")), "{command}: {}", said.err);
        assert!(said.err.contains("periud"), "{command}: {}", said.err);
        assert!(!said.err.contains('\u{1b}'), "no colour when stderr is no terminal");
    }
    assert!(!place.path("lake").exists());
}

#[test]
fn a_good_job_passes_check() {
    let place = Place::with_job();
    assert!(place.ok(&["check", "job.toml"]).contains("job.toml"));
    assert_eq!(place.say(&["check", "job.toml", "--set", "strategy.0.on=bar_9s"]).code, 2);
}

#[test]
fn help_explains_every_command() {
    let place = Place::new();
    let help = place.ok(&["--help"]);
    let commands = [
        "run",
        "check",
        "plan",
        "verify",
        "ingest",
        "generate",
        "sql",
        "report",
        "runs",
        "catalogue",
        "schema",
        "completions",
    ];
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        let own = place.ok(&[command, "--help"]);
        assert!(own.contains("Example"), "{command} has no example");
        let widest = own.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{command}: {widest} columns");
    }
    assert!(help.contains("Exit codes"));
    assert!(place.ok(&["--version"]).starts_with("tapeflow "));
}

#[test]
fn completions_come_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(place.ok(&["completions", shell]).contains("catalogue"), "{shell}");
    }
}

#[test]
fn the_schema_of_jobs_and_tables_can_be_read() {
    let place = Place::new();
    let job = place.json(&["schema", "job"]);
    assert!(job["properties"]["strategy"].is_object(), "{job}");
    let fills = place.json(&["schema", "fills", "--json"]);
    let columns = fills["columns"].as_array().unwrap();
    assert_eq!(columns[0]["name"], "ts");
    assert!(columns.iter().any(|c| c["name"] == "fee_exact"));
    assert!(columns.iter().all(|c| c["type"].is_string() && c["doc"].is_string()));
    assert!(place.ok(&["schema", "fills"]).contains("DECIMAL(38,12)"));
    assert_eq!(place.say(&["schema", "nothing"]).code, 2);
}

#[test]
fn the_catalogue_lists_and_explains() {
    let place = Place::new();
    let all = place.ok(&["catalogue"]);
    for kind in ["ema", "macd", "book_imbalance", "crosses_above"] {
        assert!(all.contains(kind), "{kind}: {all}");
    }
    assert!(place.ok(&["catalogue", "ema"]).contains("period"));
    assert!(place.json(&["catalogue", "--json"]).is_object());
    let said = place.say(&["catalogue", "emma"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("ema"), "{}", said.err);
}

#[test]
fn logs_go_to_stderr_in_the_form_that_was_asked_for() {
    let place = Place::with_job();
    let quiet = place.say(&["run", "job.toml", "--json"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    let loud = place.say(&["run", "job.toml", "--json", "--log", "info", "--log-format", "json"]);
    serde_json::from_str::<serde_json::Value>(&loud.out).unwrap();
    let lines: Vec<serde_json::Value> =
        loud.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |what: &str| lines.iter().any(|line| line["fields"]["message"] == what);
    assert!(said("run starts") && said("run ended"), "{}", loud.err);
}
