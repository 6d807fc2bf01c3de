//! The reader of hftbacktest's recordings: against the venue's own best bid and offer, and against
//! files that nobody should have to read.

mod archives;
mod captures;
mod captures_hostile;
mod damage;
mod databento;
mod freqtrade;
mod hostile;
mod independent_reserve;
mod lobster;
#[path = "../shared/mod.rs"]
mod shared;
mod tardis;
mod truth;

use pipeline::sources::hftbacktest::HftBacktest;
use pipeline::sources::{Reader, SourceError};
use schemas::instrument::Kind;
use schemas::{Chunk, Instrument, OrderKey};
use std::path::PathBuf;

/// BTCUSDT on a venue.
fn btc(venue: &str, tick: i64, lot: i64) -> Instrument {
    Instrument {
        id: format!("{venue}:BTCUSDT").parse().unwrap(),
        base: "BTC".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: if venue == "binance" { Kind::Spot } else { Kind::Perpetual },
        price_scale: 8,
        quantity_scale: 8,
        tick,
        lot,
        multiplier: 1,
        inverse: false,
    }
}

fn spot() -> Instrument {
    btc("binance", 1_000_000, 1_000)
}

fn futures() -> Instrument {
    btc("binance_usdm", 10_000_000, 100_000)
}

/// Contracts of 100 US dollars, paid in bitcoin.
fn inverse() -> Instrument {
    Instrument {
        id: "binance_coinm:BTCUSD_PERP".parse().unwrap(),
        quote: "USD".into(),
        settle: "BTC".into(),
        multiplier: 100,
        inverse: true,
        ..btc("binance_coinm", 10_000_000, 100_000_000)
    }
}

/// Place of the instrument in the plan's list.
const INDEX: u32 = 7;

/// Everything in the files, and the lines that were counted; the laws of a reader are checked.
fn read(instrument: &Instrument, paths: &[PathBuf]) -> Result<(Vec<Chunk>, u64), SourceError> {
    let mut reader = HftBacktest::open(3, 5, paths.to_vec(), INDEX, instrument)?;
    let (mut chunks, mut before) = (Vec::new(), None::<OrderKey>);
    while let Some(chunk) = reader.next()? {
        assert!(!chunk.is_empty(), "chunks are never empty");
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(before.is_none_or(|before| before < key), "{before:?} then {key:?}");
            assert_eq!((key.source_rank, key.source_partition), (3, 5));
            assert_eq!(chunk.instrument[row], INDEX);
            before = Some(key);
        }
        if let Some(last) = chunks.last().map(|chunk: &Chunk| chunk.offset[chunk.len() - 1]) {
            assert!(last < chunk.offset[0], "a message is never split");
        }
        chunks.push(chunk);
    }
    assert!(reader.next()?.is_none(), "the end stays the end");
    let (done, total) = reader.progress().unwrap();
    assert!(done <= total, "{done} bytes of {total}");
    Ok((chunks, reader.lines()))
}
