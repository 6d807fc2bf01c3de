//! Sentiment of headlines: VADER ported exactly, words of finance beside it, and users' lexicons.
//!
//! ```
//! use operators::features::sentiment::Lexicon;
//!
//! let headline = "Chipmaker beats estimates and raises its outlook";
//! assert_eq!(Lexicon::vader().score(headline).compound, 0.0);
//! assert!(Lexicon::finance().score(headline).compound > 0.3);
//! ```

mod lexicon;
mod tokens;
mod vader;
mod words;

#[cfg(test)]
mod tests;

pub use lexicon::{Lexicon, LexiconError, parse as parse_lexicon};
pub use vader::Scores;
