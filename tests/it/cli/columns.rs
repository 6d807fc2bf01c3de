//! Files of rows and columns, from the command and from a job file.

use super::place::Place;

/// Trades as Binance publishes them: id, price, quantity, quote quantity, time, is the buyer maker.
fn trades(symbol_price: u32, from: u32) -> String {
    let row = |i: u32| {
        let (ms, price) = (1_704_067_200_000 + u64::from(i) * 250, symbol_price + i * i % 7);
        format!("{i},{price}.5,0.{:03},1,{ms},{}\n", i % 9 + 1, i.is_multiple_of(3))
    };
    (from..from + 400).map(row).collect()
}

fn place() -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path("day")).unwrap();
    let header = "id,price,qty,quote_qty,time,is_buyer_maker\n";
    place.write("day/BTCUSDT-trades-2024-01-01.csv", &trades(40_000, 1));
    place.write("day/BTCUSDT-trades-2024-01-02.csv", &(header.to_owned() + &trades(40_000, 401)));
    place.write("day/ETHUSDT-trades-2024-01-01.csv", &trades(2_000, 1));
    place
}

#[test]
fn a_directory_of_published_files_is_recorded_once() {
    let place = place();
    let ingest = ["ingest", "--format", "binance_trades", "--venue", "binance", "day"];
    assert!(place.ok(&ingest).contains("Recorded binancetrades-"));
    let counts = "SELECT string_agg(instrument || ' ' || n, ' and ' ORDER BY instrument) FROM \
                  (SELECT instrument, count(*) AS n FROM trades GROUP BY instrument)";
    assert_eq!(place.value(counts), "binance:BTCUSDT 800 and binance:ETHUSDT 400");
    // One buyer in three waited in the book: the other two came to it.
    let bought = "SELECT count(*) FROM trades WHERE side = 'buy' AND symbol = 'ETHUSDT'";
    assert_eq!(place.value(bought), "267");
    // A pattern that means the same files, and they again.
    for paths in ["day/*.csv", "day"] {
        let again = ["ingest", "--format", "binance_trades", "--venue", "binance", paths];
        assert!(place.ok(&again).contains("nothing changed"));
    }
}

#[test]
fn a_job_reads_such_files_as_it_reads_their_recording() {
    let place = place();
    place.ok(&["ingest", "--format", "binance_trades", "--venue", "binance", "day"]);
    let job = |source: &str| {
        format!(
            "[job]\nname = \"j\"\n[[source]]\n{source}\n[bars]\nm = {{ time = {{ every = \"5s\", \
             clock = \"receive\" }} }}\n[indicators]\nfast = {{ ema = {{ period = 3, on = \
             \"m.close\" }} }}\n"
        )
    };
    let files = "file = { format = \"binance_trades\", venue = \"binance\", paths = [\"day\"] }";
    place.write("files.toml", &job(files));
    place.write("lake.toml", &job("lake = { url = \"lake\", tables = [\"trades\"] }"));
    let [files, lake] = ["files", "lake"].map(|name| {
        place.json(&["run", &format!("{name}.toml"), "--json", "--run", name])["tables"].clone()
    });
    assert!(files["bars"]["rows"].as_u64().unwrap() > 20, "{files}");
    for table in ["bars", "readings"] {
        assert_eq!(files[table], lake[table], "{table}");
    }
}

#[test]
fn a_mapping_says_what_columns_mean() {
    let place = Place::new();
    place.write(
        "ticks.csv",
        "When;Pair;Px;Vol\n2024-01-01T00:00:00Z;A-USD;1.5;2\n\
                              2024-01-01T00:00:01Z;B-USD;2.5;3\n",
    );
    let mapping = "record = \"trade\"\ndelimiter = \";\"\nsymbol = \"Pair\"\ntime = { column = \
                   \"When\" }\ncolumns = { price = \"Px\", quantity = \"Vol\" }\n";
    place.write("map.toml", mapping);
    let ingest = |more: &[&str]| {
        let fixed = ["ingest", "--format", "columns", "--venue", "demo", "ticks.csv"];
        place.say(&[&fixed[..], more].concat())
    };
    let refused = |more: &[&str], why: &str| {
        let said = ingest(more);
        assert!(said.code == 2 && said.err.contains(why), "{}", said.err);
    };
    refused(&[], "give --mapping FILE");
    refused(&["--mapping", "map.toml"], "name those that count with --symbol");
    place.write("bad.toml", &mapping.replace("price", "prize"));
    refused(&["--mapping", "bad.toml", "--symbol", "A-USD"], "`columns` lacks `price`");
    let said = ingest(&["--mapping", "map.toml", "--symbol", "A-USD,B-USD"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(place.value("SELECT sum(price * quantity) FROM trades"), "10.5");
}

#[test]
fn klines_land_as_bars_of_the_venue_and_of_a_job() {
    let place = Place::new();
    let row = |minute: i64| {
        let (open, close) = (1_704_067_200_000 + minute * 60_000, 40_000 + minute);
        let end = open + 59_999;
        format!("{open},{close}.1,{close}.9,{close}.0,{close}.5,2,{end},80000,9,1,40000,0\n")
    };
    let klines: String = (0..600).map(row).collect();
    place.write("BTCUSDT-1m-2024-01-01.csv", &klines);
    let ingest = ["ingest", "--format", "binance_klines", "--venue", "binance"];
    place.ok(&[&ingest[..], &["BTCUSDT-1m-2024-01-01.csv"]].concat());
    let all = "SELECT count(*) || ' ' || sum(volume) || ' ' || sum(trades) || ' ' || max(high) \
               FROM candles";
    assert_eq!(place.value(all), "600 1200.0 5400 40599.9");
    let job = |clock: &str| {
        format!(
            "[job]\nname = \"j\"\n[[source]]\nlake = {{ url = \"lake\", tables = [\"candles\"] \
             }}\n[bars]\nm = {{ time = {{ every = \"1m\", clock = \"{clock}\", on = \"candles\" \
             }} }}\nh = {{ time = {{ every = \"1h\", clock = \"exchange\", on = \"m\" }} \
             }}\n[indicators]\nfast = {{ ema = {{ period = 3, on = \"m.close\" }} }}\n"
        )
    };
    place.write("wrong.toml", &job("receive"));
    let said = place.say(&["run", "wrong.toml"]);
    assert!(said.code == 2 && said.err.contains("write clock = \"exchange\""), "{}", said.err);
    place.write("job.toml", &job("exchange"));
    place.ok(&["run", "job.toml", "--quiet"]);
    let same = "SELECT count(*) FROM bars JOIN candles USING (instrument, open_ts, close_ts, open, \
                high, low, close, volume, buy_volume, trades) WHERE bars.ts = candles.ts AND name \
                = 'm' AND vwap IS NULL";
    assert_eq!(place.value(same), "600");
    let hours = "SELECT count(*) || ' ' || sum(volume) || ' ' || max(high) FROM bars WHERE name = \
                 'h'";
    assert_eq!(place.value(hours), "10 1200.0 40599.9");
    place.ok(&["verify", "job.toml", "--workers", "1,2", "--cuts", "2"]);
}
