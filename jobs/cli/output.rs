//! Writing results to stdout.

use super::Outcome;
use serde::Serialize;
use std::io::{self, Write};

/// Writes text as it is.
pub fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Writes one JSON object.
pub fn print_json(value: &impl Serialize) -> Outcome {
    let mut text = serde_json::to_string_pretty(value).expect("results are plain data");
    text.push('\n');
    print(&text)
}

/// What was typed to start this program, for commands that can be typed after it.
pub fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "tapeflow".to_owned())
}
