//! Values set with `--set`, and sources that need files or a lake.

use operators::execution::VenueClock;
use pipeline::{
    lake::{EpochDraft, Facts, Lake},
    plan::Plan,
    sources::SourceKind,
};
use schemas::{Digest, EventTime, Span};
use std::{fs, path::Path};
use tapeflow::spec::{self, Files, JobError};

const FILES: &str = r#"[job]
name = "files"

[[source]]
[source.file]
format = "hftbacktest"
venue = "binance_usdm"
symbol = "BTCUSDT"
paths = ["absent.gz"]

[[source]]
file = { format = "jsonl", paths = ["also_absent.jsonl"], instruments = ["kraken:XBT-EUR"] }

[instruments."kraken:XBT-EUR"]
tick = "0.5"

[[strategy]]
name = "s"
on = "trade"
for = ["binance_usdm:BTCUSDT"]
long = "price > 1"
size = { fraction = 0.1 }

[execution.binance_usdm]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0.0002", taker = "0.0005" }
fill = { model = "displayed_depth", partial = true }
"#;

fn resolve(text: &str, set: &[&str], files: Files) -> Result<Plan, JobError> {
    let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
    spec::plan(Path::new("job.toml"), text, &set, files)
}

#[track_caller]
fn good(text: &str, set: &[&str]) -> Plan {
    resolve(text, set, Files::MayBeAbsent)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

#[track_caller]
fn told(text: &str, set: &[&str], files: Files) -> String {
    let error = resolve(text, set, files).map(drop).expect_err("this is no good job");
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100);
    let mut text = String::new();
    handler.render_report(&mut text, &error).unwrap();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn values_are_set_as_toml_or_else_as_text() {
    let plan = good(
        FILES,
        &[
            "job.seed=8",
            "job.name=other",
            "source.0.file.paths=[\"a\", \"b\"]",
            "instruments.\"kraken:XBT-EUR\".lot=0.25",
            "lake.url=./elsewhere",
            "lake.readings=none",
        ],
    );
    assert_eq!((plan.seed, plan.job.to_string()), (8, "other".to_owned()));
    let SourceKind::Hftbacktest { paths, .. } = &plan.sources[0].kind else { panic!("a feed") };
    assert_eq!(paths.len(), 2);
    assert_eq!(plan.lake.url, "./elsewhere");
    let kraken = &plan.instruments[plan.instrument("kraken:XBT-EUR").unwrap() as usize];
    assert_eq!(kraken.quantity_f64(kraken.lot), 0.25);
    assert_eq!((&*kraken.base, &*kraken.settle), ("XBT", "EUR"));
}

#[test]
fn errors_in_overrides_point_into_them() {
    let absent = Files::MayBeAbsent;
    insta::assert_snapshot!(told(FILES, &["job.sed=8"], absent), @r#"
     × unknown key `sed`
      ╭─[--set:1:5]
    1 │ job.sed=8
      ·     ─┬─
      ·      ╰── no such key here
      ╰────
     help: did you mean `seed`?
           keys: in_flight, name, seed
    "#);
    insta::assert_snapshot!(told(FILES, &["job.seed=8", "strategy.0.long=prise > 1"], absent), @r#"
     × no column or constant is named `prise`
      ╭─[--set:1:17]
    1 │ strategy.0.long=prise > 1
      ·                 ──┬──
      ·                   ╰── in this rule
      ╰────
     help: did you mean `price`?
    "#);
    insta::assert_snapshot!(told(FILES, &["source.7.file.format=jsonl"], absent), @r#"
     × `7` is no place in a list of 2, from 0
      ╭─[--set:1:8]
    1 │ source.7.file.format=jsonl
      ·        ─
      ╰────
    "#);
    insta::assert_snapshot!(told(FILES, &["job.seed"], absent), @r#"
     × an override has a path and a value
      ╭─[--set:1:1]
    1 │ job.seed
      · ────────
      ╰────
     help: write --set path.to.key=value, as in --set job.seed=8 or --set
           source.0.synthetic.minutes=60
    "#);
    insta::assert_snapshot!(told(FILES, &["job.name.first=a"], absent), @r#"
     × there is no `first` in what is a string
      ╭─[--set:1:10]
    1 │ job.name.first=a
      ·          ─────
      ╰────
    "#);
}

#[test]
fn files_must_be_there_when_the_job_is_to_run() {
    insta::assert_snapshot!(told(FILES, &[], Files::MustExist), @r#"
     × there is no file absent.gz
       ╭─[job.toml:9:10]
     8 │ symbol = "BTCUSDT"
     9 │ paths = ["absent.gz"]
       ·          ─────┬─────
       ·               ╰── not found
    10 │
       ╰────
     help: paths are relative to the working directory
    "#);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.toml");
    fs::write(&path, FILES).unwrap();
    assert!(spec::load(&path, &[], Files::MayBeAbsent).is_ok());
    let error = spec::load(&folder.path().join("none.toml"), &[], Files::MayBeAbsent).unwrap_err();
    assert!(error.to_string().starts_with("cannot read "), "{error}");
}

#[test]
fn who_has_no_tick_and_lot_is_not_traded() {
    let set = ["strategy.0.for=kraken:*"];
    insta::assert_snapshot!(told(FILES, &set, Files::MayBeAbsent), @r#"
     × tick and lot of `kraken:XBT-EUR` are not known, so it cannot be traded
      ╭─[--set:1:16]
    1 │ strategy.0.for=kraken:*
      ·                ────┬───
      ·                    ╰── traded here
      ╰────
     help: add
           [instruments."kraken:XBT-EUR"]
           tick = "0.01"
           lot = "0.001"
    "#);
    let plan = good(FILES, &[]);
    let kraken = &plan.instruments[plan.instrument("kraken:XBT-EUR").unwrap() as usize];
    assert_eq!((kraken.price_f64(kraken.tick), kraken.price_scale, kraken.lot), (0.5, 8, 1));
}

#[test]
fn sources_say_what_they_need() {
    let absent = Files::MayBeAbsent;
    let set = ["source.1.file.venue=kraken"];
    insta::assert_snapshot!(told(FILES, &set, absent), @r#"
     × `venue` does not go with jsonl: each record has its own
      ╭─[--set:1:15]
    1 │ source.1.file.venue=kraken
      ·               ──┬──
      ·                 ╰── not with this format
      ╰────
     help: name the instruments: instruments = ["venue:symbol"]
    "#);
    let set = ["source.0.file.format=jsonl"];
    insta::assert_snapshot!(told(FILES, &set, absent), @r#"
     × `venue` does not go with jsonl: each record has its own
      ╭─[job.toml:7:1]
    6 │ format = "hftbacktest"
    7 │ venue = "binance_usdm"
      · ──┬──
      ·   ╰── not with this format
    8 │ symbol = "BTCUSDT"
      ╰────
     help: name the instruments: instruments = ["venue:symbol"]
    "#);
    let set = ["source.0.file.venue=kraken"];
    insta::assert_snapshot!(told(FILES, &set, absent), @r#"
     × hftbacktest files of `kraken` cannot be read
      ╭─[--set:1:21]
    1 │ source.0.file.venue=kraken
      ·                     ───┬──
      ·                        ╰── not a venue of this format
      ╰────
     help: venues: binance, binance_coinm, binance_usdm
    "#);
    let set = ["source.0.file.symbol=\"../x\""];
    insta::assert_snapshot!(told(FILES, &set, absent), @r#"
     × `binance_usdm:../x` is no instrument: write venue:symbol, as in binance:BTCUSDT (letters,
     │ digits, `_`, `-`, `.`; the venue in lower case)
      ╭─[--set:1:22]
    1 │ source.0.file.symbol="../x"
      ·                      ───┬──
      ·                         ╰── not an instrument
      ╰────
    "#);
    let set = ["source.0.synthetic={ venue = \"demo\", instruments = 1, minutes = 1, seed = 1 }"];
    insta::assert_snapshot!(told(FILES, &set, absent), @r#"
     × a source is exactly one of file, synthetic, lake and kafka
      ╭─[job.toml:4:1]
    3 │
    4 │ [[source]]
      · ─────┬────
      ·      ╰── this one is not
    5 │ [source.file]
      ╰────
     help: write one [[source]] for each
    "#);
}

#[test]
fn a_lake_must_hold_recordings() {
    let job =
        "[job]\nname = \"a\"\n[[source]]\nlake = { url = \"./none\", tables = [\"trades\"] }\n";
    insta::assert_snapshot!(told(job, &[], Files::MayBeAbsent), @r#"
     × the lake ./none holds no recording
      ╭─[job.toml:4:16]
    3 │ [[source]]
    4 │ lake = { url = "./none", tables = ["trades"] }
      ·                ────┬───
      ·                    ╰── nothing recorded here
      ╰────
     help: record market data first: tapeflow ingest --lake … FILE
    "#);
    let set = ["source.0.lake.tables=[\"trades\", \"fills\"]"];
    insta::assert_snapshot!(told(job, &set, Files::MayBeAbsent), @r#"
     × `fills` is no table that a lake replays
      ╭─[--set:1:33]
    1 │ source.0.lake.tables=["trades", "fills"]
      ·                                 ───┬───
      ·                                    ╰── not replayed
      ╰────
     help: tables: book_deltas, book_orders, candles, funding, metrics, news, quotes, trades
    "#);
}

/// A lake in which two instruments were recorded: one with its tick and lot, one without.
fn recorded(folder: &Path) -> String {
    let lake = Lake::open(&folder.to_string_lossy()).unwrap();
    let mut journal = lake.start_recording("r", "ingest", Digest::default()).unwrap().unwrap();
    let known = spec::known_instrument(&"binance:ETHUSDT".parse().unwrap()).unwrap();
    let unknown = spec::assumed_instrument(&"kraken:XBT-EUR".parse().unwrap());
    let instruments = vec![known, unknown];
    journal.set_facts(Facts { sources: Vec::new(), instruments });
    journal.commit(EpochDraft::last(EventTime(0), Vec::new(), None)).unwrap();
    format!(
        "[job]\nname = \"a\"\n[[source]]\nlake = {{ url = \"{}\", tables = [\"trades\"] }}\n",
        folder.display()
    )
}

#[test]
fn a_lake_says_what_it_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let job = recorded(folder.path());
    let plan = good(&job, &[]);
    let ids: Vec<String> = plan.instruments.iter().map(|i| i.id.to_string()).collect();
    assert_eq!(ids, ["binance:ETHUSDT", "kraken:XBT-EUR"]);
    let only = "source.0.lake.instruments=[\"kraken:XBT-EUR\"]";
    let plan = good(&job, &[only]);
    let SourceKind::Lake { tables, instruments, .. } = &plan.sources[0].kind else {
        panic!("lake")
    };
    assert_eq!((&tables[..], &instruments[..]), (&[schemas::Table::Trades][..], &[0][..]));
    let other = "source.0.lake.instruments=[\"kraken:XBTEUR\"]";
    let error = resolve(&job, &[other], Files::MustExist).unwrap_err();
    assert!(error.to_string().starts_with("`kraken:XBTEUR` was not recorded"), "{error}");
}

#[test]
fn without_quotes_the_half_spread_is_stated() {
    let folder = tempfile::tempdir().unwrap();
    let job = recorded(folder.path());
    let terms = [
        "execution.binance.latency={ entry = \"1ms\", response = \"1ms\" }",
        "execution.binance.fees={ maker = 0, taker = 0 }",
        "execution.binance.fill={ model = \"displayed_depth\", partial = true }",
    ];
    let error = resolve(&job, &terms, Files::MustExist).unwrap_err();
    assert!(error.to_string().starts_with("the sources hold no quotes"), "{error}");
    let stated = [&terms[..], &["execution.binance.fill.half_spread=0.01"]].concat();
    good(&job, &stated);
    let quotes = [&terms[..], &["source.0.lake.tables=[\"trades\", \"quotes\"]"]].concat();
    good(&job, &quotes);
}

#[test]
fn a_venue_may_match_by_its_own_clock() {
    let clock = |set: &[&str]| {
        let plan = good(FILES, &[&["execution.binance_usdm.match_on=exchange"], set].concat());
        let said: Vec<String> =
            plan.assumptions.iter().filter(|all| all.starts_with("clock")).cloned().collect();
        assert_eq!(plan.market.clocks.len(), 1);
        (*plan.market.clocks.values().next().unwrap(), plan.lag(), said)
    };
    let (of_venue, lag, _) = clock(&[]);
    assert_eq!(of_venue, VenueClock { offset: 0, max_latency: Span::SECOND });
    assert_eq!(lag, Span::SECOND);
    let stated = [
        "execution.binance_usdm.clock_offset=-1273156851ns",
        "execution.binance_usdm.max_latency=150ms",
    ];
    let (of_venue, lag, said) = clock(&stated);
    let max_latency = Span(150_000_000);
    assert_eq!(of_venue, VenueClock { offset: -1_273_156_851, max_latency });
    assert_eq!(lag, max_latency);
    let expected = [
        "clock: records are ordered by the time of receipt; accounts end 150ms before the input, \
         because until then it is not known what happened at the venue",
        "clock of binance_usdm: orders meet the market when it happened by the venue's clock, \
         taken to be 1273156851ns behind ours; a record is taken to travel for 0s to 150ms, and \
         for no time if it does not say when it happened",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_synthetic_market_begins_when_it_is_told() {
    let job = |start: &str| {
        let text = format!(
            "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", instruments = 1, \
             minutes = 1, seed = 1, start = {start} }}\n"
        );
        let plan = good(&text, &[]);
        let SourceKind::Synthetic(market) = &plan.sources[0].kind else { panic!("synthetic") };
        market.start.to_string()
    };
    let moment = "2024-08-08T12:30:00Z";
    assert_eq!(job(moment), moment);
    assert_eq!(job(&format!("\"{moment}\"")), moment);
    assert_eq!(job("2024-08-08"), "2024-08-08T00:00:00Z");
    assert_eq!(job("0"), "1970-01-01T00:00:00Z");
}
