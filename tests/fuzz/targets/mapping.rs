//! Files in which people say what columns, words and symbols mean.

#![no_main]

use libfuzzer_sys::fuzz_target;
use operators::features::sentiment::parse_lexicon;
use pipeline::sources::columns::Columns;
use tapeflow::spec::{NewsMap, files};

const ROWS: &str = "time,price,quantity\n1704067200000,1.5,2\n1704067200001,2.5,x\n";

fuzz_target!(|data: &[u8]| {
    let Some((mode, text)) = data.split_first() else { return };
    match mode % 3 {
        0 => {
            let Ok(layout) = files::layout(&fuzz::file("mapping.toml", text)) else { return };
            let rows = fuzz::file("BTCUSDT-5m.csv", ROWS.as_bytes());
            let instruments = fuzz::instruments();
            let opened = Columns::open((3, 5), &layout, &[rows], "binance", Some(0), &instruments);
            let _ = fuzz::read(&mut opened.expect("it is there"));
        }
        1 => {
            if let Ok(map) = NewsMap::read(&fuzz::file("news.toml", text)) {
                map.tags(&fuzz::instruments());
            }
        }
        _ => {
            let Ok(text) = std::str::from_utf8(text) else { return };
            for (word, strength) in parse_lexicon(text).unwrap_or_default() {
                assert!(!word.is_empty() && (-4.0..=4.0).contains(&strength), "{word:?}");
            }
        }
    }
});
