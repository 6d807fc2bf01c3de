//! The functions that the lake adds to SQL.

use crate::world::{World, error, rows};

#[test]
fn time_bucket_takes_text_and_intervals() {
    let world = World::new();
    let sql = world.sql();
    let bucket = |span: &str, time: &str| {
        rows(&sql, &format!("SELECT time_bucket({span}, TIMESTAMP '{time}')")).remove(0)
    };
    assert_eq!(bucket("'1m'", "2024-08-08T12:34:56.789"), "2024-08-08T12:34:00");
    assert_eq!(bucket("'250ms'", "2024-08-08T12:34:56.789"), "2024-08-08T12:34:56.750");
    assert_eq!(bucket("INTERVAL '15 minutes'", "2024-08-08T12:34:56"), "2024-08-08T12:30:00");
    assert_eq!(bucket("INTERVAL '1 day'", "1969-12-31T23:00:00"), "1969-12-31T00:00:00");
    let query = "SELECT time_bucket('1d', ts) AS day, count(*) FROM trades GROUP BY 1 ORDER BY 1";
    let expected = ["2024-08-08T00:00:00Z,3", "2024-08-09T00:00:00Z,1"];
    assert_eq!(rows(&sql, query), expected);
    for (span, message) in [
        ("'1min'", "`1min` is no span of time"),
        ("INTERVAL '1 month'", "months and years differ in length"),
        ("'0s'", "the span must be longer than nothing"),
        ("side", "the span must be a constant"),
        ("5", "Int64 is no span"),
    ] {
        let text = error(&sql, &format!("SELECT time_bucket({span}, ts) FROM trades"));
        assert!(text.contains(message), "{span}: {text}");
    }
}

#[test]
fn vwap_weighs_by_quantity() {
    let world = World::new();
    let sql = world.sql();
    let over = |values: &str, group: &str| {
        rows(&sql, &format!("SELECT vwap(p, q) FROM (VALUES {values}) AS t(g, p, q) {group}"))
    };
    let values = "('a', 10, 1.0), ('a', 20, 3.0), ('b', 5, 2.0), ('b', NULL, 9.0), ('c', 1, 0.0)";
    assert_eq!(over(values, ""), ["13.333333333333334"]);
    assert_eq!(over(values, "GROUP BY g ORDER BY g"), ["17.5", "5.0", "\"\""]);
    assert_eq!(over(values, "WHERE g = 'x'"), ["\"\""]);
    let filtered = format!(
        "SELECT vwap(p, q) FILTER (WHERE p < 15) FROM (VALUES {values}) AS t(g, p, q) \
         GROUP BY g ORDER BY g"
    );
    assert_eq!(rows(&sql, &filtered), ["10.0", "5.0", "\"\""]);
    let moving = "SELECT vwap(p, q) OVER (ORDER BY n ROWS 1 PRECEDING) FROM \
        (VALUES (1, 10, 1.0), (2, 20, 3.0), (3, 40, 1.0)) AS t(n, p, q) ORDER BY n";
    assert_eq!(rows(&sql, moving), ["10.0", "17.5", "25.0"]);
    let query = "SELECT symbol, vwap(price, quantity) FROM trades GROUP BY 1 ORDER BY 1 LIMIT 1";
    assert_eq!(rows(&sql, query), ["BTC-USD,61660.03"]);
}

#[test]
fn vwap_adds_up_over_threads() {
    let world = World::new();
    let sql = world.sql();
    let query = "SELECT vwap(v, 2), count(*) FROM generate_series(1, 100000) AS t(v)";
    assert_eq!(rows(&sql, query), ["50000.5,100000"]);
    let query = "SELECT sum(v) FROM (SELECT vwap(v, 1) AS v FROM generate_series(1, 100000) \
        AS t(v) GROUP BY t.v % 10000)";
    assert_eq!(rows(&sql, query), ["500005000.0"]);
}
