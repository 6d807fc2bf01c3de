//! Latencies that are drawn, and those of a log, through the whole program.

use super::place::{JOB, Place};

const CONSTANT: &str = "{ entry = \"1ms\", response = \"1ms\" }";

#[test]
fn drawn_latencies_are_stated_and_follow_from_the_seed() {
    let place = Place::new();
    let drawn = "{ entry = { log_normal = { median = \"20ms\", sigma = 1, min = \"5ms\" } }, \
                 response = { exponential = { min = \"1ms\", mean = \"30ms\" } } }";
    place.write("job.toml", &JOB.replace(CONSTANT, drawn));
    let plan = place.ok(&["plan", "job.toml"]);
    let stated = "latency at demo: about 20ms (log_normal, sigma 1, at least 5ms) to the venue, \
                  30ms on average (exponential, at least 1ms) back, drawn by the job's seed and \
                  the order; none overtakes what was sent before it";
    assert!(plan.contains(stated), "{plan}");
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
    place.ok(&["run", "job.toml"]);
    let took = "CAST(arrived_ts AS BIGINT) - CAST(decided_ts AS BIGINT)";
    let arrived = format!("FROM orders WHERE event = 'arrived' AND {took} >= 5000000");
    let orders: u64 = place.value(&format!("SELECT count(*) {arrived}")).parse().unwrap();
    assert!(orders > 10, "{orders}");
    let different: u64 =
        place.value(&format!("SELECT count(DISTINCT {took}) {arrived}")).parse().unwrap();
    assert!(different > orders / 2, "{different} of {orders}");
    assert_eq!(place.value("SELECT count(*) FROM orders WHERE acknowledged_ts < arrived_ts"), "0");

    let digest = |args: &[&str]| {
        place.json(&[&["plan", "job.toml", "--json"], args].concat())["digest"].clone()
    };
    assert_ne!(digest(&[]), digest(&["--set", "job.seed=8"]));
}

#[test]
fn logged_latencies_reject_what_was_rejected_then() {
    let place = Place::with_job();
    place.ok(&["run", "job.toml"]);
    let decided = "SELECT min(CAST(decided_ts AS BIGINT)) FROM orders";
    let first: i64 = place.value(decided).parse().unwrap();
    const MS: i64 = 1_000_000;
    let log = |rejected_after: i64| {
        let mut log = "request_ts,exchange_ts,response_ts\n".to_owned();
        for (at, exchange, response) in [
            (-2_000, Some(3), 5),
            (-1_000, None, rejected_after),
            (1_000, None, rejected_after),
            (2_000, Some(3), 4),
        ] {
            let request = first + at * MS;
            let exchange = exchange.map_or(0, |after| request + after * MS);
            log += &format!("{request},{exchange},{}\n", request + response * MS);
        }
        place.write("latency.csv", &log);
    };
    log(7);
    place.write("job.toml", &JOB.replace(CONSTANT, "{ file = \"latency.csv\" }"));
    let plan = place.ok(&["plan", "job.toml"]);
    for stated in
        ["latency at demo: as 4 logged orders took from", "latency at demo: the log is latency.csv"]
    {
        assert!(plan.contains(stated), "{plan}");
    }
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
    place.ok(&["run", "job.toml", "--run", "logged"]);
    let value = |query: &str| {
        let out = place.ok(&["sql", "--run", "logged", "--format", "csv", query]);
        out.lines().nth(1).unwrap_or_default().to_owned()
    };
    let after = "CAST(acknowledged_ts AS BIGINT) - CAST(decided_ts AS BIGINT)";
    let of =
        format!("FROM orders WHERE event = 'rejected' AND CAST(decided_ts AS BIGINT) = {first}");
    assert_eq!(value(&format!("SELECT min({after}) {of}")), (7 * MS).to_string());
    let reason = value(&format!("SELECT min(reason) {of}"));
    assert!(reason.contains("did not come to the venue"), "{reason}");
    assert_ne!(value("SELECT count(*) FROM fills"), "0");

    // The rows are part of what the job is.
    let digest = || place.json(&["plan", "job.toml", "--json"])["digest"].clone();
    let before = digest();
    assert_eq!(digest(), before);
    log(8);
    assert_ne!(digest(), before);
}
