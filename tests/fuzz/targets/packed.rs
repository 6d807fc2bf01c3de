//! What files may be packed in: gzip, zstd and zip, whole or damaged.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::sources::jsonl::Jsonl;

fuzz_target!(|data: &[u8]| {
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    if !packed.iter().any(|magic| data.starts_with(magic)) {
        return;
    }
    let path = fuzz::file("records.jsonl", data);
    if let Ok(mut reader) = Jsonl::open(2, 5, &path, &fuzz::instruments()) {
        let _ = fuzz::read(&mut reader);
    }
});
