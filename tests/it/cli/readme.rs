//! What README.md says is so: its commands work, and its numbers are those that come out.

use super::place::Place;
use std::{env, fs, path::Path, process::Command};

/// Three messages as hftbacktest's collector writes them.
const FEED: &str = concat!(
    r#"1723161255030314667 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255000,"#,
    r#""T":1723161254999,"s":"BTCUSDT","t":1,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#,
    "\n",
    r#"1723161256030314667 {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":2,"#,
    r#""s":"BTCUSDT","b":"61800.20","B":"1.5","a":"61800.30","A":"2.5","T":1723161255999,"#,
    r#""E":1723161256000}}"#,
    "\n",
    r#"1723161257030314667 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161257000,"#,
    r#""T":1723161256999,"s":"BTCUSDT","t":2,"p":"61800.20","q":"0.010","X":"MARKET","m":true}}"#,
    "\n",
);

/// A trade as cryptofeed captures it from Kraken.
const CAPTURE: &str = concat!(
    r#"{"t":"header","format":2,"exchange":"KRAKEN","recorded":1618678132.358447}"#,
    "\n",
    r#"{"t":"recv","conn":"KRAKEN.ws.48","ts":1618678142.592855,"data":"[993,[[\"354.11000000\","#,
    r#"\"0.89594024\",\"1618678142.557535\",\"s\",\"l\",\"\"]],\"trade\",\"XMR/USD\"]"}"#,
    "\n",
);

/// Levels of Tardis.
const LEVELS: &str = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n\
    deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,ask,6421.5,18640\n\
    deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,bid,6421,10\n";

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let (text, fence) = (readme(), format!("```{language}\n"));
    let parts = text.split(fence.as_str()).skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

/// Copies a folder with what is below it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// A place with the job files, the feed and the tables that the README speaks of.
fn checkout() -> Place {
    let place = Place::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("config"), &place.path("config"));
    place.write("feed.txt", FEED);
    place.write("KRAKEN.jsonl.zst", CAPTURE);
    place.write("incremental_book_L2.csv.gz", LEVELS);
    let messages = "AAPL_2012-06-21_34200000_57600000_message_10.csv";
    place.write(messages, "34200.5,1,11,100,5853300,1\n34201,4,11,30,5853300,1\n");
    fs::create_dir(place.path("data")).unwrap();
    let trade = "1,42000.5,0.1,4200.05,1704067200000,true,true\n";
    place.write("data/BTCUSDT-trades-2024-01-01.csv", trade);
    let mapping = blocks("toml").into_iter().find(|block| block.contains("# columns.toml"));
    place.write("columns.toml", &mapping.unwrap());
    let row = "1704067200000,1704067200000000123,1.5,2,7,B,A-USD\n";
    let orders = root.join("tests/fuzz/corpus/databento/orders");
    fs::copy(orders, place.path("glbx-mdp3-20240508.mbo.dbn.zst")).unwrap();
    place.write("ticks.csv", &("when,seen,px,qty,n,taker,pair\n".to_owned() + row));
    place
}

#[test]
fn the_quickstart_prints_what_is_shown() {
    let place = checkout();
    let out = place.ok(&["run", "config/quickstart.toml"]);
    let shown = blocks("text").into_iter().find(|block| block.contains("equity")).unwrap();
    for line in shown.lines() {
        let prints = out.lines().any(|printed| printed == line);
        assert!(prints, "README.md shows a line that the quickstart does not print: {line}\n{out}");
    }
}

#[test]
fn news_moves_the_trades_that_are_shown() {
    let place = checkout();
    let (mut out, mut commands) = (String::new(), 0);
    let block = blocks("sh").into_iter().find(|block| block.contains("news.toml")).unwrap();
    for line in block.lines() {
        let query = line.split('"').nth(1);
        let words = line.split('"').next().unwrap().split_whitespace().skip(1);
        out.push_str(&place.ok(&words.chain(query).collect::<Vec<_>>()));
        commands += 1;
    }
    assert_eq!(commands, 4);
    let shown = blocks("text").into_iter().find(|block| block.contains("probe")).unwrap();
    for line in shown.lines() {
        let prints = out.lines().any(|printed| printed.trim_end() == line);
        assert!(prints, "README.md shows a line that is not printed: {line}\n{out}");
    }
}

#[test]
fn every_command_works() {
    let place = checkout();
    let program = Path::new(env!("CARGO_BIN_EXE_tapeflow"));
    let search = format!("{}:{}", program.parent().unwrap().display(), env::var("PATH").unwrap());
    let mut count = 0;
    for line in blocks("sh").iter().flat_map(|block| block.lines()) {
        let line = line.replace("cargo run --release --", "tapeflow");
        if !line.starts_with("tapeflow ") {
            continue;
        }
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(place.path("."))
            .env("PATH", &search)
            .env("FEED", "feed.txt")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {error}");
        count += 1;
    }
    assert!(count > 15, "{count} commands");
    assert_eq!(place.value("SELECT count(*) FROM rejects WHERE stage <> 'duplicate'"), "0");
}

#[test]
fn the_first_commands_are_these() {
    let blocks = blocks("sh");
    assert_eq!(blocks[0], "cargo run --release -- run config/quickstart.toml\n");
    assert_eq!(blocks[1], "cargo test --release\n");
}

#[test]
fn the_job_file_is_one() {
    let place = checkout();
    let blocks = blocks("toml");
    let job = blocks.iter().find(|block| block.contains("[job]")).unwrap();
    place.write("job.toml", job);
    place.ok(&["run", "job.toml"]);
    let source = blocks.iter().find(|block| block.contains("lake = {")).unwrap();
    let (head, tail) = job.split_once("[[source]]").unwrap();
    let rest = &tail[tail.find("[bars]").unwrap()..];
    place.ok(&["generate", "--symbols", "2", "--minutes", "60", "--out", "./lake"]);
    place.write("replay.toml", &format!("{head}{source}\n{rest}"));
    place.ok(&["run", "replay.toml", "--replace"]);
}
