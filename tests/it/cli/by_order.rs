//! Books by order through the whole program: recorded, replayed, and matched order by order.

use super::place::Place;

const FILE: &str = "AAPL_2012-06-21_34200000_57600000_message_5.csv";

/// 50 stand at the bid when the order of 10 comes, and 20 come behind it. 20 of the 50 leave, the
/// other 30 are executed, and then 5 and 15 of those behind.
const MESSAGES: &str = "34200.0,1,1,50,1000000,1
34200.1,1,2,50,1001000,-1
34201,1,3,20,1000000,1
34201.5,1,4,40,999900,1
34202,2,1,20,1000000,1
34203,4,1,30,1000000,1
34204,4,3,5,1000000,1
34205,4,3,15,1000000,1
34206,3,4,40,999900,1
";

const JOB: &str = r#"
[job]
name = "NAME"
[[source]]
SOURCE
[instruments."nasdaq:AAPL"]
base = "AAPL"
quote = "USD"
settle = "USD"
kind = "spot"
tick = "0.01"
lot = "1"
[[account]]
name = "paper"
cash = { USD = "100000" }
[[strategy]]
name = "first"
on = "book"
for = ["nasdaq:AAPL"]
long = "ask > bid"
size = { quantity = "10" }
order = { limit = "bid" }
[execution.nasdaq]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0", taker = "0" }
fill = { model = "displayed_depth", partial = true }
"#;

fn job(name: &str, source: &str) -> String {
    JOB.replace("NAME", name).replace("SOURCE", source)
}

#[test]
fn an_order_is_served_in_its_turn_from_files_and_from_the_lake() {
    let place = Place::new();
    place.write(FILE, MESSAGES);
    let ingest = ["ingest", "--format", "lobster", "--venue", "nasdaq", "--symbol", "AAPL", FILE];
    assert!(place.ok(&ingest).contains("Recorded lobster-"));
    let rows = "SELECT string_agg(action || ' ' || n, ', ' ORDER BY action) FROM (SELECT action, \
                count(*) AS n FROM book_orders GROUP BY action)";
    // What holds a comma stands in quotes.
    assert_eq!(place.value(rows), "\"add 4, cancel 5, clear 1, fill 3\"");
    let file = format!(
        "file = {{ format = \"lobster\", venue = \"nasdaq\", symbol = \"AAPL\", paths = \
         [\"{FILE}\"] }}"
    );
    place.write("files.toml", &job("files", &file));
    let lake = "lake = { url = \"lake\", tables = [\"trades\", \"book_orders\"] }";
    place.write("lake.toml", &job("lake", lake));
    let runs = [("files", "1"), ("lake", "2")].map(|(name, workers)| {
        let args = ["run", &format!("{name}.toml"), "--json", "--workers", workers];
        place.json(&args)
    });
    for table in ["signals", "orders", "fills", "ledger"] {
        assert_eq!(runs[0]["tables"][table], runs[1]["tables"][table], "{table}");
    }
    let fills = "SELECT string_agg(quantity || ' at ' || price || ' behind ' || queue_ahead, ', ' \
                 ORDER BY ts) || ' by ' || min(fill_model) FROM fills WHERE run = 'lake'";
    let told = "5.0 at 100.0 behind 0.0, 5.0 at 100.0 behind 0.0 by displayed_depth, fifo";
    assert_eq!(place.value(fills), format!("\"{told}\""));
    let assumed = runs[1]["assumptions"].to_string();
    assert!(assumed.contains("order by order") && assumed.contains("(fifo)"), "{assumed}");
    place.ok(&["verify", "lake.toml"]);
}

#[test]
fn levels_alone_do_not_serve_orders_one_by_one() {
    let place = Place::new();
    place.write(FILE, MESSAGES);
    place.ok(&["ingest", "--format", "lobster", "--venue", "nasdaq", "--symbol", "AAPL", FILE]);
    let lake = "lake = { url = \"lake\", tables = [\"trades\", \"book_deltas\"] }";
    let fifo = "partial = true, queue = \"fifo\"";
    place.write("job.toml", &job("lake", lake).replace("partial = true", fifo));
    let said = place.say(&["check", "job.toml"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("`fifo` serves orders one by one"), "{}", said.err);
}
