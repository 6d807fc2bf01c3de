//! Parquet and Feather files that are anything.

#![no_main]

use fuzz::layouts::LAYOUTS;
use libfuzzer_sys::fuzz_target;
use pipeline::sources::columns::Columns;

// The readers of these files panic at times, and the product makes errors of that: only a panic
// that comes this far ends the run.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    if !data.starts_with(b"PAR1") && !data.starts_with(b"ARROW1") {
        return;
    }
    let path = fuzz::file("BTCUSDT-5m.parquet", data);
    let layout = &LAYOUTS[0];
    let opened = Columns::open((3, 5), layout, &[path], "binance", Some(0), &fuzz::instruments());
    let _ = fuzz::read(&mut opened.expect("it is there"));
});
