//! Sentiment of headlines: VADER ported exactly, words of finance beside it, and users' lexicons.
//!
//! ```
//! use operators::features::sentiment::Lexicon;
//!
//! let headline = "Chipmaker beats estimates and raises its outlook";
//! assert_eq!(Lexicon::vader().score(headline).compound, 0.0);
//! assert!(Lexicon::finance().score(headline).compound > 0.3);
//! ```

mod copies;
mod feature;
mod lexicon;
mod tokens;
mod vader;
mod words;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use copies::{address_key, text_key, words};
pub(super) use feature::ENTRY;
pub use feature::{Heard, LexiconName, SCORED_BYTES, Sentiment, SentimentState};
pub use lexicon::{Lexicon, LexiconError, check as check_strength, parse as parse_lexicon};
pub use vader::Scores;
