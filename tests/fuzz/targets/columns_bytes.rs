//! Parquet and Feather files that are anything.

#![no_main]

use fuzz::layouts::LAYOUTS;
use libfuzzer_sys::fuzz_target;
use pipeline::sources::columns::Columns;

fuzz_target!(|data: &[u8]| {
    if !data.starts_with(b"PAR1") && !data.starts_with(b"ARROW1") {
        return;
    }
    let path = fuzz::file("BTCUSDT-5m.parquet", data);
    let layout = &LAYOUTS[0];
    let opened = Columns::open((3, 5), layout, &[path], "binance", Some(0), &fuzz::instruments());
    let _ = fuzz::read(&mut opened.expect("it is there"));
});
