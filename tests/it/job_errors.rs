//! What a bad job file is told. Each case is a good job with one thing changed; the whole message
//! is kept in `tests/golden/job_errors`.

use std::path::Path;
use tapeflow::spec::{self, Files, JobError};

mod clocks;
mod exits;
mod fills;
mod legs;
mod margin;
mod markouts;
mod orders;
mod quotes;
mod worlds;

/// A job in which everything is in order.
const GOOD: &str = r#"[job]
name = "trend"
seed = 7

[constants]
half = 0.5

[[source]]
synthetic = { venue = "demo", instruments = 2, minutes = 10, seed = 7 }

[bars]
bar_1m = { time = { every = "1m", clock = "receive" } }

[indicators]
fast = { ema = { period = 12, on = "bar_1m.close" } }
slow = { ema = { period = 26, on = "bar_1m.close" } }
atr = { atr = { period = 14, on = "bar_1m" } }
trend = { macd = { fast = 12, slow = 26, signal = 9, on = "trade.price" } }

[features]
imbalance = { book_imbalance = { levels = 5 } }

[[account]]
name = "paper"
cash = { USDT = "10000" }

[[strategy]]
name = "cross"
account = "paper"
on = "bar_1m"
for = ["demo:SYN0001", "demo:*"]
long = "crosses_above(fast, slow) AND imbalance > 0.2"
short = "crosses_below(fast, slow)"
size = { risk = 0.01, distance = "2 * atr" }
order = { limit = "bid", post_only = true, timeout = "60s", then = "market" }

[risk]
max_position = { fraction = 0.25 }

[execution.demo]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0.0002", taker = "0.0005" }
fill = { model = "displayed_depth", partial = true }
"#;

fn told(error: &JobError) -> String {
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100);
    let mut text = String::new();
    handler.render_report(&mut text, error).unwrap();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[track_caller]
fn refused(text: &str, overrides: &[&str]) -> JobError {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    match spec::plan(Path::new("job.toml"), text, &overrides, Files::MustExist) {
        Err(error) => error,
        Ok(_) => panic!("this is taken for a good job:\n{text}\n{overrides:?}"),
    }
}

/// The good job with `from` replaced by `to`. The error must stand where `token` begins, which the
/// changed job holds once.
#[track_caller]
fn case(name: &str, from: &str, to: &str, token: &str) {
    case_of(GOOD, name, from, to, token);
}

/// The same of another good job.
#[track_caller]
fn case_of(good: &str, name: &str, from: &str, to: &str, token: &str) {
    assert_eq!(good.matches(from).count(), 1, "{name}: {from}");
    let text = good.replace(from, to);
    let error = refused(&text, &[]);
    let shown = told(&error);
    assert_eq!(text.matches(token).count(), 1, "{name}: {token}\n{shown}");
    let at = text.find(token).unwrap();
    let line = text[..at].matches('\n').count() + 1;
    let column = text[..at].chars().rev().take_while(|c| *c != '\n').count() + 1;
    assert_eq!(error.position(), Some((line, column)), "{name}\n{shown}");
    keep(name, &shown);
}

fn keep(name: &str, shown: &str) {
    insta::with_settings!({
        snapshot_path => "../golden/job_errors",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, shown);
    });
}

#[test]
fn the_good_job_is_good() {
    let plan = spec::plan(Path::new("job.toml"), GOOD, &[], Files::MustExist);
    let plan = plan.unwrap_or_else(|error| panic!("{}", told(&error)));
    assert_eq!(plan.accounts[0].strategies[0].name.to_string(), "cross");
}

#[test]
fn a_job_has_a_name_and_a_source() {
    keep("empty_file", &told(&refused("", &[])));
    keep("no_source", &told(&refused("[job]\nname = \"a\"\n", &[])));
    keep("empty_source", &told(&refused("source = []\n[job]\nname = \"a\"\n", &[])));
}

/// Values that are likely to surprise.
const ODD: [&str; 14] = [
    "-1",
    "0",
    "\"\"",
    "[]",
    "{}",
    "nan",
    "inf",
    "1e300",
    "9223372036854775807",
    "\"é\"",
    "'\"'",
    "2024-08-08",
    "true",
    "\"*\"",
];

/// Where the values of a job stand.
fn values(job: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in job.match_indices(" = ") {
        let start = at + 3;
        let rest = &job[start..];
        let end = match rest.strip_prefix('"') {
            Some(text) => text.find('"').unwrap() + 2,
            None => rest.find([',', ' ', '\n']).unwrap(),
        };
        found.push(start..start + end);
    }
    found
}

#[test]
fn whatever_a_file_holds_there_is_an_answer() {
    let answer = |text: &str| {
        if let Err(error) = spec::plan(Path::new("job.toml"), text, &[], Files::MustExist) {
            assert!(!told(&error).is_empty());
        }
    };
    for end in 0..GOOD.len() {
        answer(&GOOD[..end]);
        answer(&format!("{}{}", &GOOD[..end], &GOOD[end + 1..]));
    }
    for job in [GOOD.to_owned(), quotes::quoting()] {
        let values = values(&job);
        assert!(values.len() > 40, "{}", values.len());
        for value in values {
            for odd in ODD {
                answer(&format!("{}{odd}{}", &job[..value.start], &job[value.end..]));
            }
        }
    }
}

#[test]
fn keys_and_types() {
    case("unknown_key", "period = 12", "perod = 12", "perod");
    case("unknown_section", "[features]", "[feature]", "feature]");
    case("unknown_source", "synthetic =", "synthetik =", "synthetik");
    let market = "synthetic = { venue = \"demo\", instruments = 2, minutes = 10, seed = 7 }";
    let captures = |rest: &str| {
        format!("file = {{ format = \"cryptofeed\", paths = [\"config/feed.toml\"]{rest} }}")
    };
    case("captures_of_any", market, &captures(""), "file = {");
    let symbol = captures(", symbol = \"XBT/USD\"");
    case("captures_with_a_symbol", market, &symbol, "symbol = \"XBT");
    let venue = captures(", instruments = [\"kraken:XBT/USD\", \"krakn:A\"]");
    case("captures_of_another_venue", market, &venue, "\"krakn:A");
    case("wrong_type", "seed = 7\n\n", "seed = \"seven\"\n\n", "\"seven\"");
    case("wrong_type_of_table", "cash = { USDT = \"10000\" }", "cash = 10000", "10000");
    case("wrong_decimal", "USDT = \"10000\"", "USDT = \"10,000\"", "\"10,000\"");
    case("record_of_a_tape", "[constants]", "[lake]\nrecord = true\n\n[constants]", "true\n\n[con");
    case("record_without_a_name", "[constants]", "[lake]\nrecord = 7\n\n[constants]", "7\n\n[con");
    let kafka = "kafka = { brokers = \"localhost:9092\", topics = [\"md\"], start = \"earliest\", \
         instruments = [\"demo:SYN0001\"], history = { lake = \"./none\", recording = \"md2\" } }";
    let synthetic = "synthetic = { venue = \"demo\", instruments = 2, minutes = 10, seed = 7 }";
    case("history_of_nothing", synthetic, kafka, "\"md2\"");
    case("wrong_span", "timeout = \"60s\"", "timeout = \"1min\"", "\"1min\"");
    case("missing_key", "entry = \"1ms\", ", "", "{ response");
    case("missing_parameter", "ema = { period = 12, on", "hurst = { on", "{ on");
    case("syntax", "half = 0.5", "half = 0.5.5", ".5\n");
    case("duplicate_key", "half = 0.5", "half = 0.5\nhalf = 1.0", "half = 1.0");
}

#[test]
fn indicators_bars_and_features() {
    case("unknown_indicator", "fast = { ema", "fast = { emma", "emma");
    case("zero_period", "period = 26", "period = 0", "0, on");
    case("no_input", "period = 14, on = \"bar_1m\"", "period = 14", "atr = { period");
    case("unknown_input", "26, on = \"bar_1m.close\"", "26, on = \"bar_1m.clsoe\"", "\"bar_1m.cls");
    case("bar_needed", "14, on = \"bar_1m\"", "14, on = \"bar_1m.high\"", "\"bar_1m.high");
    let high_low = "14, on = { high = \"bar_1m.high\", low = \"bar_1m.low\" }";
    case("missing_bar_column", "14, on = \"bar_1m\"", high_low, "{ high");
    let with_open = "14, on = { open = \"bar_1m.open\" }";
    case("column_not_read", "14, on = \"bar_1m\"", with_open, "open = ");
    case("no_bar_column", "14, on = \"bar_1m\"", "14, on = \"trend\"", "\"trend\" }");
    case("given_twice", "period = 26, on", "timeperiod = 26, period = 26, on", "timeperiod");
    let both = "fast = { sub = { on = [\"bar_1m.close\", \"trend_macd\"] } }";
    let ema = "fast = { ema = { period = 12, on = \"bar_1m.close\" } }";
    case("other_moments", ema, both, "\"trend_macd\"");
    case("several_outputs", "26, on = \"bar_1m.close\"", "26, on = \"trend\"", "\"trend\" }");
    case("two_kinds", "fast = { ema = {", "fast = { sma = { period = 1 }, ema = {", "{ sma");
    case("unknown_bar_kind", "bar_1m = { time", "bar_1m = { tim", "tim = ");
    case("zero_bar", "every = \"1m\"", "every = \"0s\"", "\"0s\"");
    case("zero_levels", "levels = 5", "levels = 0", "0 } }");
    let window = "window_sum = { on = \"trade.quantity\", from = \"1s\", to = \"2s\" }";
    case("window_ends_first", "book_imbalance = { levels = 5 }", window, "\"1s\"");
    let bar = "tick = { count = 5, on = \"bar_2m\" }";
    case("bar_of_no_bar", "time = { every = \"1m\", clock = \"receive\" }", bar, "\"bar_2m\"");
    let circle = "fast = { ema = { period = 12, on = \"slow\" } }\n\
                  slow = { ema = { period = 26, on = \"fast\" } }";
    let lines = GOOD.lines().filter(|l| l.starts_with("fast =") || l.starts_with("slow ="));
    case("cycle", &lines.collect::<Vec<_>>().join("\n"), circle, "\"slow\"");
}

#[test]
fn names() {
    case("name_of_a_column", "\natr = {", "\nmid = {", "mid");
    case("name_twice", "imbalance = { book", "fast = { book", "fast = { ema");
    case("name_of_an_output", "half = 0.5", "trend_signal = 0.5", "trend = { macd");
    case("name_of_an_account_column", "half = 0.5", "position = 0.5", "position = 0.5");
    case("name_of_readings", "half = 0.5", "source_rank = 0.5", "source_rank");
    case("name_with_capitals", "half = 0.5", "Half = 0.5", "Half");
    case("job_name", "name = \"trend\"", "name = \"a b\"", "\"a b\"");
}

#[test]
fn rules() {
    let short = "\"crosses_below(fast, slow)\"";
    case("missing_column", "imbalance > 0.2\"", "imbalence > 0.2\"", "imbalence");
    case("now", short, "\"fast > slow AND now() > 0\"", "now()");
    case("rule_syntax", short, "\"fast >\"", ">\"\nsize");
    case("rule_is_a_number", short, "\"fast\"", "fast\"");
    case("rule_with_escapes", short, "\"fast\\t< slwo\"", "\"fast\\t");
    case("rule_in_three_quotes", short, "'''\nfast\n < slwo'''", "slwo");
    case("distance", "\"2 * atr\"", "\"2 * atrr\"", "atrr");
    case("limit_price", "limit = \"bid\"", "limit = \"bidd\"", "bidd");
}

#[test]
fn strategies_and_accounts() {
    case("unknown_instrument", "\"demo:SYN0001\"", "\"demo:SYN0009\"", "\"demo:SYN0009\"");
    case("unknown_venue", "\"demo:*\"]", "\"dema:*\"]", "\"dema:*\"");
    case("unknown_account", "account = \"paper\"", "account = \"papr\"", "\"papr\"");
    case("unknown_trigger", "on = \"bar_1m\"\n", "on = \"bar_5m\"\n", "\"bar_5m\"");
    let size = "size = { risk = 0.01, distance = \"2 * atr\" }";
    case("two_sizes", size, "size = { fraction = 0.1, notional = 100 }", "{ fraction = 0.1");
    case("risk_without_distance", size, "size = { risk = 0.01 }", "risk = ");
    case("negative_quantity", size, "size = { quantity = \"-1\" }", "\"-1\"");
    case("then_without_timeout", "timeout = \"60s\", ", "", "then");
    case("wrong_currency", "USDT = \"10000\"", "EUR = \"10000\"", "[\"demo:SYN");
    let second = "\n[[account]]\nname = \"paper\" # too\ncash = { USDT = 1 }\n\n[[strategy]]";
    case("account_twice", "\n[[strategy]]", second, "\"paper\" # too");
    case("unknown_rule", "short = \"crosses", "shrt = \"crosses", "shrt");
    let rules = &GOOD[GOOD.find("long = ").unwrap()..GOOD.find("size = ").unwrap()];
    case("no_rule", rules, "flat = \"fast > slow\"\n", "\"cross\"");
}

#[test]
fn terms() {
    case(
        "missing_latency",
        "latency = { entry = \"1ms\", response = \"1ms\" }\n",
        "",
        "[execution",
    );
    let constant = "{ entry = \"1ms\", response = \"1ms\" }";
    let drawn = |delay: &str| format!("{{ entry = \"1ms\", response = {delay} }}");
    case("latency_one_way", constant, "{ entry = \"1ms\" }", "{ entry = \"1ms\" }");
    case("latency_without_unit", "entry = \"1ms\"", "entry = \"1\"", "\"1\"");
    case("unknown_distribution", constant, &drawn("{ normal = 1 }"), "normal");
    case("no_distribution", constant, &drawn("{}"), "{}");
    let wide = drawn("{ log_normal = { median = \"1ms\", sigma = 30 } }");
    case("wide_latency", constant, &wide, "30 }");
    let floor = drawn("{ log_normal = { median = \"1ms\", sigma = 1, min = \"3ms\" } }");
    case("floor_above_the_median", constant, &floor, "\"3ms\"");
    let empty = drawn("{ uniform = { from = \"2ms\", to = \"2ms\" } }");
    case("empty_uniform", constant, &empty, "\"2ms\" } }");
    let mean = drawn("{ exponential = { min = \"5ms\", mean = \"3ms\" } }");
    case("mean_below_the_floor", constant, &mean, "\"3ms\"");
    case("missing_log", constant, "{ file = \"config/log.csv\" }", "\"config/log.csv\"");
    let news = "config/news/symbols.toml";
    case("log_is_another_file", constant, &format!("{{ file = \"{news}\" }}"), "\"config/news");
    let both = "{ entry = \"1ms\", file = \"log.csv\" }";
    case("log_and_constant", constant, both, "file = \"log.csv\"");
    case("missing_execution", &GOOD[GOOD.find("[execution").unwrap()..], "", "[\"demo:SYN");
    let fees = "taker = \"0.0005\" }";
    let tier = "{ volume = \"9\", maker = \"0\", taker = \"0\" }";
    let twice = format!("taker = \"0.0005\", tiers = [{tier}, {}] }}", tier.replace('9', "8"));
    case("tiers_in_disorder", fees, &twice, "\"8\"");
    case("traded_for_nothing", fees, "taker = \"0.0005\", traded = \"9\" }", "traded");
    case("whole_rebate", "maker = \"0.0002\"", "maker = \"-1\"", "\"-1\"");
    case("large_fee", "taker = \"0.0005\"", "taker = \"5\"", "\"5\"");
    case("unknown_model", "\"displayed_depth\"", "\"displayd_depth\"", "\"displayd_depth\"");
    case("no_partial", ", partial = true", "", "fill = ");
    let next = "fill = { model = \"next_trade\" }";
    case(
        "no_half_spread",
        "fill = { model = \"displayed_depth\", partial = true }",
        next,
        "fill =",
    );
    let open = "fill = { model = \"next_open\", half_spread = \"0\" }";
    case(
        "no_candles",
        "fill = { model = \"displayed_depth\", partial = true }",
        open,
        "\"next_open\"",
    );
    let queue = |queue: &str| format!("partial = true, queue = {queue} }}");
    case("unknown_queue", "partial = true }", &queue("\"risk_avers\""), "\"risk_avers\"");
    let power = queue("{ power_prob3 = 0 }");
    case("queue_without_power", "partial = true }", &power, "0 } }");
    let next = "fill = { model = \"next_trade\", half_spread = \"0.01\", queue = \"log_prob\" }";
    case(
        "queue_of_another_model",
        "fill = { model = \"displayed_depth\", partial = true }",
        next,
        "queue = \"log_prob\"",
    );
    case("execution_of_no_venue", "[execution.demo]", "[execution.dmeo]", "dmeo");
    case("fraction_out_of_range", "fraction = 0.25", "fraction = 0", "0 }\n\n[exec");
}

/// A feature of sentiment and a file of news in the good job, with one thing changed.
#[track_caller]
fn news_case(name: &str, from: &str, to: &str, token: &str) {
    let good = GOOD
        .replace(
            "[bars]",
            "[[source]]\nfile = { format = \"news\", instruments = \
                            [\"demo:SYN0001\"], paths = [\"config/news/demo.jsonl\"], map = \
                            \"config/news/symbols.toml\", duplicates = \"1h\" }\n\n[bars]",
        )
        .replace(
            "levels = 5 } }",
            "levels = 5 } }\nmood = { sentiment = { half_life = \"30m\", \
                                    embargo = \"0s\" } }",
        )
        .replace("on = \"bar_1m\"\n", "on = \"news\"\n");
    let plan = spec::plan(Path::new("job.toml"), &good, &[], Files::MustExist);
    plan.unwrap_or_else(|error| panic!("{}", told(&error)));
    assert_eq!(good.matches(from).count(), 1, "{name}: {from}");
    let text = good.replace(from, to);
    let error = refused(&text, &[]);
    let shown = told(&error);
    let at = text.find(token).unwrap();
    let line = text[..at].matches('\n').count() + 1;
    assert_eq!(error.position().map(|(line, _)| line), Some(line), "{name}\n{shown}");
    keep(name, &shown);
}

#[test]
fn columns_of_other_instruments() {
    let beta = |on: &str| format!("fast = {{ beta = {{ period = 12, on = {on} }} }}");
    let good = "fast = { ema = { period = 12, on = \"bar_1m.close\" } }";
    let other = beta("[\"bar_1m.close\", \"demo:SYN003.bar_1m.close\"]");
    case("column_of_an_absent_instrument", good, &other, "\"demo:SYN003.bar");
    let absent = beta("[\"bar_1m.close\", \"demo:SYN0002.bar_1m.clsoe\"]");
    case("absent_column_of_another", good, &absent, "\"demo:SYN0002.bar");
    let alone = "fast = { ema = { period = 12, on = \"demo:SYN0002.mid\" } }";
    case("no_moments", good, alone, "\"demo:SYN0002.mid");
    let at = "fast = { ema = { period = 12, on = \"mid\", at = \"bar_2m\" } }";
    case("moments_of_no_bar", good, at, "\"bar_2m");
    let circle = beta("[\"bar_1m.close\", \"demo:SYN0002.fast\"]");
    case("circle_through_another", good, &circle, "\"demo:SYN0002.fast");
    let rule = "imbalance > demo:SYN0002.mid";
    case("instrument_without_quotes", "imbalance > 0.2", rule, "demo:SYN0002.mid");
    let long = "\"crosses_above(fast, slow) AND imbalance > 0.2\"";
    let rule = "'imbalance > \"demo:SYN0002\".mdi'";
    case("absent_column_in_a_rule", long, rule, "\"demo:SYN0002\".mdi");
}

#[test]
fn news() {
    let sentiment = "mood = { sentiment = { half_life = \"30m\", embargo = \"0s\" } }\n";
    news_case("news_without_feature", sentiment, "", "on = \"news\"");
    news_case("zero_half_life", "half_life = \"30m\"", "half_life = \"0s\"", "half_life");
    news_case("missing_embargo", ", embargo = \"0s\"", "", "half_life");
    let lexicon = "embargo = \"0s\", lexicon = \"finanse\"";
    news_case("unknown_lexicon", "embargo = \"0s\"", lexicon, "finanse");
    let words = "embargo = \"0s\", words = [[\"up\", 5]]";
    news_case("strong_word", "embargo = \"0s\"", words, "words");
    let map = "config/news/symbols.toml";
    news_case("missing_map", map, "config/news/symbol.toml", "symbol.toml");
    news_case("map_is_another_file", map, "config/news.toml", "config/news.toml");
    let about = "instruments = [\"demo:SYN0001\"], ";
    news_case("news_about_any", about, "", "format = \"news\"");
    news_case("news_with_a_venue", about, "venue = \"demo\", ", "venue = \"demo\", paths");
    let columns = "duplicates = \"1h\", columns = { title = \"a\" }";
    news_case("unknown_news_column", "duplicates = \"1h\"", columns, "title");
    news_case("map_without_news", "format = \"news\"", "format = \"jsonl\"", "map = ");
}
