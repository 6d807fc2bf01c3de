//! Market data into the lake and out of it.

use super::place::Place;
use std::{
    io::Write,
    process::{Child, Stdio},
};

const GENERATE: [&str; 9] =
    ["generate", "--symbols", "2", "--minutes", "3", "--seed", "5", "--out", "made"];

#[test]
fn a_market_is_the_same_as_files_and_as_a_lake() {
    let place = Place::new();
    let made = place.json(&[&GENERATE[..], &["--json"]].concat());
    assert_eq!(made["known"], false);
    let again = place.json(&[&GENERATE[..], &["--json"]].concat());
    assert_eq!((&again["known"], &again["tables"]), (&true.into(), &made["tables"]));
    place.ok(&[&GENERATE[..], &["--format", "jsonl"]].concat());
    assert!(place.path("made/market.jsonl").is_file());
    let ingest = ["ingest", "--format", "jsonl", "made/market.jsonl", "--json"];
    let read = place.json(&ingest);
    let trades = "SELECT instrument, count(*), sum(price_raw), sum(quantity_raw), min(ts), max(ts) \
                  FROM trades GROUP BY instrument ORDER BY instrument";
    let of = |lake: &str| place.ok(&["sql", "--lake", lake, "--format", "csv", trades]);
    assert_eq!(of("made"), of("lake"));
    assert_eq!(of("lake").lines().count(), 3);
    for table in ["trades", "quotes", "book_deltas"] {
        assert_eq!(read["tables"][table]["rows"], made["tables"][table]["rows"], "{table}");
    }
    assert!(read["tables"]["rejects"].is_null());
}

#[test]
fn the_same_file_twice_changes_nothing_and_bad_lines_land_as_rejects() {
    let place = Place::new();
    let trade = |price: &str, ts: u64| {
        format!(
            "{{\"type\":\"trade\",\"version\":1,\"venue\":\"demo\",\"symbol\":\"A-USD\",\
             \"ts\":\"{ts}\",\"price\":\"{price}\",\"quantity\":\"1\"}}\n"
        )
    };
    let start = 1_704_067_200_000_000_000;
    let lines = [trade("1.5", start), "nonsense\n".to_owned(), trade("2.5", start + 1)].concat();
    place.write("ticks.jsonl", &lines);
    let ingest = ["ingest", "--format", "jsonl", "ticks.jsonl"];
    assert!(place.ok(&ingest).contains("Recorded jsonl-"));
    let files = place.files("lake", ".parquet");
    assert!(place.ok(&ingest).contains("nothing changed"));
    assert_eq!(place.files("lake", ".parquet"), files);
    assert_eq!(place.value("SELECT sum(price) FROM trades"), "4.0");
    assert_eq!(place.value("SELECT count(*) FROM rejects WHERE origin LIKE '%:2'"), "1");
    place.write("ticks.jsonl", &trade("9", start));
    let id = place.json(&["ingest", "--format", "jsonl", "ticks.jsonl", "--json"]);
    assert_eq!(id["known"], false, "other content is another recording");
}

#[test]
fn a_lake_can_be_replayed() {
    let place = Place::with_job();
    place.ok(&["generate", "--symbols", "2", "--minutes", "5", "--out", "made"]);
    let live = place.json(&["run", "job.toml", "--json", "--run", "live"]);
    let lake = "[[source]]\nlake = { url = \"made\", tables = [\"trades\", \"quotes\", \
                \"book_deltas\", \"news\"] }\n";
    let job = super::place::JOB.replace(
        "[[source]]\nsynthetic = { venue = \"demo\", instruments = 2, minutes = 5, seed = 7 }\n",
        lake,
    );
    assert!(job.contains("made"));
    place.write("replay.toml", &job);
    let replay = place.json(&["run", "replay.toml", "--json", "--run", "replay"]);
    assert!(live["fills"].as_u64().unwrap() > 0);
    for same in ["tables", "pnl", "job_digest"] {
        assert_eq!(live[same], replay[same], "{same}");
    }
}

fn fed(mut child: Child, text: &str) -> String {
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn queries_come_from_arguments_files_and_stdin() {
    let place = Place::new();
    let query = "SELECT 6 * 7 AS answer";
    let csv = "answer\n42\n";
    assert_eq!(place.ok(&["sql", "--format", "csv", query]), csv);
    place.write("query.sql", query);
    assert_eq!(place.ok(&["sql", "--format", "csv", "--file", "query.sql"]), csv);
    let mut command = place.command(&["sql", "--format", "csv"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(fed(child, query), csv);
    let said = place.say(&["sql", "SELEC 1"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("line 1"), "{}", said.err);
}

#[test]
fn results_go_to_files_whole_or_not_at_all() {
    let place = Place::new();
    place.ok(&["sql", "--output", "n.parquet", "SELECT value FROM range(1000)"]);
    let sum = "SELECT sum(value) FROM 'n.parquet'";
    assert_eq!(place.value(sum), "499500");
    place.ok(&["sql", "--output", "n.csv", "SELECT 1 AS one"]);
    assert_eq!(std::fs::read_to_string(place.path("n.csv")).unwrap(), "one\n1\n");
    let failing = "SELECT CAST('x' || value AS INT) FROM range(10)";
    let said = place.say(&["sql", "--output", "n.csv", failing]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert_eq!(std::fs::read_to_string(place.path("n.csv")).unwrap(), "one\n1\n");
    assert!(!place.path("n.csv.partial").exists());
    assert_eq!(place.say(&["sql", "--format", "parquet", "SELECT 1"]).code, 2);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let place = Place::new();
    let many = "SELECT value FROM range(1000000)";
    for format in ["csv", "jsonl", "table"] {
        let mut command = place.command(&["sql", "--format", format, many]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && error.is_empty(), "{format}: {error}");
    }
}
