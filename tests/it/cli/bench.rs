//! Workloads come to the same however many workers run them.

use super::place::Place;
use serde_json::Value;

fn lines(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let text = place.ok(&[&["bench"], arguments, &["--rounds", "1", "--quiet"]].concat());
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[test]
fn workloads_come_to_the_same_with_one_worker_and_with_two() {
    let place = Place::new();
    let light = lines(&place, &["light", "--trades", "100000", "--folder", "light"]);
    assert_eq!(light.len(), 3);
    assert_eq!(light[0]["workload"], "scan");
    for line in &light {
        assert_eq!(line["events"], 100_000);
        for figure in ["seconds_inner", "seconds_process", "peak_rss_mb", "x_scan"] {
            assert!(line[figure].as_f64().is_some_and(|value| value > 0.0), "{figure}: {line}");
        }
    }
    let graph = lines(&place, &["graph", "--events", "20000", "--symbols", "4"]);
    let start = lines(&place, &["start"]);
    for pair in [&light[1..], &graph, &start] {
        assert_eq!(pair[0]["check"], pair[1]["check"]);
        assert_eq!(pair[0]["events"], pair[1]["events"]);
    }
    let encodings = place.ok(&["bench", "encodings", "light/tape", "--rounds", "1"]);
    assert_eq!(encodings.lines().count(), 12, "{encodings}");
}
