//! The same article again: by its address, or by the words of its headline.

use schemas::{Digest, EventTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// Addresses and texts that are remembered at most, whatever the window: it bounds what a
/// checkpoint keeps of an instrument to some 150 kB.
const REMEMBERED_MAX: usize = 8192;

/// Words that only say how a text came about: retweets, and what StockNet puts in the place of
/// names and addresses.
const EMPTY_WORDS: [&str; 5] = ["rt", "at", "user", "url", "via"];

/// The words of a text in lower case: runs of letters and digits.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// What an address is known by.
pub fn address_key(url: &str) -> u128 {
    key('u', url)
}

/// What a headline is known by: its words, whatever their case, punctuation and spaces. None if
/// it says nothing.
pub fn text_key(headline: &str) -> Option<u128> {
    let said: Vec<String> = words(headline).filter(|w| !EMPTY_WORDS.contains(&&**w)).collect();
    (!said.is_empty()).then(|| key('t', &said.join(" ")))
}

fn key(kind: char, text: &str) -> u128 {
    Digest::of(format!("{kind}{text}").as_bytes()).0
}

/// Remembers the articles of an instrument for a while.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "VecDeque<(EventTime, u128)>", into = "VecDeque<(EventTime, u128)>")]
pub(super) struct Seen {
    order: VecDeque<(EventTime, u128)>,
    /// The keys in `order`; each stands there once.
    known: BTreeSet<u128>,
}

impl From<VecDeque<(EventTime, u128)>> for Seen {
    fn from(order: VecDeque<(EventTime, u128)>) -> Seen {
        Seen { known: order.iter().map(|(_, key)| *key).collect(), order }
    }
}
impl From<Seen> for VecDeque<(EventTime, u128)> {
    fn from(seen: Seen) -> VecDeque<(EventTime, u128)> {
        seen.order
    }
}

impl Seen {
    /// Was this article seen within the window? Articles come in order. Address and text of a
    /// copy are remembered too, so that copies of copies are found.
    pub fn again(
        &mut self,
        window: Span,
        now: EventTime,
        headline: &str,
        url: Option<&str>,
    ) -> bool {
        if window.0 <= 0 {
            return false;
        }
        let over = |(at, _): &mut (EventTime, u128)| now.0.saturating_sub(at.0) > window.0;
        while let Some((_, old)) = self.order.pop_front_if(over) {
            self.known.remove(&old);
        }
        let mut again = false;
        for key in url.map(address_key).into_iter().chain(text_key(headline)) {
            match self.known.insert(key) {
                true => self.order.push_back((now, key)),
                false => again = true,
            }
        }
        while self.order.len() > REMEMBERED_MAX {
            let (_, old) = self.order.pop_front().expect("it is not empty");
            self.known.remove(&old);
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Span = Span(100);

    #[test]
    fn copies_are_known_by_address_and_by_words_within_the_window() {
        let mut seen = Seen::default();
        let mut again = |now, headline, url| seen.again(WINDOW, EventTime(now), headline, url);
        assert!(!again(0, "Acme rises", Some("u1")));
        assert!(again(10, "RT @user: ACME   rises!!", Some("u2")));
        assert!(again(20, "Other words", Some("u1")));
        assert!(again(30, "OTHER WORDS", None));
        assert!(again(100, "Acme rises", None));
        // A copy does not lengthen the window of the first.
        assert!(!again(101, "Acme rises", None));
        assert!(!again(102, "rt: @user via URL", None), "a text that says nothing is no copy");
        assert!(!again(103, "rt", None));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_comes_back_from_bytes() {
        let mut seen = Seen::default();
        for n in 0..2 * REMEMBERED_MAX {
            assert!(!seen.again(Span(i64::MAX), EventTime(n as i64), &format!("number {n}"), None));
        }
        assert_eq!((seen.order.len(), seen.known.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
        let bytes = postcard::to_stdvec(&seen).unwrap();
        assert!(bytes.len() < 200_000, "{}", bytes.len());
        assert_eq!(postcard::from_bytes::<Seen>(&bytes).unwrap(), seen);
    }

    #[test]
    fn without_a_window_nothing_is_remembered() {
        let mut seen = Seen::default();
        for _ in 0..2 {
            assert!(!seen.again(Span(0), EventTime(0), "Acme rises", Some("u")));
        }
        assert_eq!(seen, Seen::default());
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let found: Vec<String> = words("Über-Corp's 3rd  rise!").collect();
        assert_eq!(found, ["über", "corp", "s", "3rd", "rise"]);
    }
}
