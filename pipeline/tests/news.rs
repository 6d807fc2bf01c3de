//! Recorded tweets as a source of news.

#[path = "shared/mod.rs"]
mod shared;

use pipeline::sources::{
    Reader,
    news::{NewsFiles, NewsFormat},
};
use schemas::{
    EventTime, Instrument, InstrumentId,
    chunk::{NO_INSTRUMENT, Other},
    instrument::Kind,
};
use std::collections::BTreeMap;

fn amazon() -> Instrument {
    Instrument {
        id: InstrumentId::new("nasdaq", "AMZN"),
        base: "AMZN".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 2,
        quantity_scale: 0,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

#[test]
fn two_years_of_tweets_are_read_in_order_and_copies_folded() {
    let path = shared::shared_file("stocknet__tweets/AMZN_tweets_preprocessed.jsonl.zst");
    let Some(path) = path else { return };
    let mut files = NewsFiles::new(NewsFormat::Stocknet, vec![path]);
    files.tags.about = vec![0];
    let mut reader = files.open(0, &[amazon()]).unwrap();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut last, mut first_ts, mut tagged) = (None, None, 0);
    while let Some(chunk) = reader.next().unwrap() {
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(last < Some(key), "{last:?} then {key:?}");
            assert_eq!(chunk.receive_time(row), key.ts, "within a day no tweet is late");
            (last, first_ts) = (Some(key), first_ts.or(Some(key.ts)));
            let kind = match &chunk.others[chunk.slot(row).1] {
                Other::News { headline, .. } => {
                    assert_eq!(chunk.instrument[row], 0);
                    tagged += usize::from(headline.contains("$amzn"));
                    "news"
                }
                Other::Reject { stage, .. } => {
                    assert_eq!(
                        (stage.as_str(), chunk.instrument[row]),
                        ("duplicate", NO_INSTRUMENT)
                    );
                    "copies"
                }
                other => panic!("{other:?}"),
            };
            *rows.entry(kind).or_default() += 1;
        }
    }
    eprintln!("{rows:?}, {tagged} with $amzn");
    assert_eq!(rows.values().sum::<usize>(), 6462);
    assert!(rows["copies"] > 100 && tagged == rows["news"], "{rows:?} {tagged}");
    let from: EventTime = "2014-01-01T15:01:12Z".parse().unwrap();
    assert!(first_ts.unwrap() <= from);
    assert_eq!(last.unwrap().ts.date(), "2015-12-31");
}
