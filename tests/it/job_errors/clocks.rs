//! Venues that match by a clock of their own, where they cannot, and timers.

use super::{case, case_of};

/// The good job's last line, with more terms of its venue.
#[track_caller]
fn clock_case(name: &str, terms: &str, token: &str) {
    let fill = "fill = { model = \"displayed_depth\", partial = true }\n";
    case(name, fill, &format!("{fill}{terms}\n"), token);
}

#[test]
fn clocks() {
    let exchange = "match_on = \"exchange\"\n";
    clock_case("offset_of_no_clock", "clock_offset = \"1s\"", "clock_offset");
    clock_case(
        "latency_of_no_clock",
        "match_on = \"receive\"\nmax_latency = \"1s\"",
        "max_latency",
    );
    let zero = format!("{exchange}max_latency = \"0s\"");
    clock_case("latency_of_nothing", &zero, "\"0s\"");
    clock_case("wrong_offset", &format!("{exchange}clock_offset = \"-1.5s\""), "\"-1.5s\"");
    clock_case("offset_of_a_day", &format!("{exchange}clock_offset = \"-1d\""), "\"-1d\"");
    let timer = |offset: &str| format!("on = {{ every = \"100ms\", offset = \"{offset}\" }}\nfor");
    case("offset_of_a_timer", "on = \"bar_1m\"\nfor", &timer("100ms"), "\"100ms\" }");
}

#[test]
fn topics_have_no_clock_of_the_venue() {
    let job = "[job]\nname = \"live\"\n[[source]]\nkafka = { brokers = \"localhost:9092\", \
               topics = [\"md\"], start = \"earliest\", instruments = [\"binance:BTCUSDT\"] }\n\
               [execution.binance]\nlatency = { entry = \"1ms\", response = \"1ms\" }\n\
               fees = { maker = 0, taker = 0 }\n\
               fill = { model = \"displayed_depth\", partial = true, half_spread = \"0.01\" }\n\
               match_on = \"receive\"\n";
    case_of(job, "clock_of_a_topic", "\"receive\"", "\"exchange\"", "\"exchange\"");
    let source = "kafka = { brokers = \"localhost:9092\", topics = [\"md\"], start = \
                  \"earliest\", instruments = [\"binance:BTCUSDT\"] }";
    let file = "file = { format = \"binance_trades\", venue = \"binance\", symbol = \"BTCUSDT\", \
                paths = [\"config/bars/MADE-1d.csv\"] }";
    let of_file = job.replace(source, file);
    case_of(&of_file, "clock_of_one_time", "\"receive\"", "\"exchange\"", "\"exchange\"");
}

#[test]
fn candles_have_no_clock_of_the_venue() {
    let text = std::fs::read_to_string("config/bars.toml").unwrap();
    let latency = "latency = {";
    let clock = format!("match_on = \"exchange\"\n{latency}");
    case_of(&text, "clock_of_candles", latency, &clock, "\"exchange\"\nlatency");
}
