//! Publishing to the broker inside the program.

use super::*;
use pipeline::kafka::{
    DevBroker, partition_of,
    publish::{PublishError, TapeKind, publish},
};
use std::cell::Cell;

/// A clock that goes on a tenth of a millisecond whenever it is asked.
fn clock(from: i64) -> impl Fn() -> EventTime {
    let now = Cell::new(from);
    move || {
        now.set(now.get() + 100_000);
        EventTime(now.get())
    }
}

const NOW: i64 = 1_763_701_200_000_000_000;

fn broker(topics: &[&str]) -> DevBroker {
    let topics: Vec<_> = topics.iter().map(|topic| topic.parse().unwrap()).collect();
    DevBroker::start(0, &topics).unwrap()
}

#[test]
fn a_tape_that_keeps_its_times_is_the_tape_partition_by_partition() {
    let broker = broker(&["market:3"]);
    let access = broker.access();
    let routes = Routes::new("market", &[]);
    let request = request(&access, &routes, Stamp::Keep);
    let published = publish(&request, tape(), &clock(NOW), &Progress::default()).unwrap();
    assert!(published.complete && published.heartbeats > 1_000 && published.rejected == 0);
    let seen = all(&access, "market");
    check_times(&seen, &published);
    let mut expected = vec![Vec::new(); 3];
    let (mut tape, mut last, mut longest_gap) = (tape(), EventTime::MIN, 0);
    while let Some(head) = tape.head() {
        longest_gap = longest_gap.max(head.0.saturating_sub(last.max(Synthetic::START).0));
        let mut line = String::new();
        let taken = tape.take(None, &mut line).unwrap().unwrap();
        let key = taken.instrument.map(|i| tape.instruments()[i as usize].id.to_string());
        let place = key.as_ref().map_or(0, |key| partition_of(key.as_bytes(), 3));
        expected[place as usize].push((key, line));
        last = taken.ts;
    }
    assert_eq!(published.through, Some(last.plus(Span::SECOND)));
    for (partition, expected) in expected.iter().enumerate() {
        let own = seen.iter().filter(|s| s.partition == partition as u32 && !s.is_heartbeat());
        let own: Vec<_> = own.map(|s| (s.key.clone(), s.value.clone())).collect();
        assert_eq!(&own, expected, "partition {partition}");
    }
    // No partition is silent for longer than was asked for, unless the tape as a whole is.
    for partition in 0..3 {
        let times: Vec<i64> =
            seen.iter().filter(|s| s.partition == partition).map(|s| s.ts().0).collect();
        let (_end, times) = times.split_last().unwrap();
        let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest <= longest_gap + 2 * request.heartbeat.0, "{longest} ns, {partition}");
    }
    // What was published is behind what is there.
    let again = publish(&request, super::tape(), &clock(NOW), &Progress::default());
    assert!(matches!(again, Err(PublishError::Back { .. })), "{again:?}");
}

#[test]
fn times_of_what_comes_now_do_not_go_back_when_the_clock_does() {
    let broker = broker(&["market:3"]);
    let access = broker.access();
    let routes = Routes::new("market", &[]);
    let request = request(&access, &routes, Stamp::Now);
    let first = publish(&request, tape(), &clock(NOW), &Progress::default()).unwrap();
    let earlier = clock(NOW - 5_000_000_000);
    let second = publish(&request, tape(), &earlier, &Progress::default()).unwrap();
    assert_eq!(first.messages, second.messages);
    let from = |p: &Published| p.partitions.iter().map(|p| p.from).sum::<u64>();
    let to = |p: &Published| p.partitions.iter().map(|p| p.to).sum::<u64>();
    assert_eq!((from(&first), to(&first)), (0, from(&second)));
    let seen = all(&access, "market");
    check_times(&seen, &second);
    assert!(seen[0].ts().0 >= NOW);
    assert_eq!(to(&second), first.messages * 2 + first.heartbeats + second.heartbeats);
    // A topic of another clock, ahead by more than that, is left alone.
    let long_ago = clock(NOW - 86_400_000_000_000);
    let third = publish(&request, tape(), &long_ago, &Progress::default());
    assert!(matches!(third, Err(PublishError::Ahead { .. })), "{third:?}");
}

#[test]
fn kinds_go_to_their_topics_and_idle_partitions_beat() {
    let broker = broker(&["market:2", "headlines:2"]);
    let access = broker.access();
    let routes = Routes::new("market", &[(TapeKind::News, "headlines".to_owned())]);
    let mut request = request(&access, &routes, Stamp::Now);
    request.heartbeat = Span(10_000_000);
    let published = publish(&request, tape(), &clock(NOW), &Progress::default()).unwrap();
    let news = all(&access, "headlines");
    let (beats, news): (Vec<Seen>, Vec<Seen>) = news.into_iter().partition(Seen::is_heartbeat);
    assert!(!news.is_empty() && news.iter().all(|s| s.field("type") == "news"));
    assert!(beats.len() > 10 && beats.iter().any(|s| s.partition == 1), "{}", beats.len());
    assert!(all(&access, "market").iter().all(|s| s.field("type") != "news"));
    assert_eq!(published.partitions.len(), 4);
}

#[test]
fn the_pace_is_kept_by_the_clock() {
    let broker = broker(&["market:1"]);
    let access = broker.access();
    let routes = Routes::new("market", &[]);
    let mut request = request(&access, &routes, Stamp::Now);
    // Every question of the clock takes 0.1 ms, so 2 kHz cannot be exceeded unless it is ignored.
    request.pace = Pace::Rate(2_000.0);
    let market = Synthetic { minutes: None, events: Some(1_000), ..market() };
    let published = publish(&request, tape_of(market), &clock(NOW), &Progress::default()).unwrap();
    let (first, last) = published.span.unwrap();
    let rate = (published.messages - 1) as f64 * 1e9 / (last.0 - first.0) as f64;
    assert!((1_900.0..2_100.0).contains(&rate), "{rate}/s");
}

#[test]
fn whoever_stops_it_finds_everything_written_that_was_sent() {
    let broker = broker(&["market:2"]);
    let access = broker.access();
    let routes = Routes::new("market", &[]);
    let request = request(&access, &routes, Stamp::Keep);
    let progress = Progress::default();
    let (asked, inner) = (Cell::new(0), clock(NOW));
    let stopping = || {
        asked.set(asked.get() + 1);
        if asked.get() == 500 {
            progress.stop();
        }
        inner()
    };
    let published = publish(&request, tape(), &stopping, &progress).unwrap();
    assert!(!published.complete && published.through.is_none());
    assert!((400..500).contains(&published.messages), "{}", published.messages);
    let seen = all(&access, "market");
    let messages = seen.iter().filter(|s| !s.is_heartbeat()).count() as u64;
    assert_eq!(messages, published.messages);
}
