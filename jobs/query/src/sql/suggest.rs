//! What was probably meant by a name that is not there.

use std::fmt::Write;

/// `; did you mean `x`? (tables: a, b)`, or as much of it as there is to say.
pub(crate) fn did_you_mean(name: &str, known: &[String], what: &str) -> String {
    let mut text = String::new();
    if let Some(best) = nearest(name, known) {
        let _ = write!(text, "; did you mean `{best}`?");
    }
    let _ = match known {
        [] => write!(text, " (there are no {what})"),
        known => write!(text, " ({what}: {})", known.join(", ")),
    };
    text
}

/// The name most like the given one, if any is like it.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let bare = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let like = |known: &String| strsim::jaro_winkler(&bare, known);
    let (score, best) = known.iter().map(|k| (like(k), k)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    // Below this, suggestions are noise: `foo` and `funding`.
    (score >= 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let known = names("trades quotes book_deltas");
        let text = did_you_mean("trade", &known, "tables");
        assert_eq!(text, "; did you mean `trades`? (tables: trades, quotes, book_deltas)");
        assert_eq!(did_you_mean("xyz", &known, "tables"), " (tables: trades, quotes, book_deltas)");
        assert_eq!(did_you_mean("xyz", &[], "runs"), " (there are no runs)");
        assert_eq!(nearest("T.Quote", &known), Some(&known[1]));
    }
}
