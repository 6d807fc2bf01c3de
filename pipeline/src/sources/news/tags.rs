//! Which instruments an article is about.

use operators::features::sentiment::words;
use schemas::{Instrument, Text};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What tags articles besides the `venue:symbol` in their records; instruments by place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NewsTags {
    /// Every article is about these.
    pub about: Vec<u32>,
    /// By symbol as news write it, in upper case and without the `$`.
    pub symbols: Vec<(Text, Vec<u32>)>,
    /// By name: words that stand together in headline or text, whatever their case.
    pub names: Vec<(Text, Vec<u32>)>,
}

/// The words of a name, and the instruments that it means.
type Name = (Vec<String>, Vec<u32>);

/// Finds the instruments of articles.
pub(in crate::sources) struct Tagger {
    about: Vec<u32>,
    symbols: BTreeMap<String, Vec<u32>>,
    /// By the first word: all words, and whom they mean.
    names: BTreeMap<String, Vec<Name>>,
    /// By `venue:symbol`.
    places: BTreeMap<String, u32>,
}

impl Tagger {
    /// With the plan's list of instruments. A symbol without tags of its own means the
    /// instruments of that name, at every venue.
    pub fn new(tags: &NewsTags, instruments: &[Instrument]) -> Tagger {
        let mut symbols: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (place, instrument) in (0..).zip(instruments) {
            symbols.entry(instrument.id.symbol().to_uppercase()).or_default().push(place);
            places.insert(instrument.id.text().to_string(), place);
        }
        symbols.extend(tags.symbols.iter().map(|(s, places)| (s.to_uppercase(), places.clone())));
        let mut names: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for (name, places) in &tags.names {
            let words: Vec<String> = words(name).collect();
            if let Some(first) = words.first() {
                names.entry(first.clone()).or_default().push((words, places.clone()));
            }
        }
        Tagger { about: tags.about.clone(), symbols, names, places }
    }

    /// The instruments that an article is about, ascending: those that every article is about,
    /// that its record names, and whose cashtags or names stand in its texts.
    pub fn tag(&self, symbols: &[String], texts: &[&str]) -> Vec<u32> {
        let mut found: BTreeSet<u32> = self.about.iter().copied().collect();
        for symbol in symbols {
            match self.places.get(symbol) {
                Some(place) => {
                    found.insert(*place);
                }
                None => found.extend(self.symbol(symbol.trim_start_matches('$'))),
            }
        }
        for text in texts {
            cashtags(text).for_each(|symbol| found.extend(self.symbol(symbol)));
            self.find_names(text, &mut found);
        }
        found.into_iter().collect()
    }

    fn symbol(&self, symbol: &str) -> impl Iterator<Item = u32> {
        self.symbols.get(&symbol.to_uppercase()).into_iter().flatten().copied()
    }

    fn find_names(&self, text: &str, found: &mut BTreeSet<u32>) {
        if self.names.is_empty() {
            return;
        }
        let words: Vec<String> = words(text).collect();
        for (at, word) in words.iter().enumerate() {
            for (name, places) in self.names.get(word).into_iter().flatten() {
                if words[at..].starts_with(name) {
                    found.extend(places);
                }
            }
        }
    }
}

/// The symbols behind dollar signs: `$BTC`, `$BRK.B`, never `$100`.
fn cashtags(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let symbol = rest[..end].trim_end_matches(['.', '-', '_']);
        symbol.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(symbol)
    })
}
