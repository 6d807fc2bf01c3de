//! Text and doubles as JSON.

/// Appends text in quotes.
pub(super) fn push_text(out: &mut String, text: &str) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::to_string(text).expect("text is JSON"));
    }
}

/// Appends a double in the shortest form that reads back as itself; null when it is none.
pub(super) fn push_number(out: &mut String, value: f64) {
    out.push_str(&serde_json::to_string(&value).expect("a double is JSON"));
}
