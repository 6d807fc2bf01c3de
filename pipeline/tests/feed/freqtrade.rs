//! Trades that freqtrade recorded, and the bars that it made of them.

use super::shared::shared_file;
use operators::{
    bars::{BarKind, BarOn, BarTrade, Empty, TimeBar},
    market::{BarNode, InstrumentEngine, MARKET_COLUMNS, MarketRow, MarketSpec, Node},
    outputs::Outputs,
};
use pipeline::sources::{
    Reader,
    columns::{Columns, Layout},
};
use schemas::{
    Chunk, EventTime, Instrument, OrderKey, Span,
    chunk::{Candle, Other, RowKind},
    instrument::Kind,
    records::Clock,
};
use std::{path::PathBuf, sync::Arc};

fn instrument() -> Instrument {
    Instrument {
        id: "binance:XRP_ETH".parse().unwrap(),
        base: "XRP".into(),
        quote: "ETH".into(),
        settle: "ETH".into(),
        kind: Kind::Spot,
        price_scale: 8,
        quantity_scale: 8,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

fn read(format: &str, file: PathBuf) -> Vec<Chunk> {
    let layout = Layout::built_in(format).unwrap();
    let mut reader =
        Columns::open((0, 0), &layout, &[file], "binance", Some(0), &[instrument()]).unwrap();
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

/// Bars of this length from trades by the venue's time: start, prices and volume.
fn bars(chunks: &[Chunk], every: Span) -> Vec<(EventTime, [i64; 4], i64)> {
    let (clock, on, empty) = (Clock::Exchange, BarOn::Trades, Empty::Skip);
    let columns = MARKET_COLUMNS.len() as u32;
    let spec = MarketSpec {
        slots: columns + 8,
        foreign: Vec::new(),
        bars: vec![BarNode {
            node: Node { name: "bar".into(), ordinal: 1 },
            kind: BarKind::Time(TimeBar { every, clock, on, empty }),
            upstream: None,
            slot: columns,
        }],
        indicators: Vec::new(),
        features: Vec::new(),
        models: Vec::new(),
        triggers: Vec::new(),
        readings: None,
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: 99,
    };
    let mut engine = InstrumentEngine::new(Arc::new(spec), Arc::new(instrument()), 0);
    let (mut out, mut triggers) = (Outputs::default(), Vec::new());
    let mut step = |key: OrderKey, at, trade| {
        engine.on_row(key, &MarketRow::Trade(trade), at, &mut out, &mut triggers);
    };
    let mut last = OrderKey::default();
    for chunk in chunks {
        for row in 0..chunk.len() {
            let (RowKind::Trade, slot) = chunk.slot(row) else { panic!("not a trade") };
            let (price, quantity) = (chunk.trades.price[slot], chunk.trades.quantity[slot]);
            let trade = BarTrade { price, quantity, side: 0, tainted: false };
            last = chunk.key(row);
            step(last, chunk.exchange_time(row), trade);
        }
    }
    // One more, far off, ends the last bar.
    let at = last.ts.plus(Span(every.0 * 2));
    step(
        OrderKey { ts: at, ..last },
        Some(at),
        BarTrade { price: 1, quantity: 1, side: 0, tainted: false },
    );
    let found = out.bars.iter();
    let prices = |b: &schemas::records::Bar| [b.open, b.high, b.low, b.close].map(|p| p.raw);
    found.map(|b| (b.open_ts, prices(b), b.volume.raw)).collect()
}

#[test]
fn trades_make_the_bars_that_freqtrade_made() {
    let files = ["trades.json.gz", "1m.feather", "5m.feather"]
        .map(|name| shared_file(&format!("freqtrade__testdata/XRP_ETH-{name}")));
    let [Some(trades), Some(minute), Some(five)] = files else { return };
    let trades = read("freqtrade_trades", trades);
    assert_eq!(trades.iter().map(Chunk::len).sum::<usize>(), 12_477);
    for (file, minutes, count) in [(minute, 1, 2_469), (five, 5, 706)] {
        let every = Span(minutes * 60 * Span::SECOND.0);
        let candles = read("freqtrade_candles", file);
        let others = candles.iter().flat_map(|chunk| &chunk.others);
        let expected: Vec<_> = others
            .map(|other| match other {
                Other::Candle(Candle { open_ts, close_ts, prices, volume, .. }) => {
                    assert_eq!(*close_ts, open_ts.plus(every));
                    (*open_ts, *prices, *volume)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(expected.len(), count);
        let found = bars(&trades, every);
        assert_eq!(found.len(), count);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn funding_rates_have_the_mark_prices_of_the_file_beside() {
    let file = "freqtrade__testdata/XRP_USDT_USDT-8h-funding_rate.feather";
    let Some(file) = shared_file(file) else { return };
    let chunks = read("freqtrade_funding", file.clone());
    let others: Vec<&Other> = chunks.iter().flat_map(|chunk| &chunk.others).collect();
    assert_eq!(others.len(), 91);
    let Other::Funding { rate, mark_price, next_ts: None } = others[0] else { panic!() };
    assert_eq!((*rate, *mark_price), (0.0001, Some(109_590_000)));
    let marked = |other: &&&Other| matches!(other, Other::Funding { mark_price: Some(_), .. });
    assert_eq!(others.iter().filter(marked).count(), 91);

    // Without the other file nobody knows them.
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join(file.file_name().unwrap());
    std::fs::copy(&file, &alone).unwrap();
    let layout = Layout::built_in("freqtrade_funding").unwrap();
    let open = Columns::open((0, 0), &layout, &[alone], "binance", Some(0), &[instrument()]);
    let error = open.unwrap().next().unwrap_err().to_string();
    assert!(error.contains("XRP_USDT_USDT-8h-mark.feather"), "{error}");
}
