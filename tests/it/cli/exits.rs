//! Exits of strategies: stop, take, trail and after.

use super::{
    bars::{CROSS, NEXT_OPEN, goog, job, reference},
    place::{JOB, Place},
};
use std::{fs, path::Path};

/// All four, and an order that rests, so that each of them comes first at times.
const EXIT: &str = "exit = { stop = \"entry - side * 1.5 * atr\", take = \"entry + side * 4 * \
                    atr\", trail = \"2 * atr\", after = \"12 bars\" }\n";

fn with_exits() -> String {
    let indicators = "[indicators]\natr = { atr = { period = 10, on = \"bar_1s\" } }\n";
    let job = JOB.replace("[indicators]\n", indicators);
    let size = "size = { fraction = 0.1 }\n";
    assert_eq!(job.matches(size).count(), 1);
    job.replace(size, &format!("{size}{EXIT}"))
}

#[test]
fn exits_end_positions_and_the_output_counts_them() {
    let place = Place::new();
    place.write("job.toml", &with_exits());
    let result = place.json(&["run", "job.toml", "--json"]);
    let ended = |member: &str| result["exits"]["cross"][member].as_u64().unwrap();
    let all = ["stop", "take", "trail", "after"].map(ended);
    assert!(all.iter().sum::<u64>() > 10 && all.iter().all(|n| *n > 0), "{all:?}");
    for (member, n) in ["stop", "take", "trail", "after"].iter().zip(all) {
        let query = format!("SELECT count(*) FROM signals WHERE reason = '{member}'");
        assert_eq!(place.value(&query), n.to_string(), "{member}");
    }
    // What it ended was there, and the order says at which level.
    let levels = "SELECT count(*) > 0 AND count(*) = count(trigger_price) FROM orders o JOIN \
                  signals s ON o.ts = s.ts AND o.instrument = s.instrument AND o.strategy = \
                  s.strategy WHERE s.reason IN ('stop', 'take', 'trail') AND s.side IS NOT NULL \
                  AND o.event = 'decided'";
    assert_eq!(place.value(levels), "true");
    let says = |text: &str, what: &str| assert!(text.contains(what), "{what}: {text}");
    let report = place.ok(&["report"]);
    let [stop, take, trail, after] = all;
    says(&report, &format!("cross: stop {stop}, take {take}, trail {trail}, after {after}"));
    says(&report, "exits: levels of `cross` are compared with the price of each trade");
    says(&report, "warning: exits of `cross` are watched by the job and not by the venue");
    let plan = place.ok(&["plan", "job.toml"]);
    says(&plan, "stop entry - side * 1.5 * atr, take entry + side * 4 * atr, trail 2 * atr, after");
    says(&place.say(&["check", "job.toml"]).err, "are watched by the job and not by the venue");
    says(&place.ok(&["schema", "job"]), "\"trail\"");
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
}

#[test]
fn exits_at_the_venue_cancel_one_another() {
    let place = Place::new();
    let at_entry = |level: &str| format!("\"CASE WHEN bars_held = 0 THEN {level} END\"");
    let (stop, take) = (at_entry("entry - side * 1.5 * atr"), at_entry("entry + side * 2 * atr"));
    let exit = format!("exit = {{ stop = {stop}, take = {take}, at = \"venue\" }}\n");
    place.write("job.toml", &with_exits().replace(EXIT, &exit));
    let result = place.json(&["run", "job.toml", "--json"]);
    let ended = |member: &str| result["exits"]["cross"][member].as_u64().unwrap();
    let all = ["stop", "take"].map(ended);
    assert!(all.iter().sum::<u64>() > 0, "{all:?}");
    let told = place.value("SELECT count(*) FROM signals WHERE reason IN ('stop', 'take')");
    assert_eq!(told, all.iter().sum::<u64>().to_string());
    let linked = "SELECT count(*) FROM orders WHERE reason = 'oco: the other one was filled'";
    assert_ne!(place.value(linked), "0");
    let report = place.ok(&["report"]);
    assert!(report.contains("exits: stop and take of `cross` rest at the venue"), "{report}");
    assert!(!report.contains("are watched by the job"), "{report}");
    assert!(place.ok(&["plan", "job.toml"]).contains("END, at the venue"));
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
}

/// Size, bars and prices of entry and exit.
type Trade = (i64, [usize; 2], [f64; 2]);

/// The trades that fills make, what is open at the end closed at the last open.
fn trades(place: &Place, days: &[&str], last_open: f64) -> Vec<Trade> {
    let query = "SELECT CAST(ts - INTERVAL '1 day' AS DATE), CASE side WHEN 'buy' THEN quantity \
                 ELSE -quantity END, price FROM fills ORDER BY ts, seq";
    let csv = place.ok(&["sql", "--run", "bars", "--format", "csv", query]);
    let (mut all, mut held) = (Vec::new(), None::<(i64, usize, f64)>);
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let bar = days.iter().position(|day| *day == cells[0]).unwrap();
        let (signed, price) = (number(1) as i64, number(2));
        let left = held.map_or(0, |held| held.0) + signed;
        if let Some((size, opened, entry)) = held {
            all.push((size, [opened, bar], [entry, price]));
        }
        held = (left != 0).then_some((left, bar, price));
    }
    if let Some((size, opened, entry)) = held {
        all.push((size, [opened, days.len() - 1], [entry, last_open]));
    }
    all
}

/// A crossing of averages with `sl` and `tp` at so many hundredths from the close before the
/// order. The trades in `tests/golden/exits` were made by backtesting.py 0.6.6 with
/// `buy(sl=close * (1 - stop), tp=close * (1 + take))` after `position.close()`, and short alike.
#[test]
fn stops_and_takes_make_the_trades_of_backtesting_py() {
    let Some(folder) = reference("backtesting.py__goog") else { return };
    for (stop, take, name) in [("0.05", "0.1", "goog_5_10.csv"), ("0.01", "0.02", "goog_1_2.csv")] {
        let place = Place::new();
        goog(&place, &folder);
        // Levels stay those of the order.
        let at = |sign: &str, away: &str| {
            format!("CASE WHEN bars_held = 0 THEN day.close * (1 {sign} side * {away}) END")
        };
        let (stop, take) = (at("-", stop), at("+", take));
        let exit =
            format!("order = \"market\"\nexit = {{ stop = \"{stop}\", take = \"{take}\" }}\n");
        let cross = CROSS.replace("order = \"market\"\n", &exit);
        // Levels are no whole cents, and backtesting.py does not round.
        let fine = job("GOOG", NEXT_OPEN, "0s", &cross)
            .replace("tick = \"0.01\"", "tick = \"0.000001\"")
            .replace("price_scale = 2", "price_scale = 6");
        place.write("job.toml", &fine);
        place.json(&["run", "job.toml", "--json"]);
        let candles = fs::read_to_string(place.path("candles.csv")).unwrap();
        let days: Vec<&str> = candles.lines().skip(1).map(|line| &line[..10]).collect();
        let ours = trades(&place, &days, 797.8);
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/exits").join(name);
        let theirs = fs::read_to_string(golden).unwrap();
        assert_eq!(ours.len(), theirs.lines().count() - 1, "{name}");
        for (i, (line, (size, bars, prices))) in theirs.lines().skip(1).zip(&ours).enumerate() {
            let numbers: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
            let whole = [*size as f64, bars[0] as f64, bars[1] as f64];
            assert_eq!(whole, numbers[..3], "{name}, trade {i}");
            let away = (prices[0] - numbers[3]).abs().max((prices[1] - numbers[4]).abs());
            assert!(away <= 1e-6, "{name}, trade {i}: {prices:?} is not {line}");
        }
        place.ok(&["verify", "job.toml", "--workers", "1,2", "--cuts", "2"]);
    }
}
