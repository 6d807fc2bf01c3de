//! A run and what can be asked about it.

use super::place::Place;
use serde_json::Value;

/// The keys that programs depend on.
const KEYS: [&str; 27] = [
    "run",
    "job",
    "job_digest",
    "workers",
    "from",
    "to",
    "events",
    "rejected",
    "late",
    "signals",
    "orders",
    "fills",
    "refused",
    "initial_equity",
    "final_equity",
    "pnl",
    "pnl_split",
    "fees",
    "sharpe",
    "max_drawdown",
    "markouts",
    "assumptions",
    "quality",
    "wall_seconds",
    "events_per_second",
    "peak_memory_bytes",
    "tables",
];

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn sorted<const N: usize>(mut keys: [&str; N]) -> [&str; N] {
    keys.sort_unstable();
    keys
}

#[test]
fn a_run_prints_one_object_with_exactly_these_keys() {
    let place = Place::with_job();
    let run = place.json(&["run", "job.toml", "--json"]);
    assert_eq!(keys(&run), sorted(KEYS));
    let split = ["price", "spread", "fees", "funding", "markout", "markout_horizon"];
    assert_eq!(keys(&run["pnl_split"]), sorted(split));
    assert_eq!((&run["run"], &run["job"]), (&"small".into(), &"small".into()));
    assert_eq!(run["from"].as_str().unwrap().get(..16), Some("2024-01-01T00:00"));
    assert_eq!(run["initial_equity"], 10_000);
    for count in ["events", "signals", "orders", "fills", "peak_memory_bytes"] {
        assert!(run[count].as_u64().unwrap() > 0, "{count}: {run:#}");
    }
    assert_eq!(run["sharpe"], Value::Null);
    assert!(!run["assumptions"].as_array().unwrap().is_empty());
    let tables = run["tables"].as_object().unwrap();
    for table in
        ["bars", "readings", "signals", "orders", "fills", "markouts", "ledger", "portfolio"]
    {
        assert_eq!(keys(&tables[table]), ["digest", "rows"]);
        let rows = place.value(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(rows, tables[table]["rows"].to_string(), "{table}");
    }
}

#[test]
fn workers_change_no_digest_and_a_seed_does() {
    let place = Place::with_job();
    let run = |name: &str, more: &[&str]| {
        let args = [&["run", "job.toml", "--json", "--run", name], more].concat();
        place.json(&args)
    };
    let (one, three) = (run("one", &["--workers", "1"]), run("three", &["--workers", "3"]));
    assert_eq!(three["workers"], 3);
    for same in ["tables", "job_digest", "pnl", "pnl_split", "quality", "events"] {
        assert_eq!(one[same], three[same], "{same}");
    }
    assert!(one["tables"].as_object().unwrap().len() >= 7);
    let other = run("other", &["--set", "source.0.synthetic.seed=8"]);
    assert_ne!(one["tables"]["fills"]["digest"], other["tables"]["fills"]["digest"]);
    assert_eq!(one["job_digest"], other["job_digest"], "where the input comes from is no part");
}

#[test]
fn money_adds_up_exactly() {
    let place = Place::with_job();
    let run = place.json(&["run", "job.toml", "--json"]);
    let wrong =
        "SELECT count(*) FROM portfolio WHERE equity_exact <> cash_exact + unrealised_exact";
    assert_eq!(place.value(wrong), "0");
    let last = "(SELECT * FROM portfolio ORDER BY ts DESC, received DESC, source_rank DESC, \
                source_partition DESC, source_offset DESC, operator DESC, seq DESC LIMIT 1)";
    let equal = format!(
        "SELECT p.cash_exact = l.cash FROM {last} p, \
         (SELECT sum(amount_exact) AS cash FROM ledger) l"
    );
    assert_eq!(place.value(&equal), "true");
    let equity = place.value(&format!("SELECT equity FROM {last}"));
    assert_eq!(equity.parse::<f64>().unwrap(), run["final_equity"].as_f64().unwrap());
    let split = run["pnl_split"].as_object().unwrap();
    let sum: f64 = split.values().filter_map(Value::as_f64).sum();
    assert!((sum - run["pnl"].as_f64().unwrap()).abs() < 1e-6);
    assert_eq!(split["markout_horizon"], "1m");
    let drift = "SELECT sum(drift) FROM markouts WHERE horizon = '1m'";
    let drift = place.value(drift).parse::<f64>().unwrap();
    assert!((drift - split["markout"].as_f64().unwrap()).abs() < 1e-6);
    let fees = place.value("SELECT sum(fee) FROM fills").parse::<f64>().unwrap();
    assert!((fees - run["fees"].as_f64().unwrap()).abs() < 1e-6);
    // Buying above and selling below the mid is what the spread costs.
    let spread = "SELECT sum(CASE WHEN side = 'buy' THEN price - fill_mid \
                  ELSE fill_mid - price END * quantity) FROM fills";
    let spread = place.value(spread).parse::<f64>().unwrap();
    assert!((spread + run["pnl_split"]["spread"].as_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn a_run_is_listed_reported_and_deleted() {
    let place = Place::with_job();
    let run = place.json(&["run", "job.toml", "--json"]);
    let runs = place.json(&["runs", "--json"]);
    assert_eq!(runs["runs"][0]["name"], "small");
    assert_eq!(runs["runs"][0]["state"], "complete");
    assert!(place.ok(&["runs", "list"]).contains("complete"));
    let mut report = place.json(&["report", "--json"]);
    assert_eq!(keys(&report), sorted(KEYS));
    for telemetry in ["wall_seconds", "events_per_second", "peak_memory_bytes"] {
        assert_eq!(report[telemetry], Value::Null);
        report[telemetry] = run[telemetry].clone();
    }
    assert_eq!(report, run);
    let said = place.say(&["report", "absent"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("runs: small"), "{}", said.err);
    place.ok(&["runs", "delete", "small"]);
    assert_eq!(place.json(&["runs", "--json"])["runs"], serde_json::json!([]));
    assert!(place.files("lake", ".parquet").is_empty());
    assert_eq!(place.say(&["runs", "delete", "small"]).code, 2);
}

#[test]
fn another_job_needs_leave_to_take_a_name() {
    let place = Place::with_job();
    let first = place.json(&["run", "job.toml", "--json"]);
    let other = ["run", "job.toml", "--json", "--set", "indicators.fast.ema.period=4"];
    let said = place.say(&other);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--replace"), "{}", said.err);
    let second = place.json(&[&other[..], &["--replace"]].concat());
    assert_ne!(first["job_digest"], second["job_digest"]);
    let digest = |run: &Value| run["tables"]["fills"]["digest"].clone();
    assert_eq!(digest(&place.json(&["report", "--json"])), digest(&second));
}

#[test]
fn verify_compares_every_row() {
    let place = Place::with_job();
    let verdict = place.json(&["verify", "job.toml", "--workers", "1,2", "--cuts", "1", "--json"]);
    assert_eq!(keys(&verdict), ["compared", "first_difference", "ok"]);
    assert_eq!(verdict["ok"], true);
    let compared = verdict["compared"].as_array().unwrap();
    assert_eq!(compared.len(), 5);
    assert!(compared.iter().all(|c| c["equal"] == true && c["rows"].as_u64().unwrap() > 0));
    assert!(compared[3]["cut"].is_i64());
    assert_eq!(compared[4]["restarts"], 20);
    assert!(!place.path("lake").exists(), "nothing is written");
    let text = place.ok(&["verify", "job.toml", "--workers", "2", "--cuts", "0"]);
    assert!(text.contains("equal in all 3 comparisons"), "{text}");
}

#[test]
fn processes_and_hosts_change_nothing() {
    let place = Place::with_job();
    let verdict = place.json(&[
        "verify",
        "job.toml",
        "--workers",
        "2",
        "--cuts",
        "0",
        "--processes",
        "2",
        "--json",
    ]);
    assert_eq!(verdict["ok"], true, "{verdict}");
    let last = verdict["compared"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["processes"], &last["workers"]), (&2.into(), &2.into()));
    assert!(last["rows"].as_u64().unwrap() > 0);

    // Two hosts, as far as one machine has them: two addresses of its own.
    let Ok(other) = std::net::TcpListener::bind("127.0.0.2:0") else {
        eprintln!("skipped: this machine has no address 127.0.0.2");
        return;
    };
    let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = |listener: std::net::TcpListener| listener.local_addr().unwrap().to_string();
    let hosts = format!("{},{}", address(own), address(other));
    let host = |index| {
        let run = ["run", "job.toml", "--run", "hosts", "--json", "--workers", "1"];
        place.command(&[&run[..], &["--hosts", &hosts, "--process", index]].concat())
    };
    let mut member = host("1").spawn().unwrap();
    let leader = host("0").output().unwrap();
    assert!(member.wait().unwrap().success());
    let found: Value = serde_json::from_slice(&leader.stdout).unwrap();
    assert_eq!(found["tables"], place.json(&["run", "job.toml", "--json"])["tables"]);
}

#[test]
fn the_text_says_what_it_assumes_and_what_to_try() {
    let place = Place::with_job();
    let text = place.ok(&["run", "job.toml"]);
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(at("Assumptions") < at("Data quality"));
    assert!(at("Data quality") < at("profit and loss"));
    let tries: Vec<&str> = text.lines().filter(|line| line.contains(" sql ")).collect();
    assert_eq!(tries.len(), 3);
    for line in tries {
        // As pasted into a shell.
        let shell = std::process::Command::new("sh")
            .args(["-c", line.trim()])
            .current_dir(place.path("."))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&shell.stderr).into_owned();
        assert!(shell.status.success(), "{line}: {said}");
        assert!(!shell.stdout.is_empty());
    }
}

#[test]
fn a_rule_that_is_never_true_is_named() {
    let place = Place::with_job();
    let never = "strategy.0.long=crosses_above(fast, slow) AND fast > 10 * slow";
    let args = ["run", "job.toml", "--set", never, "--set", "strategy.0.short=fast < 0"];
    let text = place.ok(&args);
    assert!(text.contains("No trade"), "{text}");
    assert!(text.contains("`long` was never true"), "{text}");
    let part = |end: &str| {
        let line = text.lines().find(|line| line.trim().ends_with(end));
        line.unwrap_or_else(|| panic!("{end}: {text}")).trim().to_owned()
    };
    assert!(part(": fast > 10 * slow").starts_with("0 of "));
    let crossed = part(": crosses_above(fast, slow)");
    let count: u64 = crossed.split(' ').next().unwrap().parse().unwrap();
    assert!(count > 0, "{crossed}");
}

#[test]
fn what_a_job_doubts_is_told_and_no_opinion_is_had_of_it() {
    let place = Place::with_job();
    place.ok(&["run", "job.toml", "--run", "trusting", "--quiet"]);
    let job = super::place::JOB.to_owned();
    place.write("job.toml", &(job.clone() + "[quality]\nstale = \"2s\"\noutlier = 0.0001\n"));
    place.ok(&["run", "job.toml", "--run", "doubting", "--quiet"]);
    let of = |run: &str, query: &str| place.value(&format!("{query} WHERE run = '{run}'"));
    let kinds = "SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM quality";
    assert_eq!(of("doubting", kinds), "outlier stale");
    let tainted = "SELECT count(*) FILTER (WHERE tainted) > 0 FROM bars";
    assert_eq!((of("trusting", tainted), of("doubting", tainted)), ("false".into(), "true".into()));
    let signals = "SELECT count(*) FROM signals";
    let [trusting, doubting] =
        ["trusting", "doubting"].map(|run| of(run, signals).parse::<u32>().unwrap());
    assert!(0 < doubting && doubting < trusting, "{doubting} of {trusting}");
    place.ok(&["verify", "job.toml", "--workers", "1,2", "--cuts", "2"]);
    place.write("job.toml", &(job + "[quality]\nstale = \"0s\"\n"));
    let said = place.say(&["check", "job.toml"]);
    assert!(said.code == 2 && said.err.contains("must be above zero"), "{}", said.err);
}
