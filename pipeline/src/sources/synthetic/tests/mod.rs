//! The market as a whole: what it says must make sense to whoever rebuilds its book.

mod rebuild;

use super::*;
use crate::sources::{CHUNK_ROWS, Reader};
use schemas::chunk::{DeltaFlags, Other, RowKind};
use schemas::{Chunk, Digest, Span};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn market(seed: u64, instruments: u32, minutes: u64) -> Synthetic {
    let start = Synthetic::START;
    let minutes = Some(minutes);
    Synthetic { venue: "demo".into(), instruments, minutes, events: None, seed, start }
}

fn chunks(market: &Synthetic, partition: u32) -> Vec<Chunk> {
    let mut reader = market.open(3, partition, partition);
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

/// All that a row says, without its place in the source.
pub(crate) fn row_text(chunk: &Chunk, row: usize) -> String {
    let (kind, i) = chunk.slot(row);
    let (trades, quotes, deltas) = (&chunk.trades, &chunk.quotes, &chunk.deltas);
    let values = match kind {
        RowKind::Trade => {
            let id = trades.id.get(i);
            format!("{} {} {} {id}", trades.price[i], trades.quantity[i], trades.side[i])
        }
        RowKind::Quote => {
            let bid = (quotes.bid_price[i], quotes.bid_quantity[i]);
            let ask = (quotes.ask_price[i], quotes.ask_quantity[i]);
            format!("{bid:?} {ask:?} {}", quotes.update_id[i])
        }
        RowKind::Delta => {
            let (first, previous) = (deltas.first_update_id[i], deltas.previous_update_id[i]);
            let ids = (first, previous, deltas.update_id[i]);
            format!("{} {} {} {ids:?}", deltas.price[i], deltas.quantity[i], deltas.flags[i])
        }
        RowKind::Order => format!("{:?}", chunk.orders.at(i)),
        RowKind::Other => format!("{:?}", chunk.others[i]),
    };
    let times = (chunk.ts[row], chunk.receive_time(row), chunk.exchange_time(row));
    let seq = chunk.seq.get(row).copied().unwrap_or(0);
    format!("{times:?} {} {seq} {kind:?} {values}", chunk.instrument[row])
}

/// Of everything in the chunks that is a column.
fn digest(chunks: &[Chunk]) -> Digest {
    let mut bytes = Vec::new();
    for c in chunks {
        let rows = (&c.ts, &c.offset, &c.seq, &c.instrument, &c.exchange_ts, &c.recv_ts, &c.kinds);
        let columns = (rows, &c.trades, &c.quotes, &c.deltas, &c.others);
        bytes.extend(postcard::to_stdvec(&columns).unwrap());
    }
    Digest::of(&bytes)
}

#[test]
fn a_seed_gives_these_bytes_for_ever() {
    let golden = ["dfb301f6056c4609955828d44fefb507", "91370c6a919c53d8c6ce42c5a265c89d"];
    for (partition, golden) in golden.into_iter().enumerate() {
        let chunks = chunks(&market(7, 2, 60), partition as u32);
        assert_eq!(digest(&chunks).to_string(), golden, "partition {partition}");
    }
    // Who else is there does not matter, and another seed is another market.
    assert_eq!(digest(&chunks(&market(7, 9, 60), 1)), digest(&chunks(&market(7, 2, 60), 1)));
    assert_ne!(digest(&chunks(&market(8, 2, 60), 1)), digest(&chunks(&market(7, 2, 60), 1)));
}

#[test]
fn chunks_are_bounded_and_hold_whole_messages() {
    let market = market(1, 1, 60);
    let texts = |chunks: &[Chunk]| -> Vec<String> {
        chunks.iter().flat_map(|c| (0..c.len()).map(|row| row_text(c, row))).collect()
    };
    let large = chunks(&market, 0);
    let mut reader = market.open(3, 0, 0).chunk_rows(300);
    let small: Vec<Chunk> = std::iter::from_fn(|| reader.next().unwrap()).collect();
    assert!(large.len() > 2 && large.iter().all(|c| c.len() <= CHUNK_ROWS));
    assert!(small.iter().all(|c| c.len() <= 300));
    assert_eq!(texts(&small), texts(&large));
    let mut last = None;
    for chunk in &small {
        assert!(chunk.seq[0] == 0, "a message is split");
        for row in 0..chunk.len() {
            assert!(last < Some(chunk.key(row)), "keys ascend");
            last = Some(chunk.key(row));
        }
    }
}

#[test]
fn times_go_forward_and_the_venue_is_ahead_of_us() {
    let market = market(5, 3, 45);
    let end = market.start.0 + 45 * 60 * Span::SECOND.0;
    for partition in 0..3 {
        let (mut ts, mut venue) = (market.start.0, market.start.0);
        for chunk in chunks(&market, partition) {
            for row in 0..chunk.len() {
                assert!(ts <= chunk.ts[row] && chunk.ts[row] < end);
                ts = chunk.ts[row];
                if let Some(at) = chunk.exchange_time(row) {
                    assert!(venue <= at.0 && at.0 < ts && ts - at.0 < 100_000_000);
                    venue = at.0;
                }
            }
        }
        assert!(end - ts < 60 * Span::SECOND.0, "it ends before its time");
    }
}

#[test]
fn arrivals_cluster_spreads_vary_and_prices_move() {
    let market = market(21, 8, 120);
    for partition in 0..8 {
        let tick = market.instruments()[partition as usize].tick;
        let mut seconds = vec![0f64; 120 * 60];
        let mut spreads: BTreeMap<i64, u64> = BTreeMap::new();
        let (mut low, mut high, mut walks, mut trades) = (i64::MAX, 0, 0, 0);
        for chunk in chunks(&market, partition) {
            for row in 0..chunk.len() {
                let (kind, i) = chunk.slot(row);
                if kind == RowKind::Delta && DeltaFlags(chunk.deltas.flags[i]).has(DeltaFlags::LAST)
                {
                    let at = (chunk.ts[row] - market.start.0) / Span::SECOND.0;
                    seconds[at as usize] += 1.0;
                }
                if kind == RowKind::Quote {
                    let (bid, ask) = (chunk.quotes.bid_price[i], chunk.quotes.ask_price[i]);
                    *spreads.entry((ask - bid) / tick).or_default() += 1;
                    (low, high) = (low.min(bid), high.max(ask));
                }
                trades += u64::from(kind == RowKind::Trade);
                let next = (row + 1 < chunk.len()).then(|| chunk.slot(row + 1).0);
                walks += u64::from(kind == RowKind::Trade && next == Some(RowKind::Trade));
            }
        }
        let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
        let square = seconds.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>();
        let ratio = square / seconds.len() as f64 / mean;
        assert!(ratio > 1.5, "{partition}: variance over mean {ratio}");
        assert!(*spreads.first_key_value().unwrap().0 > 0 && spreads.len() > 4, "{spreads:?}");
        let quotes: u64 = spreads.values().sum();
        assert!(spreads.values().all(|count| *count * 10 < quotes * 9), "{spreads:?}");
        let moved = high as f64 / low as f64 - 1.0;
        assert!((0.005..0.5).contains(&moved), "{partition}: {moved}");
        assert!(trades > 1000 && walks > trades / 20, "{trades} trades, {walks} walks");
    }
}

#[test]
fn the_length_is_what_was_asked_for() {
    let rows =
        |minutes| -> usize { chunks(&market(2, 1, minutes), 0).iter().map(Chunk::len).sum() };
    let (short, long) = (rows(60), rows(240));
    assert!((3 * short..5 * short).contains(&long), "{short} rows, then {long}");
    assert!((4..16).contains(&(long / (240 * 60))), "{long} rows");
    let few = Synthetic { minutes: None, events: Some(10_001), ..market(2, 3, 0) };
    let messages = |partition| -> u64 {
        chunks(&few, partition).last().map_or(0, |c| c.offset[c.len() - 1] + 1)
    };
    assert_eq!([messages(0), messages(1), messages(2)], [3334, 3334, 3333]);
    assert!(chunks(&market(2, 1, 0), 0).is_empty());
}

#[test]
fn news_names_its_instrument() {
    let market = market(9, 4, 600);
    let instruments = market.instruments();
    let mut count = 0;
    for partition in 0..4 {
        for other in chunks(&market, partition).iter().flat_map(|chunk| &chunk.others) {
            let Other::News { headline, published_ts, .. } = other else { panic!("{other:?}") };
            assert!(headline.contains(instruments[partition as usize].id.symbol()), "{headline}");
            assert!(published_ts.is_some());
            count += 1;
        }
    }
    assert!((20..120).contains(&count), "{count}");
}

#[test]
fn instruments_sort_and_differ() {
    for count in [1, 8, 9_999, 12_000] {
        let all = market(1, count, 1).instruments();
        assert!(all.len() == count as usize && all.is_sorted_by(|a, b| a.id < b.id), "{count}");
    }
    let all = market(1, 8, 1).instruments();
    assert_eq!(all[0].id.to_string(), "demo:SYN0001");
    assert!("demo:SYN0001".parse::<schemas::InstrumentId>().is_ok());
    let ticks: BTreeSet<i64> = all.iter().map(|i| i.tick).collect();
    assert_eq!(*ticks.first().unwrap(), 10_000, "0.0001");
    assert_eq!(*ticks.last().unwrap(), 10_000_000, "0.1");
}
