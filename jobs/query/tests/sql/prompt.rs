//! What a prompt asks for: descriptions and completions.

use crate::world::World;
use query::{Sql, is_complete};
use schemas::Table;

fn described(sql: &Sql, table: Option<&str>) -> String {
    let mut out = Vec::new();
    sql.describe(table, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn tables_have_rows_files_and_a_sentence() {
    let world = World::new();
    let sql = world.sql();
    let tables = sql.tables();
    assert_eq!(tables.len(), Table::ALL.len());
    let trades = tables.iter().find(|t| t.name == "trades").unwrap();
    assert_eq!((trades.rows, trades.files, trades.market), (4, 3, true));
    let text = described(&sql, None);
    let line = text.lines().find(|line| line.starts_with("trades")).unwrap();
    assert_eq!(line, "trades          4      3  Trades as printed by the venue");
}

#[test]
fn columns_have_a_type_and_a_meaning() {
    let world = World::new();
    let sql = world.sql();
    let text = described(&sql, Some("trades"));
    let line = |name: &str| {
        let found = text.lines().find(|line| line.split(' ').next() == Some(name));
        found.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let ts = "ts TIMESTAMP UTC when it became known: the order of everything, UTC";
    assert_eq!(line("ts"), ts);
    assert_eq!(line("side"), "side TEXT yes the aggressor's side; null if unknown: buy, sell");
    assert_eq!(line("symbol"), "symbol TEXT yes part of instrument after the colon");
    assert_eq!(line("date"), "date DATE UTC date of ts");
    let ledger = sql.columns("LEDGER").unwrap();
    let exact = ledger.iter().find(|c| c.name == "amount_exact").unwrap();
    assert_eq!(exact.data_type, "DECIMAL(38,12)");
    assert!(ledger.iter().any(|c| c.name == "run") && ledger.iter().all(|c| !c.doc.is_empty()));
    assert!(sql.columns("nothing").is_err());
    // What is described is what is there, in the same order.
    for table in Table::ALL {
        let told: Vec<String> =
            sql.columns(table.name()).unwrap().into_iter().map(|c| c.name).collect();
        let query = format!("SELECT * FROM {table} LIMIT 0");
        let header = crate::world::text(&sql, &query, query::Format::Csv).unwrap();
        assert_eq!(header.trim_end(), told.join(","), "{table}");
    }
}

#[test]
fn words_are_completed() {
    let world = World::new();
    let sql = world.sql();
    assert_eq!(sql.complete("trad"), ["trade_id", "trade_intensity", "trades"]);
    assert_eq!(sql.complete("SEL"), ["SELECT"]);
    assert_eq!(sql.complete("sel"), ["select"]);
    assert_eq!(sql.complete("vwa"), ["vwap", "vwap_deviation"]);
    assert_eq!(sql.complete("ema_"), ["ema_12"], "columns of the readings too");
    assert_eq!(sql.complete("trades.price_s"), ["trades.price_scale"]);
    assert_eq!(sql.complete("t.amount_e"), ["t.amount_exact"], "an alias has any column");
    assert!(sql.complete("xyzzy").is_empty());
    assert!(is_complete("SELECT 1;") && !is_complete("SELECT"));
}
