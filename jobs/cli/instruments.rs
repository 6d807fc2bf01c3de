//! Instruments that no job file describes: who they are, from arguments or from the records, and
//! what is assumed of them.

use super::Failure;
use crate::spec::{assumed_instrument, known_instrument};
use anyhow::{Context, anyhow};
use pipeline::sources::cryptofeed;
use schemas::{Instrument, InstrumentId, decimal::power_of_ten};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Most decimal places: with them quantities up to nine million still fit.
const SCALE_MAX: u8 = 12;

/// What is built in, or else assumed, of an instrument of which only the name is known.
pub fn facts(id: &InstrumentId) -> Instrument {
    known_instrument(id).unwrap_or_else(|| assumed_instrument(id))
}

/// The instruments that arguments name: `venue:symbol`, or a symbol of `--venue`.
pub fn named(venue: Option<&str>, symbols: &[String]) -> Result<BTreeSet<InstrumentId>, Failure> {
    let id = |symbol: &String| {
        let text = match (symbol.contains(':'), venue) {
            (false, Some(venue)) => format!("{venue}:{symbol}"),
            _ => symbol.clone(),
        };
        text.parse::<InstrumentId>().map_err(Failure::not_started)
    };
    symbols.iter().map(id).collect()
}

/// The instruments of captures, ascending by id. What is assumed of them is made as fine as their
/// numbers are.
pub fn captured(venue: Option<&str>, paths: &[PathBuf]) -> Result<Vec<Instrument>, Failure> {
    let mut found: BTreeMap<InstrumentId, Instrument> = BTreeMap::new();
    for path in paths {
        for (id, fine) in cryptofeed::named(path, venue).map_err(Failure::not_started)? {
            let facts = found.entry(id).or_insert_with_key(facts);
            for (scale, step, seen) in [
                (&mut facts.price_scale, &mut facts.tick, fine.price),
                (&mut facts.quantity_scale, &mut facts.lot, fine.quantity),
            ] {
                let finer = seen.min(SCALE_MAX).saturating_sub(*scale);
                // A step that is not known stays the finest that the scale holds.
                *step *= if *step == 1 { 1 } else { power_of_ten(finer) };
                *scale += finer;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The instruments that lines of JSON name.
pub fn found(paths: &[PathBuf]) -> Result<BTreeSet<InstrumentId>, Failure> {
    let mut ids = BTreeSet::new();
    for path in paths {
        scan(path, &mut ids)
            .with_context(|| format!("cannot read {}", path.display()))
            .map_err(Failure::NotStarted)?;
    }
    match ids.is_empty() {
        false => Ok(ids),
        true => Err(Failure::NotStarted(anyhow!(
            "no line names an instrument: each record needs \"venue\" and \"symbol\""
        ))),
    }
}

fn scan(path: &Path, ids: &mut BTreeSet<InstrumentId>) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let bytes: Box<dyn Read> =
        if packed { Box::new(flate2::bufread::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let (mut lines, mut line) = (BufReader::new(bytes), Vec::new());
    // Most lines name the instrument of the line before.
    let mut last = (Vec::new(), Vec::new());
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let (Some(venue), Some(symbol)) = (member(&line, "venue"), member(&line, "symbol"))
            && (venue, symbol) != (&last.0[..], &last.1[..])
        {
            let id = format!("{}:{}", text(venue), text(symbol));
            // A record with another name is for the source to reject.
            ids.extend(id.parse::<InstrumentId>().ok());
            last = (venue.to_vec(), symbol.to_vec());
        }
        line.clear();
    }
    Ok(())
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The text of a member of an object, looked for without parsing the rest.
fn member<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let quoted = format!("\"{name}\"");
    let at = line.windows(quoted.len()).position(|part| part == quoted.as_bytes())?;
    let rest = line[at + quoted.len()..].trim_ascii_start().strip_prefix(b":")?;
    let value = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let end = value.iter().position(|byte| *byte == b'"')?;
    Some(&value[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_whatever_the_spaces() {
        let line = br#"{"type":"trade", "venue" : "demo","symbol":"A-USD","price":"1"}"#;
        assert_eq!(member(line, "venue"), Some(&b"demo"[..]));
        assert_eq!(member(line, "symbol"), Some(&b"A-USD"[..]));
        assert_eq!(member(line, "headline"), None);
        assert_eq!(member(br#"{"venue":1}"#, "venue"), None);
    }

    #[test]
    fn files_are_scanned_for_every_instrument() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let lines = [
            r#"{"type":"trade","venue":"demo","symbol":"B"}"#,
            r#"{"type":"trade","venue":"demo","symbol":"B"}"#,
            "not JSON at all",
            r#"{"type":"news","headline":"x"}"#,
            r#"{"symbol":"A","venue":"demo"}"#,
        ];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let ids = found(&[path]).unwrap();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["demo:A", "demo:B"]);
        assert!(found(&[folder.path().join("absent")]).is_err());
    }

    #[test]
    fn symbols_take_the_venue_unless_they_have_one() {
        let symbols = ["A".to_owned(), "other:B".to_owned()];
        let ids = named(Some("demo"), &symbols).unwrap();
        assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["demo:A", "other:B"]);
        assert!(named(None, &symbols[..1]).is_err());
    }
}
