//! Records that come late or twice, from the file to the table `quality`.

use super::place::Place;
use std::fs;

const JOB: &str = r#"
[job]
name = "doubts"
[[source]]
SOURCE
[bars]
bar_1m = { time = { every = "1m", clock = "receive" } }
[quality]
late = "1ms"
duplicate = 1000
[lake]
url = "./results"
"#;

#[test]
fn late_records_and_trades_that_come_twice_are_told_of_files_and_of_their_recording() {
    let place = Place::new();
    let market = ["--symbols", "1", "--minutes", "5", "--format", "jsonl", "--out", "."];
    place.ok(&[&["generate", "--quiet"], &market[..]].concat());
    // The twentieth trade comes twice, and the fortieth again after the sixtieth: late, too.
    let text = fs::read_to_string(place.path("market.jsonl")).unwrap();
    let (mut lines, mut trades) = (Vec::new(), Vec::new());
    for line in text.lines() {
        lines.push(line);
        if line.contains("\"trade\"") {
            trades.push(line);
            match trades.len() {
                20 => lines.push(line),
                60 => lines.push(trades[39]),
                _ => {}
            }
        }
    }
    place.write("market.jsonl", &(lines.join("\n") + "\n"));
    let ingest = ["ingest", "--format", "jsonl", "--lake", "recorded", "market.jsonl", "--quiet"];
    place.ok(&ingest);
    let file = "file = { format = \"jsonl\", paths = [\"market.jsonl\"], \
                instruments = [\"demo:SYN0001\"] }";
    let lake = "lake = { url = \"recorded\", tables = [\"trades\"] }";
    for (name, source) in [("file", file), ("lake", lake)] {
        place.write("job.toml", &JOB.replace("SOURCE", source));
        place.ok(&["run", "job.toml", "--quiet", "--run", name]);
        place.ok(&["verify", "job.toml", "--workers", "1,2", "--cuts", "2"]);
        let query = format!(
            "SELECT string_agg(kind || ' ' || count, ', ' ORDER BY ts, kind) FROM quality \
             WHERE run = '{name}'"
        );
        let told = place.ok(&["sql", "--lake", "results", "--format", "csv", &query]);
        assert!(told.contains("duplicate 1, duplicate 1, late 1"), "{name}: {told}");
        let tainted = format!("SELECT count(*) FROM bars WHERE tainted AND run = '{name}'");
        let told = place.ok(&["sql", "--lake", "results", "--format", "csv", &tainted]);
        assert!(told.lines().nth(1).is_some_and(|bars| bars != "0"), "{name}: {told}");
    }
}
