//! What targets share: files of inputs, the law that everything that came in has landed or was
//! rejected, and numbers read a second time, by other means than the product's.

pub mod exact;
pub mod layouts;
mod read;

pub use read::{Tally, read};

use schemas::{Instrument, instrument::Kind};
use std::{fs, path::PathBuf, sync::OnceLock};

/// Bitcoin and ether on Binance with other scales, and an instrument of a venue of its own.
pub fn instruments() -> Vec<Instrument> {
    let instrument = |id: &str, price_scale, quantity_scale| Instrument {
        id: id.parse().expect("written here"),
        base: "BASE".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale,
        quantity_scale,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    vec![
        instrument("binance:BTCUSDT", 8, 8),
        instrument("binance:ETHUSDT", 2, 3),
        instrument("demo:SYN0001", 0, 12),
    ]
}

/// Writes a file of this name, where files live in memory if `TMPDIR` says so.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("tapeflow-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for inputs");
        folder
    });
    let path = folder.join(name);
    if let Some(parent) = path.parent().filter(|parent| *parent != folder) {
        fs::create_dir_all(parent).expect("a folder for inputs");
    }
    fs::write(&path, bytes).expect("an input is written");
    path
}
