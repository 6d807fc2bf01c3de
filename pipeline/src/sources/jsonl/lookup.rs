//! The plan's instruments by venue and symbol.

use schemas::Instrument;
use std::collections::BTreeMap;

/// Instruments by venue and symbol.
pub(in crate::sources) struct Lookup {
    instruments: Vec<Instrument>,
    places: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Lookup {
    pub(in crate::sources) fn new(instruments: &[Instrument]) -> Lookup {
        let mut places: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
        for (place, instrument) in instruments.iter().enumerate() {
            let venue = places.entry(instrument.id.venue().to_owned()).or_default();
            venue.insert(instrument.id.symbol().to_owned(), place as u32);
        }
        Lookup { instruments: instruments.to_vec(), places }
    }

    /// The instrument at a place of the plan's list.
    pub(in crate::sources) fn at(&self, place: u32) -> &Instrument {
        &self.instruments[place as usize]
    }

    pub(in crate::sources) fn find(&self, venue: &str, symbol: &str) -> Option<(u32, &Instrument)> {
        let place = *self.places.get(venue)?.get(symbol)?;
        Some((place, &self.instruments[place as usize]))
    }
}
