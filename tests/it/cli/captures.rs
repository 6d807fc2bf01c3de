//! Captures of cryptofeed, from the command and from a job file.

use super::place::Place;
use serde_json::json;

fn level(side: &str, price: &str, size: &str) -> serde_json::Value {
    json!({"side": side, "price_level": price, "new_quantity": size})
}

/// A minute of a book and its trades, of two instruments; a message in the middle is missing, and
/// a second snapshot follows.
fn capture() -> String {
    let mut lines = vec![json!({"t": "header", "format": 2, "exchange": "COINBASE",
        "recorded": 1_700_000_000.5})];
    let connect = json!({"t": "connect", "conn": "a", "ts": 1_700_000_000.5, "addr": "wss://x"});
    lines.push(connect);
    let mut number = 0;
    let mut add = |second: u32, channel: &str, events: serde_json::Value| {
        let data = json!({"channel": channel, "timestamp": "2023-11-14T22:13:21Z",
            "sequence_num": number, "events": events});
        number += 1;
        // The thirtieth second's book is lost.
        if second != 30 || channel != "l2_data" {
            let ts = 1_700_000_001.25 + f64::from(second);
            let data = data.to_string();
            lines.push(json!({"t": "recv", "conn": "a", "ts": ts, "data": data}));
        }
    };
    for second in 0..60 {
        for product in ["A-USD", "B-USD"] {
            let kind = if second % 45 == 0 { "snapshot" } else { "update" };
            let size = format!("{}.123456789", second % 7 + 1);
            let book = json!([{"type": kind, "product_id": product,
                "updates": [level("bid", "100.5", &size), level("offer", "101", &size)]}]);
            add(second, "l2_data", book);
            let trade = json!([{"type": "update", "trades": [{"product_id": product,
                "trade_id": second.to_string(), "price": "101", "size": "0.5",
                "time": "2023-11-14T22:13:21Z", "side": "SELL"}]}]);
            add(second, "market_trades", trade);
        }
    }
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

#[test]
fn a_capture_is_recorded_once_with_all_of_its_instruments() {
    let place = Place::new();
    place.write("capture.jsonl", &capture());
    let ingest = ["ingest", "--format", "cryptofeed", "capture.jsonl"];
    assert!(place.ok(&ingest).contains("Recorded cryptofeed-"));
    let counts = "SELECT string_agg(instrument || ' ' || n, ' and ' ORDER BY instrument) FROM \
                  (SELECT instrument, count(*) AS n FROM trades GROUP BY instrument)";
    assert_eq!(place.value(counts), "coinbase:A-USD 60 and coinbase:B-USD 60");
    // The maker sold.
    assert_eq!(place.value("SELECT count(*) FROM trades WHERE side = 'buy'"), "120");
    // Quantities are finer than what is assumed, and exact.
    let finest = "SELECT max(quantity_raw || 'e-' || quantity_scale) FROM book_deltas";
    assert_eq!(place.value(finest), "7123456789e-9");
    assert_eq!(place.value("SELECT count(*) FROM book_deltas WHERE action = 'gap'"), "2");
    assert!(place.ok(&ingest).contains("nothing changed"));
    // One instrument is another recording, under another name of its venue.
    let one = [&ingest[..], &["--symbol", "A-USD", "--venue", "mine"]].concat();
    assert!(place.ok(&one).contains("Recorded cryptofeed-"));
    let mine = "SELECT count(*) FROM trades WHERE instrument = 'mine:A-USD'";
    assert_eq!(place.value(mine), "60");
    assert_eq!(place.value("SELECT count(*) FROM rejects"), "0");
}

#[test]
fn a_job_reads_a_capture_as_it_reads_its_recording() {
    let place = Place::new();
    place.write("capture.jsonl", &capture());
    place.ok(&["ingest", "--format", "cryptofeed", "capture.jsonl"]);
    let job = |source: &str, rest: &str| {
        format!(
            "[job]\nname = \"j\"\n[[source]]\n{source}\n{rest}[bars]\nm = {{ time = {{ every = \
             \"5s\", clock = \"receive\" }} }}\n[indicators]\nfast = {{ ema = {{ period = 3, on = \
             \"m.close\" }} }}\n[features]\nmuch = {{ book_imbalance = {{ levels = 1 }} }}\n"
        )
    };
    let files = "file = { format = \"cryptofeed\", paths = [\"capture.jsonl\"], instruments = \
                 [\"coinbase:A-USD\", \"coinbase:B-USD\"] }";
    let fine = ["A", "B"]
        .map(|name| format!("[instruments.\"coinbase:{name}-USD\"]\nquantity_scale = 9\n"));
    place.write("files.toml", &job(files, &fine.concat()));
    let lake = "lake = { url = \"lake\", tables = [\"trades\", \"book_deltas\"] }";
    place.write("lake.toml", &job(lake, ""));
    let runs = [("files", "1"), ("files", "3"), ("lake", "2")].map(|(job, workers)| {
        let (file, run) = (format!("{job}.toml"), format!("{job}{workers}"));
        let args = ["run", &file, "--json", "--run", &run, "--workers", workers];
        place.json(&args)["tables"].clone()
    });
    assert!(runs[0]["bars"]["rows"].as_u64().unwrap() > 10, "{}", runs[0]);
    for table in ["bars", "readings", "quality"] {
        for other in &runs[1..] {
            assert_eq!(runs[0][table], other[table], "{table}");
        }
    }
    let gaps = "SELECT count(*) FROM quality WHERE kind = 'gap' AND run = 'files1'";
    assert_eq!(place.value(gaps), "2");
}
