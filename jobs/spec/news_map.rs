//! A mapping file: which instruments the symbols and names in news mean.

use pipeline::sources::news::NewsTags;
use schemas::{Instrument, InstrumentId, Text};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Symbols and names, and the instruments that they mean, as `venue:symbol`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the tables `symbols` and `names`")]
pub struct NewsMap {
    /// By symbol, as in `BTC = "binance:BTCUSDT"`: cashtags, and symbols in records.
    #[serde(default)]
    symbols: BTreeMap<String, Meant>,
    /// By name, as in `"ripple labs" = "binance:XRPUSDT"`: words that stand together in a headline
    /// or text.
    #[serde(default)]
    names: BTreeMap<String, Meant>,
}

/// One instrument or several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "`venue:symbol`, or a list of these")]
enum Meant {
    One(String),
    Several(Vec<String>),
}

impl Meant {
    fn ids(&self) -> &[String] {
        match self {
            Meant::One(id) => std::slice::from_ref(id),
            Meant::Several(ids) => ids,
        }
    }
}

impl NewsMap {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(path: &Path) -> Result<NewsMap, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        NewsMap::parse(&text)
            .map_err(|why| format!("{} is no mapping of news: {why}", path.display()))
    }

    fn parse(text: &str) -> Result<NewsMap, String> {
        let map: NewsMap = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            line.map_or(String::new(), |line| format!("line {line}: ")) + error.message()
        })?;
        for id in map.entries().flat_map(|(_, meant)| meant.ids()) {
            id.parse::<InstrumentId>().map_err(|error| error.to_string())?;
        }
        Ok(map)
    }

    fn entries(&self) -> impl Iterator<Item = (&String, &Meant)> {
        self.symbols.iter().chain(&self.names)
    }

    /// All instruments that it names.
    pub fn instruments(&self) -> BTreeSet<InstrumentId> {
        let ids = self.entries().flat_map(|(_, meant)| meant.ids());
        ids.filter_map(|id| id.parse().ok()).collect()
    }

    /// The tags that mean instruments of this list, which is in order of their ids.
    pub fn tags(&self, instruments: &[Instrument]) -> NewsTags {
        let place = |id: &String| {
            let found = instruments.binary_search_by(|i| (**i.id.text()).cmp(id.as_str()));
            found.ok().map(|place| place as u32)
        };
        let tags = |entries: &BTreeMap<String, Meant>| -> Vec<(Text, Vec<u32>)> {
            let tag = |(name, meant): (&String, &Meant)| {
                let places: Vec<u32> = meant.ids().iter().filter_map(place).collect();
                let name = name.trim_start_matches('$').into();
                (!places.is_empty()).then_some((name, places))
            };
            entries.iter().filter_map(tag).collect()
        };
        NewsTags { about: Vec::new(), symbols: tags(&self.symbols), names: tags(&self.names) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assumed_instrument;

    #[test]
    fn tags_mean_the_instruments_of_the_job() {
        let map = NewsMap::parse(
            "[symbols]\n\"$A\" = [\"demo:A\", \"demo:ABSENT\"]\nC = \"demo:ABSENT\"\n\
             [names]\n\"acme corp\" = \"demo:B\"\n",
        );
        let map = map.unwrap();
        let instruments = ["demo:A", "demo:B"].map(|id| assumed_instrument(&id.parse().unwrap()));
        let tags = map.tags(&instruments);
        assert_eq!(tags.symbols, [("A".into(), vec![0])]);
        assert_eq!(tags.names, [("acme corp".into(), vec![1])]);
        assert_eq!(map.instruments().len(), 3);
    }

    #[test]
    fn errors_name_the_line_or_the_instrument() {
        let error = |text| NewsMap::parse(text).unwrap_err();
        assert!(error("[symbols]\nA = 1\n").starts_with("line 2: "));
        assert!(error("[symbol]\n").starts_with("line 1: unknown field"));
        assert!(error("[names]\na = \"nothing\"\n").contains("nothing"));
    }
}
