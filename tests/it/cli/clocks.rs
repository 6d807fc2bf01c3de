//! A venue that matches by its own clock.

use super::{place::Place, quotes};

/// The small job with a maker beside its crossing of averages; records travel for 0.2 to 5.3 ms.
fn job(terms: &str) -> String {
    let venue = "[execution.demo]\n";
    quotes::job(true).replace(venue, &format!("{venue}match_on = \"exchange\"\n{terms}\n"))
}

#[test]
fn a_venue_with_its_own_clock_gives_the_same_bytes_however_it_is_run() {
    let place = Place::new();
    place.write("job.toml", &job("max_latency = \"10ms\""));
    place.ok(&["verify", "job.toml", "--workers", "1,2,3,4", "--cuts", "4", "--processes", "2"]);
    let run = |name: &str, more: &[&str]| {
        let all = [&["run", "job.toml", "--json", "--replace", "--run", name], more].concat();
        place.json(&all)["tables"].clone()
    };
    let often = run("often", &["--set", "lake.commit_every=5s"]);
    assert_eq!(often, run("once", &["--workers", "1"]), "commits on the way change nothing");
    // Whatever is waited for, what happens is the same, up to where the accounts end.
    place.write("job.toml", &job("max_latency = \"2s\""));
    run("long", &[]);
    for table in ["orders", "fills", "positions", "signals"] {
        let rows = |run: &str| {
            let end = "CAST('2024-01-01T00:04:57Z' AS TIMESTAMP)";
            let rows = format!("SELECT count(*), sum(seq), max(ts) FROM {table} WHERE ts < {end}");
            place.ok(&["sql", "--run", run, "--format", "csv", &rows])
        };
        assert_eq!(rows("long"), rows("once"), "{table}");
    }
}

#[test]
fn what_fills_an_order_happened_when_the_venue_says() {
    let place = Place::new();
    place.write("job.toml", &job("max_latency = \"10ms\""));
    let result = place.json(&["run", "job.toml", "--json"]);
    assert!(result["fills"].as_u64().unwrap() > 40, "{result}");
    assert_eq!(result["quality"]["skew"], 0, "{result}");
    let when =
        "SELECT count(*) FILTER (WHERE exchange_ts <> ts), count(exchange_ts) > 20 FROM fills";
    let told = place.ok(&["sql", "--format", "csv", when]);
    assert_eq!(told.lines().last(), Some("0,true"));
    // Two clocks that are apart: everything seems to come before it happens.
    let apart = job("clock_offset = \"-1s\"\nmax_latency = \"10ms\"");
    place.write("job.toml", &apart);
    let result = place.json(&["run", "job.toml", "--json", "--replace"]);
    assert!(result["quality"]["skew"].as_u64().unwrap() >= 2, "{result}");
    let times = "SELECT count(*) FILTER (WHERE kind = 'skew') = count(*) FROM quality";
    assert_eq!(place.value(times), "true");
    let plan = place.ok(&["plan", "job.toml"]);
    assert!(plan.contains("taken to be 1s behind ours"), "{plan}");
}
