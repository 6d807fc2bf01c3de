//! Which rows queries see, and the columns that are in no file.

use crate::world::{DAY, HOUR, World, record, rows, text, trade};
use query::{Format, Sql, latest_run};
use schemas::Table;
use std::fs;

#[test]
fn every_table_is_there_and_an_empty_one_has_no_rows() {
    let world = World::new();
    let sql = world.sql();
    for table in Table::ALL {
        rows(&sql, &format!("SELECT * FROM {table} LIMIT 1"));
    }
    assert_eq!(rows(&sql, "SELECT count(*) FROM fills"), ["0"]);
    assert_eq!(rows(&sql, "SELECT run, symbol, date, price FROM fills"), [""; 0]);
    assert_eq!(rows(&sql, "SELECT count(*) FROM trades"), ["4"]);
}

#[test]
fn market_tables_have_venue_symbol_and_date() {
    let world = World::new();
    let sql = world.sql();
    let found = rows(&sql, "SELECT venue, symbol, date, price FROM trades ORDER BY ts");
    let expected = [
        "binance,BTCUSDT,2024-08-08,61650.01",
        "binance,ETHUSDT,2024-08-08,2450.5",
        "coinbase,BTC-USD,2024-08-08,61660.03",
        "binance,BTCUSDT,2024-08-09,62000.0",
    ];
    assert_eq!(found, expected);
    for (filter, count) in [
        ("venue = 'binance'", "3"),
        ("symbol = 'BTCUSDT'", "2"),
        ("date = '2024-08-08'", "3"),
        ("date > DATE '2024-08-08'", "1"),
        ("venue = 'binance' AND date = '2024-08-08' AND symbol = 'ETHUSDT'", "1"),
        ("venue = 'coinbase' OR price > 61900", "2"),
        ("venue IS NULL", "0"),
        ("venue IN (SELECT 'coinbase')", "1"),
        ("ts >= '2024-08-08T01:00:00Z' AND ts < '2024-08-09'", "2"),
        ("venue LIKE 'coin%'", "1"),
    ] {
        let query = format!("SELECT count(*) FROM trades WHERE {filter}");
        assert_eq!(rows(&sql, &query), [count], "{filter}");
        let query = format!("SELECT count(price) FROM trades WHERE {filter}");
        assert_eq!(rows(&sql, &query), [count], "{filter}");
    }
}

#[test]
fn rows_without_an_instrument_have_the_venue_none() {
    let world = World::new();
    let mut nowhere = trade(DAY, "", 100, 1);
    nowhere.instrument = None;
    record(&world.lake, "third", &[nowhere]);
    let sql = world.sql();
    assert_eq!(rows(&sql, "SELECT count(*) FROM trades WHERE venue IS NULL"), ["0"]);
    for filter in ["venue = 'none'", "venue = 'none' OR price > 1e9", "symbol IS NULL"] {
        let query = format!("SELECT price, venue, symbol FROM trades WHERE {filter}");
        assert_eq!(rows(&sql, &query), ["1.0,none,"], "{filter}");
    }
}

#[test]
fn result_tables_have_run_symbol_and_date_and_can_be_narrowed_to_a_run() {
    let world = World::new();
    let all = world.sql();
    let query = "SELECT run, symbol, date, count(*) FROM ledger GROUP BY 1, 2, 3 ORDER BY 1";
    let expected = ["alpha,BTCUSDT,2024-08-08,10", "beta,BTCUSDT,2024-08-08,1"];
    assert_eq!(rows(&all, query), expected);
    assert_eq!(rows(&all, "SELECT symbol FROM signals"), ["BTC/USDT:USDT"]);

    for (run, count) in [("alpha", "10"), ("beta", "1"), ("latest", "1")] {
        let one = Sql::open(world.path(), Some(run)).unwrap();
        assert_eq!(rows(&one, "SELECT count(*) FROM ledger"), [count], "{run}");
        assert_eq!(rows(&one, "SELECT count(*) FROM trades"), ["4"], "market data stays");
    }
    assert_eq!(latest_run(&world.lake).unwrap().as_deref(), Some("beta"));
}

#[test]
fn readings_have_the_columns_of_all_runs() {
    let world = World::new();
    let query = "SELECT run, ema_12, rsi_14, tainted FROM readings ORDER BY run, ts";
    let expected = ["alpha,1.5,,false", "alpha,2.5,,false", "beta,,70.0,false"];
    assert_eq!(rows(&world.sql(), query), expected);

    let alpha = Sql::open(world.path(), Some("alpha")).unwrap();
    assert_eq!(rows(&alpha, "SELECT max(ema_12) FROM readings"), ["2.5"]);
    let names: Vec<String> =
        alpha.columns("readings").unwrap().into_iter().map(|c| c.name).take(4).collect();
    assert_eq!(names, ["ts", "instrument", "ema_12", "tainted"]);
}

#[test]
fn what_is_not_committed_is_not_there_until_it_is() {
    let world = World::new();
    world.write_without_commit("gamma");
    let sql = world.sql();
    assert_eq!(rows(&sql, "SELECT count(*), count(amount) FROM ledger"), ["11,11"]);
    assert_eq!(rows(&sql, "SELECT DISTINCT run FROM ledger ORDER BY 1"), ["alpha", "beta"]);
    // A file that someone put into a folder has no manifest.
    let place = &world.places(Table::Trades)[0];
    fs::copy(place, place.with_file_name("stray.parquet")).unwrap();
    assert_eq!(rows(&sql, "SELECT count(price) FROM trades"), ["4"]);

    record(&world.lake, "third", &[trade(DAY + 3 * HOUR, "kraken:XBT", 1, 1)]);
    assert_eq!(rows(&sql, "SELECT count(price) FROM trades"), ["4"]);
    sql.refresh().unwrap();
    assert_eq!(rows(&sql, "SELECT count(price) FROM trades"), ["5"]);
}

#[test]
fn committed_files_are_read_under_their_first_name_and_while_they_are_renamed() {
    let world = World::new();
    let sql = world.sql();
    let place = world.places(Table::Trades).remove(0);
    let first = place.with_extension("parquet.pending");
    let query = "SELECT sum(price_raw) FROM trades";
    let expected = rows(&sql, query);
    fs::rename(&place, &first).unwrap();
    assert_eq!(rows(&sql, query), expected, "renamed after the session was opened");
    let opened = world.sql();
    fs::rename(&first, &place).unwrap();
    assert_eq!(rows(&opened, query), expected);
    fs::remove_file(&place).unwrap();
    let error = crate::world::error(&sql, query);
    assert!(error.contains("not found: it was removed"), "{error}");
}

#[test]
fn numbers_are_exact() {
    let world = World::new();
    let sql = world.sql();
    let query = "SELECT count(*) FROM trades \
        WHERE price = price_raw / CAST('1e' || price_scale AS DOUBLE) \
        AND quantity = quantity_raw / CAST('1e' || quantity_scale AS DOUBLE)";
    assert_eq!(rows(&sql, query), ["4"]);
    let query = "SELECT sum(amount_exact) FROM ledger WHERE run = 'alpha'";
    assert_eq!(rows(&sql, query), ["1.000000000000"]);
    let query = "SELECT sum(amount_exact) FROM ledger";
    assert_eq!(rows(&sql, query), ["0.999999999993"]);
}

#[test]
fn files_are_left_out_and_counts_and_order_come_from_the_manifests() {
    let world = World::new();
    let sql = world.sql();
    let plan = |query: &str| text(&sql, &format!("EXPLAIN {query}"), Format::Table).unwrap();

    let all = plan("SELECT price FROM trades");
    assert_eq!(all.matches(".parquet").count(), 3, "{all}");
    for filter in ["venue = 'coinbase'", "date = '2024-08-09'", "ts >= '2024-08-08T23:00:00Z'"] {
        let some = plan(&format!("SELECT price FROM trades WHERE {filter}"));
        assert_eq!(some.matches(".parquet").count(), 1, "{some}");
    }
    let none = plan("SELECT price FROM trades WHERE date = '2020-01-01'");
    assert!(none.contains("EmptyExec"), "{none}");
    let filtered = plan("SELECT price FROM trades WHERE price > 100");
    assert!(filtered.contains("predicate=price"), "row groups are skipped: {filtered}");
    let narrow = plan("SELECT price FROM trades");
    assert!(narrow.contains("projection=[price]"), "{narrow}");

    for query in ["SELECT count(*) FROM trades", "SELECT min(ts), max(ts) FROM trades"] {
        let counted = plan(query);
        assert!(!counted.contains("DataSourceExec"), "{counted}");
    }
    assert_eq!(
        rows(&sql, "SELECT min(ts), max(ts) FROM trades"),
        ["2024-08-08T00:00:00Z,2024-08-09T00:00:00Z"]
    );
    let ordered = plan("SELECT ts, price FROM trades ORDER BY ts");
    assert!(!ordered.contains("SortExec"), "files are sorted already: {ordered}");
}

#[test]
fn views_live_in_the_session() {
    let world = World::new();
    let sql = world.sql();
    let made = "CREATE VIEW btc AS SELECT * FROM trades WHERE symbol LIKE 'BTC%'; \
        SELECT count(*) FROM btc";
    assert_eq!(rows(&sql, made), ["3"]);
    record(&world.lake, "third", &[trade(DAY + 3 * HOUR, "kraken:BTC", 1, 1)]);
    sql.refresh().unwrap();
    assert_eq!(rows(&sql, "SELECT count(*) FROM btc"), ["4"]);
    assert!(sql.columns("btc").unwrap().iter().any(|c| c.name == "venue"));
    text(&sql, "DROP VIEW btc", Format::Csv).unwrap();
    assert!(crate::world::error(&sql, "SELECT 1 FROM btc").contains("no table `btc`"));
    assert!(crate::world::error(&World::new().sql(), "SELECT 1 FROM btc").contains("no table"));
}
