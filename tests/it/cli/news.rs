//! News from a topic: the same as from its file, and the same however it is computed.

use super::{
    broker::{Broker, ranges},
    place::Place,
};
use std::{fs, path::Path};

/// The example of news with two sources of files, and the same on two topics.
fn jobs(place: &Place, brokers: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(place.path("config/news")).unwrap();
    for file in ["config/news.toml", "config/news/demo.jsonl", "config/news/symbols.toml"] {
        fs::copy(root.join(file), place.path(file)).unwrap();
    }
    let files = fs::read_to_string(root.join("config/news.toml")).unwrap();
    let (head, rest) = files.split_once("[[source]]").unwrap();
    let rest = &rest[rest.find("[bars]").unwrap()..];
    let live = fs::read_to_string(root.join("config/live.toml")).unwrap();
    let facts = &live[live.find("[instruments.").unwrap()..live.find("[bars]").unwrap()];
    let topics = format!(
        "{head}[[source]]\nkafka = {{ brokers = \"{brokers}\", topics = [\"market\", \
         \"headlines\"], instruments = [\"demo:SYN0001\", \"demo:SYN0002\"], map = \
         \"config/news/symbols.toml\", start = \"earliest\" }}\n{facts}{rest}"
    );
    place.write("topics.toml", &topics);
}

#[test]
fn news_from_a_topic_is_news_from_its_file_and_the_same_in_two_processes() {
    let place = Place::new();
    let broker = Broker::start(&place, "market:2,headlines:1");
    jobs(&place, &broker.address);
    let how = ["--brokers", &broker.address, "--keep-ts", "--speed", "flat", "--json"];
    let market = ["publish", "--topic", "market", "--synthetic", "--symbols", "2"];
    let length = ["--minutes", "60", "--seed", "7"];
    let market = place.json(&[&market[..], &length, &how].concat());
    let file = ["--format", "news", "--file", "config/news/demo.jsonl"];
    let map = ["--map", "config/news/symbols.toml"];
    let news = place.json(&[&["publish", "--topic", "headlines"][..], &file, &map, &how].concat());
    assert!(news["messages"].as_u64() > Some(25) && news["rejected"].as_u64() > Some(0), "{news}");
    let all = [ranges(&market), ranges(&news)].concat().join(",");

    let offsets = ["--offsets", &all];
    let ways = ["--workers", "1,2,4", "--cuts", "2", "--processes", "2"];
    place.ok(&[&["verify", "topics.toml"][..], &offsets, &ways].concat());

    place.ok(&[&["run", "topics.toml", "--run", "topics"][..], &offsets].concat());
    let minutes = ["--set", "source.0.synthetic.minutes=60"];
    // As long as the window of those that were published.
    let fold = ["--set", "source.1.file.duplicates=\"1d\""];
    place.ok(&[&["run", "config/news.toml", "--run", "files"][..], &minutes, &fold].concat());
    let moods = |run: &str| {
        let query = "SELECT ts, instrument, mood, mood_count, mood_dispersion FROM readings \
                     WHERE ts < '2024-01-01T00:59:00Z' ORDER BY ts, instrument, mood_count";
        place.ok(&["sql", "--run", run, "--format", "csv", query])
    };
    let (topics, files) = (moods("topics"), moods("files"));
    assert!(topics.lines().count() > 100, "{topics}");
    assert_eq!(topics, files);
}
