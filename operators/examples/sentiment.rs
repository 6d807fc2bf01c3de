//! Scores the lines of standard input, for comparisons with other programs and for timing.
//!
//! `sentiment [vader|finance] < texts` writes `neg`, `neu`, `pos` and `compound`, tab separated,
//! one line a text, and says on stderr how long a text took.

use operators::features::sentiment::Lexicon;
use std::{
    error::Error,
    io::{self, BufWriter, Write},
    time::Instant,
};

fn main() -> Result<(), Box<dyn Error>> {
    let lexicon = match std::env::args().nth(1).as_deref() {
        None | Some("vader") => Lexicon::vader(),
        Some("finance") => Lexicon::finance(),
        Some(other) => return Err(format!("no lexicon `{other}`").into()),
    };
    let text = io::read_to_string(io::stdin())?;
    let texts: Vec<&str> = text.lines().collect();
    // The tables are made at the first use.
    lexicon.score("warm \u{1f600}");
    #[expect(clippy::disallowed_methods, reason = "measures")]
    let now = Instant::now();
    let scores: Vec<_> = texts.iter().map(|text| lexicon.score(text)).collect();
    let nanoseconds = now.elapsed().as_nanos() / texts.len().max(1) as u128;
    let mut out = BufWriter::new(io::stdout().lock());
    for s in scores {
        writeln!(out, "{}\t{}\t{}\t{}", s.neg, s.neu, s.pos, s.compound)?;
    }
    eprintln!("{} texts, {nanoseconds} ns each", texts.len());
    Ok(out.flush()?)
}
