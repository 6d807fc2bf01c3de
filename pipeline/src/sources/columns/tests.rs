mod damaged;

use super::*;
use arrow::{
    array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema},
};
use schemas::chunk::{Candle, Other, RowKind};
use std::{io::Write, sync::Arc};
use tempfile::TempDir;

/// BTCUSDT and ETHUSDT of a venue, with two decimal places of price and three of quantity.
fn instruments() -> Vec<Instrument> {
    let instrument = |symbol: &str| Instrument {
        id: format!("binance:{symbol}").parse().unwrap(),
        base: symbol[..3].into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: schemas::instrument::Kind::Spot,
        price_scale: 2,
        quantity_scale: 3,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    vec![instrument("BTCUSDT"), instrument("ETHUSDT")]
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Every row of the files in words, in order; the laws of a reader are checked.
fn read(layout: &Layout, paths: &[PathBuf]) -> Result<Vec<String>, SourceError> {
    let only = layout.symbol.is_none().then_some(0);
    let mut reader = Columns::open((3, 5), layout, paths, "binance", only, &instruments())?;
    let (mut rows, mut before) = (Vec::new(), None);
    while let Some(chunk) = reader.next()? {
        assert!(!chunk.is_empty() && chunk.len() <= CHUNK_ROWS + 1024);
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(before.is_none_or(|before| before < key), "{before:?} then {key:?}");
            assert_eq!((key.source_rank, key.source_partition), (3, 5));
            before = Some(key);
            let ms = chunk.ts[row] / 1_000_000 % 1_000_000;
            let (of, offset) = (chunk.instrument[row], chunk.offset[row]);
            rows.push(match chunk.slot(row) {
                (RowKind::Trade, slot) => {
                    let trades = &chunk.trades;
                    let (price, quantity) = (trades.price[slot], trades.quantity[slot]);
                    let (side, id) = (trades.side[slot], trades.id.get(slot));
                    format!("{offset} {ms} #{of} trade {price} {quantity} {side} {id}")
                }
                (RowKind::Quote, slot) => {
                    let quotes = &chunk.quotes;
                    let bid = (quotes.bid_price[slot], quotes.bid_quantity[slot]);
                    let ask = (quotes.ask_price[slot], quotes.ask_quantity[slot]);
                    format!("{offset} {ms} #{of} quote {bid:?} {ask:?} {}", quotes.update_id[slot])
                }
                (_, slot) => match &chunk.others[slot] {
                    Other::Reject { reason, origin, .. } => format!("{offset} {origin}: {reason}"),
                    Other::Candle(candle) => {
                        let Candle { prices, volume, buy_volume, trades, .. } = candle;
                        let from = candle.open_ts.0 / 1_000_000 % 1_000_000;
                        let to = candle.close_ts.0 / 1_000_000 % 1_000_000;
                        format!(
                            "{offset} {ms} #{of} candle {from} to {to} {prices:?} {volume} \
                             {buy_volume:?} {trades:?}"
                        )
                    }
                    other => panic!("{other:?}"),
                },
            });
        }
    }
    assert!(reader.next()?.is_none(), "the end stays the end");
    let (done, total) = reader.progress().unwrap();
    assert!(done <= total);
    Ok(rows)
}

/// A zip file of these members.
fn zipped<'a>(members: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut packed);
    for (place, text) in members.enumerate() {
        let name = format!("{place}.csv");
        let method = rawzip::CompressionMethod::DEFLATE;
        let (mut entry, config) =
            archive.new_file(&name).compression_method(method).start().unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, Default::default());
        let mut writer = config.wrap(encoder);
        writer.write_all(text.as_bytes()).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    packed
}

const TRADES: &str = "\
8,27000.10,0.500,13500.05,1704067200000,false,true
9,27000.00,1,27000,1704067200001,True,true
";

const READ: [&str; 2] =
    ["1 200000 #0 trade 2700010 500 1 8", "2 200001 #0 trade 2700000 1000 -1 9"];

#[test]
fn binance_trades_with_and_without_header_packed_or_plain() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    let rows = read(&layout, &[file(&folder, "plain.csv", TRADES.as_bytes())]).unwrap();
    assert_eq!(rows, READ);
    let header = "id,price,qty,quote_qty,time,is_buyer_maker\r\n";
    // Futures have no last column, and files from other systems other ends of lines.
    let futures = TRADES.replace(",true\n", "\r\n");
    let with_header = format!("\u{feff}{header}{futures}");
    let rows = read(&layout, &[file(&folder, "header.csv", with_header.as_bytes())]).unwrap();
    let later =
        |row: &str| row.replacen(&row[..1], &(row[..1].parse::<u64>().unwrap() + 1).to_string(), 1);
    assert_eq!(rows, READ.map(later));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(TRADES.as_bytes()).unwrap();
    let path = file(&folder, "plain.csv.gz", &packed.finish().unwrap());
    assert_eq!(read(&layout, &[path]).unwrap(), READ);
    let zip = zipped(TRADES.split_inclusive('\n'));
    assert_eq!(read(&layout, &[file(&folder, "plain.zip", &zip)]).unwrap(), READ);
    // A checksum that does not fit: rows count, and what is wrong is said.
    let mut zip = zipped(std::iter::once(TRADES));
    let directory = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[directory + 16] ^= 1;
    let rows = read(&layout, &[file(&folder, "wrong.zip", &zip)]).unwrap();
    assert_eq!(rows[..2], READ);
    assert!(rows.len() == 3 && rows[2].contains("damaged"), "{rows:?}");
    // Microseconds since 2025, and a file that goes on from another.
    let micro = TRADES.replace("17040672000", "17040672000000");
    let paths =
        [file(&folder, "a.csv", TRADES.as_bytes()), file(&folder, "b.csv", micro.as_bytes())];
    let rows = read(&layout, &paths).unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows[2].starts_with("3 200001 #0"), "{rows:?}");
}

#[test]
fn quotes_and_aggregated_trades() {
    let folder = tempfile::tempdir().unwrap();
    let quotes = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,\
                  transaction_time,event_time\n\
                  7,1.5,2,1.6,3.25,1704067200000,1704067200004\n8,1.5,2,0,0,1704067200001,1\n";
    let layout = Layout::built_in("binance_book_ticker").unwrap();
    let rows = read(&layout, &[file(&folder, "q.csv", quotes.as_bytes())]).unwrap();
    assert_eq!(
        rows,
        ["2 200000 #0 quote (150, 2000) (160, 3250) 7", "3 200001 #0 quote (150, 2000) (0, 0) 8"]
    );
    let trades = "11,2.5,4,100,101,1704067200000,true,true\n";
    let layout = Layout::built_in("binance_agg_trades").unwrap();
    let rows = read(&layout, &[file(&folder, "a.csv", trades.as_bytes())]).unwrap();
    assert_eq!(rows, ["1 200000 #0 trade 250 4000 -1 11"]);
}

/// A layout as a user writes it.
fn written(text: &str) -> Layout {
    let layout: Layout = serde_json::from_str(text).unwrap();
    layout.check().unwrap();
    layout
}

#[test]
fn columns_that_a_mapping_names() {
    let folder = tempfile::tempdir().unwrap();
    let layout = written(
        r#"{"record": "trade", "delimiter": ";", "symbol": "pair",
            "time": {"column": "when"}, "received": {"column": "got", "unit": "s"},
            "columns": {"price": "px", "quantity": "sz"},
            "side": {"column": "aggressor", "buy": ["B"], "sell": ["S"]}}"#,
    );
    let text = "when;got;pair;px;sz;aggressor\n\
                2024-01-01 00:00:00.5;1704067200.75;ETHUSDT;\"1.5\";2;b\n\
                2024-01-01T01:00:00+01:00;1704067201;BTCUSDT;1e-02;3e0;S\n\
                2024-01-01T00:00:01Z;1704067202;BTCUSDT;1;1;\n\
                2024-01-01;1704067203;XRPUSDT;1;1;\n\
                yesterday;1704067203;BTCUSDT;1;1;\n\
                2024-01-01;1704067203;BTCUSDT;1;1;both\n";
    let rows = read(&layout, &[file(&folder, "t.csv", text.as_bytes())]).unwrap();
    assert_eq!(
        rows,
        [
            "2 200750 #1 trade 150 2000 1 ",
            "3 201000 #0 trade 1 3000 -1 ",
            "4 202000 #0 trade 100 1000 0 ",
            "5 t.csv:5: binance:XRPUSDT is not read",
            "6 t.csv:6: time `yesterday` is no time in its unit",
            "7 t.csv:7: aggressor `both` says neither buy (B) nor sell (S)",
        ]
    );
}

#[test]
fn parquet_feather_and_json_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let columns: [(&str, ArrayRef); 5] = [
        ("id", Arc::new(StringArray::from(vec![Some("8"), None]))),
        ("price", Arc::new(Float64Array::from(vec![27000.1, 0.07]))),
        ("qty", Arc::new(StringArray::from(vec!["0.500", "1"]))),
        ("time", Arc::new(Int64Array::from(vec![1704067200000, 1704067200001]))),
        ("is_buyer_maker", Arc::new(BooleanArray::from(vec![Some(false), None]))),
    ];
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    assert_eq!(schema.field(1).data_type(), &DataType::Float64);
    let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
    let parquet = folder.path().join("t.parquet");
    let out = File::create(&parquet).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(out, schema.clone(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let feather = folder.path().join("t.feather");
    let out = File::create(&feather).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(out, &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let objects = r#"[{"id": "8", "price": 27000.1, "qty": "0.500", "time": 1704067200000,
        "is_buyer_maker": false}, {"time": 1704067200001, "price": 0.07, "qty": 1}]"#;
    let arrays = r#"[["8", 27000.1, 0.5, null, 1704067200000, false],
        [null, 0.07, 1, null, 1704067200001, null]]"#;
    let layout = Layout::built_in("binance_trades").unwrap();
    let files = [
        parquet,
        feather,
        file(&folder, "o.json", objects.as_bytes()),
        file(&folder, "a.json", arrays.as_bytes()),
    ];
    for path in files {
        let rows = read(&layout, std::slice::from_ref(&path)).unwrap();
        let want = ["1 200000 #0 trade 2700010 500 1 8", "2 200001 #0 trade 7 1000 0 "];
        assert_eq!(rows, want, "{}", path.display());
    }
}

#[test]
fn numbers_are_read_from_their_digits_however_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    // Of these a float would hold 17 digits.
    let rows = [
        ("1234567890123456.78", "1e-3", "123456789012345678 1"),
        ("12345678901234567.8e-1", "5E+0", "123456789012345678 5000"),
        ("0.0000012345e10", "1", "1234500 1000"),
        ("1e16", "1e15", "1000000000000000000 1000000000000000000"),
    ];
    let id = "18446744073709551615";
    let csv = rows.map(|(price, qty, _)| format!("{id},{price},{qty},1,1704067200000,false,\n"));
    let json = rows.map(|(price, qty, _)| format!("[{id},{price},{qty},1,1704067200000,false]"));
    let json = format!("[{}]", json.join(","));
    for (name, text) in [("a.csv", csv.concat()), ("a.json", json)] {
        let read = read(&layout, &[file(&folder, name, text.as_bytes())]).unwrap();
        let want = |(at, (.., raw)): (usize, &(_, _, &str))| {
            format!("{} 200000 #0 trade {raw} 1 {id}", at + 1)
        };
        assert_eq!(read, rows.iter().enumerate().map(want).collect::<Vec<_>>(), "{name}");
    }
    for price in ["1.2.3e5", "1e", "e5", "1e1e1", "1e401", "--1e1", "1.5e-2", "1e+-2", "1e30"] {
        let text = format!("7,1,1,1,1704067200000,true,\n8,{price},1,1,1704067200000,true,\n");
        let rows = read(&layout, &[file(&folder, "bad.csv", text.as_bytes())]).unwrap();
        assert!(rows[1].contains(&format!("price `{price}`")), "{}", rows[1]);
    }
}

#[test]
fn hostile_rows_are_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    let good = "1,1.5,1,1,1704067200000,true,true";
    let bad: [(&[u8], &str); 14] = [
        (b"id,price,qty,quote_qty,time,is_buyer_maker,is_best_match", "time `time` is no time"),
        (b"2,-1.5,1,1,1704067200001,true,true", "price `-1.5` is below zero"),
        (b"3,0,1,1,1704067200001,true,true", "price is zero"),
        (b"4,1.5,0,1,1704067200001,true,true", "quantity is zero"),
        (b"5,1.555,1,1,1704067200001,true,true", "price `1.555`"),
        (b"6,99999999999999999999,1,1,1704067200001,true,true", "price `99999999999999999999`"),
        (b"7,NaN,1,1,1704067200001,true,true", "price `NaN`"),
        (b"8,1.5,1,1,1704067100000,true,true", "goes back"),
        (b"9,1.5,1,1,1804067200000,true,true", "more than a year after"),
        (b"10,1.5,1,1,1704067,true,true", "time `1704067` is no time in its unit"),
        (b"11,1.5,1\0,1,1704067200001,true,true", "NUL byte"),
        (b"12,1.5,1\xff,1,1704067200001,true,true", "not UTF-8"),
        (b"13,1.5,1,1", "the row has 4 cells, the first one 7"),
        (b"14,1.5,1,1,1704067200001,\"tr\"ue\",true", "says neither buy"),
    ];
    for (line, reason) in bad {
        let text = [good.as_bytes(), line, good.as_bytes()].join(&b"\n"[..]);
        let rows = read(&layout, &[file(&folder, "bad.csv", &text)]).unwrap();
        assert_eq!(rows.len(), 3, "lines in are rows landed and rejected");
        assert!(rows[1].contains(reason) && rows[1].contains("bad.csv:2"), "{}", rows[1]);
        assert!(rows[0].contains("trade") && rows[2].contains("trade"));
    }
    let long = [good.as_bytes(), &vec![b'1'; 100 << 20], good.as_bytes()].join(&b"\n"[..]);
    let rows = read(&layout, &[file(&folder, "long.csv", &long)]).unwrap();
    assert!(rows[1].contains("longer than") && rows.len() == 3, "{}", rows[1]);
}

#[test]
fn files_of_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    let others: [(&str, &[u8], &str); 7] = [
        ("empty.csv", b"", "it is empty"),
        ("header.csv", b"a,b\n1,2\n", "its columns are a, b"),
        ("words.csv", b"1,2,3,4,5\nx,y\n", "a file with a column `is_buyer_maker`"),
        ("units.csv", b"1,1.5,1,1,17,true,true\n", "is no time in its unit"),
        ("broken.json", b"[[1, 2", "one JSON array of rows"),
        ("broken.parquet", b"PAR1 and nothing else", "Parquet"),
        ("broken.zip", b"PK\x03\x04 and nothing else", "zip"),
    ];
    for (name, bytes, reason) in others {
        let error = read(&layout, &[file(&folder, name, bytes)]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(reason), "{name}: {error}");
    }
    let text = r#"{"record": "quote", "time": {"column": "t"}, "columns": {"bid": "b"}}"#;
    let layout: Layout = serde_json::from_str(text).unwrap();
    assert_eq!(layout.check(), Err(LayoutError::Missing("bid_quantity", "quote")));
}

#[test]
fn a_zip_file_may_have_any_number_of_members() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    let lines = (0..20_000).map(|id| format!("{id},1.5,1,1,1704067200000,true,true\n"));
    let lines: Vec<String> = lines.collect();
    let zip = zipped(lines.iter().map(String::as_str));
    assert_eq!(read(&layout, &[file(&folder, "many.zip", &zip)]).unwrap().len(), 20_000);
}

const KLINES: &str = "\
1704067200000,42283.58,42298.62,42261.02,42298.61,35.927,1704067259999,1519032,1327,23.185,980394,0
1704067260000,42298.62,42320.00,42298.61,42320.00,21.16,1704067319999,895580,1348,11.686,494583,0
1704067320000,42319.99,42310.00,42311.00,42331.54,21.6,1704067379999,913889,1019,9.466,400477,0
1704067380000,42331.54,42353.1,42331.54,42350.4,3,1704067439999,127000,20,4,169000,0
";

#[test]
fn klines_take_effect_when_they_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_klines").unwrap();
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
                  taker_buy_volume,taker_buy_quote_volume,ignore\n";
    let expected = [
        "1 260000 #0 candle 200000 to 260000 [4228358, 4229862, 4226102, 4229861] 35927 \
         Some(23185) Some(1327)",
        "2 320000 #0 candle 260000 to 320000 [4229862, 4232000, 4229861, 4232000] 21160 \
         Some(11686) Some(1348)",
        "3 a.csv:3: no candle: open and close do not lie between low and high",
        "4 a.csv:4: no candle: the volumes do not fit each other",
    ];
    let rows = read(&layout, &[file(&folder, "a.csv", KLINES.as_bytes())]).unwrap();
    assert_eq!(rows, expected);
    let with_header = file(&folder, "b.csv", (header.to_owned() + KLINES).as_bytes());
    let rows = read(&layout, &[with_header]).unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0][1..], expected[0][1..]);
}

#[test]
fn a_candle_that_was_received_before_it_ended_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let layout = written(
        r#"{"record": "candle", "time": {"column": "at", "unit": "s"}, "span": "1m",
            "received": {"column": "got", "unit": "s"},
            "columns": {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}}"#,
    );
    let text = "at,got,o,h,l,c,v\n1704067200,1704067261,1,2,1,2,3\n\
                1704067260,1704067319,1,2,1,2,3\n";
    let rows = read(&layout, &[file(&folder, "c.csv", text.as_bytes())]).unwrap();
    assert!(rows[0].starts_with("2 261000 #0 candle 200000 to 260000"), "{rows:?}");
    assert!(rows.len() == 2 && rows[1].contains("before it ended"), "{rows:?}");
}
