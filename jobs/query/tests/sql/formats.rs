//! The forms of results, to the byte.

use crate::world::{World, text};
use query::{Format, QueryError};

const QUERY: &str = "SELECT ts, symbol, price, exchange_ts, price_raw FROM trades \
    WHERE venue = 'binance' ORDER BY ts LIMIT 2";

#[test]
fn csv() {
    let world = World::new();
    let sql = world.sql();
    let found = text(&sql, QUERY, Format::Csv).unwrap();
    let expected = "ts,symbol,price,exchange_ts,price_raw\n\
        2024-08-08T00:00:00Z,BTCUSDT,61650.01,,6165001\n\
        2024-08-08T01:00:00Z,ETHUSDT,2450.5,,245050\n";
    assert_eq!(found, expected);
    let none = text(&sql, "SELECT price FROM fills", Format::Csv).unwrap();
    assert_eq!(none, "price\n");
    let quoted = text(&sql, "SELECT reason FROM signals", Format::Csv).unwrap();
    assert_eq!(quoted, "reason\n\"a \"\"rule\"\", spoken\nin lines\"\n");
}

#[test]
fn json_and_json_lines() {
    let world = World::new();
    let sql = world.sql();
    let first = "{\"ts\":\"2024-08-08T00:00:00Z\",\"symbol\":\"BTCUSDT\",\"price\":61650.01,\
        \"exchange_ts\":null,\"price_raw\":6165001}";
    let second = "{\"ts\":\"2024-08-08T01:00:00Z\",\"symbol\":\"ETHUSDT\",\"price\":2450.5,\
        \"exchange_ts\":null,\"price_raw\":245050}";
    assert_eq!(text(&sql, QUERY, Format::Jsonl).unwrap(), format!("{first}\n{second}\n"));
    assert_eq!(text(&sql, QUERY, Format::Json).unwrap(), format!("[{first},{second}]\n"));
    assert_eq!(text(&sql, "SELECT price FROM fills", Format::Json).unwrap(), "[]\n");
    assert_eq!(text(&sql, "SELECT price FROM fills", Format::Jsonl).unwrap(), "");
}

#[test]
fn doubles_are_the_shortest_text_that_reads_back() {
    let query = "SELECT 0.1 + 0.2 AS a, CAST(0.1 AS DOUBLE) AS b, 1e-7 AS c, \
        CAST('NaN' AS DOUBLE) AS d, 123456789.125 AS e";
    let world = World::new();
    let sql = world.sql();
    let found = text(&sql, query, Format::Csv).unwrap();
    let cells: Vec<&str> = found.lines().nth(1).unwrap().split(',').collect();
    for (cell, value) in cells.iter().zip([0.1 + 0.2, 0.1, 1e-7, f64::NAN, 123456789.125]) {
        assert_eq!(cell.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{cell}");
        assert!(cell.len() <= format!("{value:?}").len() + 2, "{cell}");
    }
    let json = text(&sql, query, Format::Json).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value[0]["a"].as_f64(), Some(0.1 + 0.2));
    assert!(value[0]["d"].is_null());
}

#[test]
fn table() {
    let world = World::new();
    let sql = world.sql();
    let found = text(&sql, QUERY, Format::Table).unwrap();
    let expected = "\
ts                    symbol      price  exchange_ts  price_raw
--------------------  -------  --------  -----------  ---------
2024-08-08T00:00:00Z  BTCUSDT  61650.01                 6165001
2024-08-08T01:00:00Z  ETHUSDT    2450.5                  245050
(2 rows)
";
    assert_eq!(found, expected);
    let found = text(&sql, "SELECT 1 AS a; SELECT reason FROM signals", Format::Table).unwrap();
    assert_eq!(
        found,
        "a\n-\n1\n(1 row)\nreason\n-------------------------\n\
        a \"rule\", spoken in lines\n(1 row)\n"
    );
}

#[test]
fn parquet_holds_one_result_in_plain_types() {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let world = World::new();
    let sql = world.sql();
    let mut out = Vec::new();
    assert_eq!(sql.run(QUERY, Format::Parquet, &mut out).unwrap(), 2);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(out)).unwrap();
    let symbol = reader.schema().field_with_name("symbol").unwrap().clone();
    assert_eq!(symbol.data_type(), &arrow::datatypes::DataType::Utf8);
    let rows: usize = reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 2);
    let twice = sql.run("SELECT 1; SELECT 2", Format::Parquet, &mut Vec::new()).unwrap_err();
    assert!(matches!(twice, QueryError::ManyResults(2)), "{twice}");
}

#[test]
fn names_of_formats_are_read_back() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse::<Format>().unwrap(), format);
    }
    let wrong = "xml".parse::<Format>().unwrap_err().to_string();
    assert!(wrong.contains("table, csv, json, jsonl, parquet"), "{wrong}");
}
