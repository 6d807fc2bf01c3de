//! The same article again: only the first that was seen counts.

use operators::features::sentiment::{address_key, text_key};
use schemas::{EventTime, Span};
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};

/// Addresses and texts that are remembered at most, whatever the window: some tens of megabytes.
const REMEMBERED_MAX: usize = 1 << 18;

/// Remembers addresses and texts for a while.
pub(super) struct Folder {
    window: Span,
    known: BTreeMap<Key, Origin>,
    order: VecDeque<(EventTime, Key)>,
}

/// An instrument, and its address or text.
type Key = (u32, u128);

/// Where an article stands: partition and line.
pub(super) type Origin = (u32, u64);

/// What makes an article the same as an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// Its address.
    Url(Origin),
    /// Its words.
    Text(Origin),
}

impl Folder {
    /// Articles further apart than the window are never the same; at 0 none are.
    pub fn new(window: Span) -> Folder {
        Folder { window, known: BTreeMap::new(), order: VecDeque::new() }
    }

    /// Is this, for this instrument, an article that was seen already? Articles come in order.
    /// Address and text of a copy are remembered too, so that copies of copies are found.
    pub fn fold(
        &mut self,
        ts: EventTime,
        origin: Origin,
        instrument: u32,
        url: Option<&str>,
        headline: &str,
    ) -> Option<Same> {
        if self.window.0 <= 0 {
            return None;
        }
        let over = |(at, _): &mut (EventTime, Key)| ts.0.saturating_sub(at.0) > self.window.0;
        while let Some((_, old)) = self.order.pop_front_if(over) {
            self.known.remove(&old);
        }
        let url = url.map(|url| (instrument, address_key(url)));
        let text = text_key(headline).map(|text| (instrument, text));
        let [by_url, by_text] =
            [url, text].map(|key| key.and_then(|key| self.known.get(&key).copied()));
        let same = by_url.map(Same::Url).or(by_text.map(Same::Text));
        for key in url.into_iter().chain(text) {
            if let Entry::Vacant(place) = self.known.entry(key) {
                place.insert(by_url.or(by_text).unwrap_or(origin));
                self.order.push_back((ts, key));
            }
        }
        while self.order.len() > REMEMBERED_MAX {
            let (_, old) = self.order.pop_front().expect("it is not empty");
            self.known.remove(&old);
        }
        same
    }
}
