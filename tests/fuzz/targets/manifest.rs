//! Manifests of a lake: what somebody else wrote over them is an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::lake::{FileFilter, JournalKind, Lake};
use schemas::Table;

fuzz_target!(|data: &[u8]| {
    let Some((mode, text)) = data.split_first() else { return };
    let (kind, folder) = match mode % 2 {
        0 => (JournalKind::Run, "_runs"),
        _ => (JournalKind::Recording, "_recordings"),
    };
    let path = fuzz::file(&format!("lake/{folder}/a/epochs/1.json"), text);
    let root = path.ancestors().nth(4).expect("it was put together here");
    let lake = Lake::open(&root.to_string_lossy()).expect("it is a folder");
    if let Ok(Some(committed)) = lake.committed_in(kind, "a") {
        assert_eq!(committed.newest.epoch, 1);
        let _ = lake.recompute(&committed, Table::Trades);
    }
    let _ = lake.list_runs();
    let _ = lake.list_recordings();
    let _ = lake.files(Table::Trades, &FileFilter::default());
    std::fs::remove_file(path).expect("it was written");
});
