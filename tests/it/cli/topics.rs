//! Topics from the shell, with the broker that the program brings.

use super::{
    broker::{Broker, ranges},
    place::Place,
};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// A record without the zeros at the end of its decimals: how many there are depends on whether
/// the instrument is known.
fn plain(line: &str) -> String {
    let mut parts: Vec<String> = line.split('"').map(str::to_owned).collect();
    for part in parts.iter_mut().filter(|part| part.parse::<f64>().is_ok() && part.contains('.')) {
        *part = part.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    parts.join("\"")
}

#[test]
fn a_tape_is_published_and_seen_and_published_again_as_it_was() {
    let place = Place::new();
    let broker = Broker::start(&place, "market:3,again:2,headlines:1");
    let on = ["--brokers", &broker.address];
    let tape = ["--synthetic", "--symbols", "4", "--events", "3000", "--speed", "flat"];
    let keep = ["--keep-ts", "--json"];
    let publish = [&["publish"][..], &on, &tape, &keep].concat();
    let published = place.json(&publish);
    assert_eq!((&published["messages"], &published["complete"]), (&3000.into(), &true.into()));
    assert_eq!(published["partitions"].as_array().unwrap().len(), 3);

    let see = ["--from", "beginning", "--until-end"];
    let lines = place.ok(&[&["tap", "market", "--json"][..], &on, &see].concat());
    assert_eq!(lines.lines().count(), 3000);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(first["venue"] == "demo" && first["version"] == 1, "{first}");
    let beats = place.ok(&[&["tap", "market", "--json", "--heartbeats"][..], &on, &see].concat());
    let total = 3000 + published["heartbeats"].as_u64().unwrap();
    assert_eq!(beats.lines().count() as u64, total);

    // What was tapped is a file that can be published: each kind where it was sent.
    let mut sorted: Vec<&str> = lines.lines().collect();
    let ts = |line: &&str| {
        let value: Value = serde_json::from_str(line).unwrap();
        value["ts"].as_str().unwrap().parse::<i64>().unwrap()
    };
    sorted.sort_by_key(ts);
    place.write("tape.jsonl", &sorted.join("\n"));
    let file = ["--file", "tape.jsonl", "--format", "jsonl", "--speed", "flat"];
    let topics = ["--topic", "again", "--topic", "news=headlines"];
    place.ok(&[&["publish", "--keep-ts"][..], &on, &file, &topics].concat());
    let tapped = |topic| place.ok(&[&["tap", topic, "--json"][..], &on, &see].concat());
    let (again, headlines) = (tapped("again"), tapped("headlines"));
    let mut back: Vec<String> = again.lines().chain(headlines.lines()).map(plain).collect();
    let mut sent: Vec<String> = lines.lines().map(plain).collect();
    back.sort_unstable();
    sent.sort_unstable();
    for (back, sent) in back.iter().zip(&sent) {
        assert_eq!(back, sent);
    }
    assert_eq!(back.len(), sent.len());
    assert!(headlines.lines().all(|line| line.contains("\"type\":\"news\"")));

    let people = place.ok(&[&["tap", "market", "--count", "2"][..], &on, &see].concat());
    assert!(people.lines().count() == 2 && people.contains("demo:"), "{people}");
}

#[test]
fn what_cannot_be_published_never_starts() {
    let place = Place::new();
    let broker = Broker::start(&place, "market:1");
    let on = ["--brokers", &broker.address];
    let cases: [(&[&str], &str); 8] = [
        (&["publish", "--synthetic", "--symbol", "A"], "go with --file only"),
        (&["publish", "--brokers", "nowhere", "--synthetic"], "no list of brokers"),
        (&["publish", "--brokers", "127.0.0.1:1", "--synthetic"], "cannot reach 127.0.0.1:1"),
        (&["publish"], "required"),
        (&["publish", "--synthetic", "--topic", "news=a"], "other kinds have no topic"),
        (&["publish", "--recording", "none"], "no lake"),
        (&["publish", "--synthetic", "--security", "sasl.password=x"], "write $NAME"),
        (&["topics", "create", "--topic", "a:0"], "partitions are from 1"),
    ];
    for (args, says) in cases {
        let said = place.say(args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(said.err.contains(says), "{args:?}: {}", said.err);
    }
    let said = place.say(&[&["topics", "create", "--topic", "new:2"][..], &on].concat());
    assert_eq!(said.code, 2);
    assert!(said.err.contains("cannot make topics on request"), "{}", said.err);
    let states = place.json(&[&["topics", "describe", "--json"][..], &on].concat());
    assert_eq!(states["topics"][0]["name"], "market");
}

#[test]
#[allow(clippy::disallowed_methods, reason = "waits for another process")]
fn a_run_of_topics_up_to_a_time_ends_there_when_heartbeats_have_passed_it() {
    let place = Place::new();
    let broker = Broker::start(&place, "market:2");
    let on = ["--brokers", &broker.address];
    let tape = ["--synthetic", "--symbols", "2", "--minutes", "5", "--speed", "flat"];
    let keep = ["--keep-ts", "--json"];
    let sent = place.json(&[&["publish", "--topic", "market"][..], &on, &tape, &keep].concat());
    let live = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/live.toml");
    let live = fs::read_to_string(live).unwrap();
    place.write("live.toml", &live.replace("127.0.0.1:9092", &broker.address));
    let run_of = |name| ["run", "live.toml", "--run", name, "--set", "kafka_sink=[]", "--quiet"];
    // The last trade is before this, and nothing but heartbeats after it.
    let to = "2024-01-01T00:05:00.5Z";
    let mut run = place.command(&[&run_of("live")[..], &["--to", to]].concat()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let code = loop {
        match run.try_wait().unwrap() {
            Some(status) => break status.code(),
            None if Instant::now() > deadline => {
                run.kill().unwrap();
                panic!("it waits for records that it would not read");
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    assert_eq!(code, Some(0));
    let offsets = ranges(&sent).join(",");
    place.ok(&[&run_of("whole")[..], &["--offsets", &offsets]].concat());
    let query = "SELECT * EXCEPT (run) FROM bars ORDER BY ts, instrument";
    let bars = |name| place.ok(&["sql", "--run", name, "--format", "csv", query]);
    assert!(bars("live").lines().count() > 100);
    assert_eq!(bars("live"), bars("whole"));
}
