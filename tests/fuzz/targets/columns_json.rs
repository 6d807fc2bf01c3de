//! JSON files of rows: of lists, whose columns the layout names, or of objects.

#![no_main]

use fuzz::layouts::LAYOUTS;
use libfuzzer_sys::fuzz_target;
use pipeline::sources::columns::{Columns, Record};
use schemas::chunk::RowKind;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    if !bytes.trim_ascii_start().starts_with(b"[") {
        return;
    }
    let layout = &LAYOUTS[*mode as usize % LAYOUTS.len()];
    let path = fuzz::file("BTCUSDT-5m.json", bytes);
    let only = layout.symbol.is_none().then_some(0);
    let instruments = fuzz::instruments();
    let opened = Columns::open((3, 5), layout, &[path], "binance", only, &instruments);
    let Ok(tally) = fuzz::read(&mut opened.expect("it is there")) else { return };
    let rows: Vec<&RawValue> = serde_json::from_slice(bytes).expect("it was read");
    let all: Vec<u64> = (1..=rows.len() as u64).collect();
    assert_eq!(tally.offsets(), all, "in = landed + rejected");
    let cell = |offset: u64, field: &str| {
        let (row, column) = (rows[offset as usize - 1].get(), &layout.columns[field]);
        let is = |name: &str| name.eq_ignore_ascii_case(column);
        let cell = if row.starts_with('[') && rows[0].get().starts_with('[') {
            let cells: Vec<&RawValue> = serde_json::from_str(row).expect("it was read");
            cells[layout.names.iter().position(|name| is(name)).expect("it was found")]
        } else {
            let cells: BTreeMap<String, &RawValue> = serde_json::from_str(row).ok()?;
            // Which of several columns that differ in case only is the product's choice.
            let mut found = cells.iter().filter(|(name, _)| is(name));
            found.next().map(|(_, cell)| *cell).filter(|_| found.next().is_none())?
        };
        let text = cell.get();
        match text.as_bytes()[0] {
            // Escapes can spell digits as well, and what is no text.
            b'"' => Some(serde_json::from_str::<String>(text).ok()?.trim_ascii().to_owned()),
            b'[' | b'{' | b'n' => None,
            _ => Some(text.to_owned()),
        }
    };
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let (Record::Trade, (RowKind::Trade, slot)) = (layout.record, chunk.slot(row)) else {
                continue;
            };
            let facts = &instruments[chunk.instrument[row] as usize];
            let (price, quantity) = (chunk.trades.price[slot], chunk.trades.quantity[slot]);
            for (field, raw, scale) in
                [("price", price, facts.price_scale), ("quantity", quantity, facts.quantity_scale)]
            {
                if let Some(text) = cell(chunk.offset[row], field) {
                    fuzz::exact::same(&text, raw, scale);
                }
            }
            if layout.columns.contains_key("id")
                && let Some(id) = cell(chunk.offset[row], "id")
            {
                assert_eq!(chunk.trades.id.get(slot), id);
            }
        }
    }
});
