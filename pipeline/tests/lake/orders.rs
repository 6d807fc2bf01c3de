//! Market by order from a file to the book of a job, by way of the lake.

#[path = "../shared/mod.rs"]
mod shared;

use crate::tape::{everything, lake, replay};
use operators::{
    market::{InstrumentEngine, MarketRow, MarketSpec},
    outputs::Outputs,
};
use pipeline::{
    ingest::{IngestRequest, ingest},
    lake::LakeSource,
    progress::Progress,
    sources::{SourceKind, SourcePlan},
};
use schemas::{
    Digest, Instrument, OrderKey, Side, Table,
    chunk::{OrderRow, RowKind},
    instrument::Kind,
};
use std::sync::Arc;

fn future() -> Instrument {
    Instrument {
        id: "glbx:ESM4".parse().unwrap(),
        base: "ES".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Future,
        price_scale: 2,
        quantity_scale: 0,
        tick: 25,
        lot: 1,
        multiplier: 50,
        inverse: false,
    }
}

fn engine() -> InstrumentEngine {
    let spec = MarketSpec {
        slots: operators::market::MARKET_COLUMNS.len() as u32,
        foreign: Vec::new(),
        bars: Vec::new(),
        indicators: Vec::new(),
        features: Vec::new(),
        models: Vec::new(),
        triggers: Vec::new(),
        readings: None,
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: 99,
    };
    InstrumentEngine::new(Arc::new(spec), Arc::new(future()), 0)
}

#[test]
fn the_book_of_a_job_over_the_lake_ends_where_others_say() {
    let name = "nautilus_trader__test_data/esm4_mbo_2024-05-08T000000-02.dbn.zst";
    let Some(path) = shared::shared_file(name) else { return };
    let (_folder, lake) = lake();
    let kind = SourceKind::Databento { paths: vec![path], venue: "glbx".to_owned() };
    let sources = [SourcePlan { rank: 0, name: "databento.0".to_owned(), kind }];
    let request = IngestRequest {
        lake: lake.clone(),
        recording: "es".to_owned(),
        digest: Digest(1),
        sources: &sources,
        instruments: &[future()],
    };
    let told = ingest(&request, &Progress::default()).unwrap();
    let rows = |table| told.tables.get(&table).map_or(0, |total| total.rows);
    assert_eq!((rows(Table::Trades), rows(Table::Rejects), rows(Table::BookDeltas)), (5, 0, 0));

    let source = LakeSource { plan: vec![future()], ..everything() };
    let mut orders: Vec<(OrderKey, OrderRow)> = Vec::new();
    for chunk in replay(&lake, &source, 2) {
        for row in 0..chunk.len() {
            if let (RowKind::Order, slot) = chunk.slot(row) {
                orders.push((chunk.key(row), chunk.orders.at(slot)));
            }
        }
    }
    orders.sort_by_key(|(key, _)| *key);
    assert_eq!(orders.len() as u64, rows(Table::BookOrders));

    // Half way another engine goes on from the first one's bytes.
    let (mut engine, mut next) = (engine(), engine());
    let (mut out, mut triggers) = (Outputs::default(), Vec::new());
    for (i, (key, order)) in orders.iter().enumerate() {
        if i == orders.len() - 100 {
            next.restore(&engine.snapshot()).unwrap();
            std::mem::swap(&mut engine, &mut next);
        }
        engine.on_row(*key, &MarketRow::Order(*order), None, &mut out, &mut triggers);
    }
    let book = engine.book();
    assert_eq!(engine.orders().len(), 13_598);
    assert_eq!((book.depth(Side::Buy), book.depth(Side::Sell)), (976, 571));
    assert_eq!((book.best_bid(), book.best_ask()), (Some((521_400, 28)), Some((521_425, 17))));
    assert!(out.quality.is_empty(), "{:?}", out.quality);
    for side in [Side::Buy, Side::Sell] {
        let sums: Vec<_> = engine.orders().levels(side).collect();
        assert_eq!(book.levels(side).collect::<Vec<_>>(), sums);
    }
}
