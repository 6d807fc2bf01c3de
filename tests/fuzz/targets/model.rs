//! Model files and their golden rows, as far as the product reads them itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::models::{Golden, Graph};

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    match mode % 2 {
        0 => {
            if let Ok(graph) = Graph::parse(bytes) {
                let _ = graph.scaling();
                graph.is_quantised_by_batch();
            }
        }
        _ => {
            if let Ok(golden) = Golden::parse(bytes) {
                assert!(golden.rows() > 0);
            }
        }
    }
});
