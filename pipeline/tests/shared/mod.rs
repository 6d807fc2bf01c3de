//! Where recorded market data is: not in the repository, because some licences forbid that.

use std::path::PathBuf;

/// The path of a file of recorded data, or `None`, with a message, when there is no such data.
/// `TAPEFLOW_SHARED` names the folder (else `../shared` beside the workspace), and
/// `TAPEFLOW_REQUIRE_SHARED=1` makes its absence a failure.
pub fn shared_file(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let folder = std::env::var_os("TAPEFLOW_SHARED").map_or_else(beside, PathBuf::from);
    let file = folder.join("data").join(path);
    if file.exists() {
        return Some(file);
    }
    let required = std::env::var_os("TAPEFLOW_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "{} is required and absent", file.display());
    eprintln!("SKIPPED: {} is absent; set TAPEFLOW_SHARED to its folder", file.display());
    None
}
