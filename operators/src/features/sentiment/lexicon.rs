//! Words with their strength, and the parts that words play in VADER's rules.

use super::words::{BOOST, BOOSTERS, DAMPENERS, NEGATIONS};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// VADER's lexicon: word, tab, mean rating from -4 to 4. The package's file without the single
/// ratings; MIT, see `data/LICENSE-vader`.
const VADER: &str = include_str!("data/vader.tsv");
/// Our words of finance, laid over VADER's: word, tab, strength. See the file's head.
const FINANCE: &str = include_str!("data/finance.tsv");

/// What is known about a word.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Word {
    /// Its strength, if it is in the lexicon.
    pub strength: Option<f64>,
    /// What it adds to the strength of the word after it; 0 for most.
    pub boost: f64,
    /// Does it turn what follows around?
    pub negates: bool,
}

/// Words with their strength, from -4 to 4: what a text is scored with.
///
/// Words are in lower case and hold no space; what a text cannot hold is never found.
#[derive(Debug, Clone)]
pub struct Lexicon {
    words: BTreeMap<Box<str>, Word>,
    /// The same words, each in the first free place at or after the one that its hash names: a
    /// text asks for every word, and most are not there.
    table: Vec<Option<(Box<str>, Word)>>,
}

/// Why a line of a lexicon is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LexiconError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: &'static str,
}

impl Lexicon {
    /// VADER's own, scores equal to the Python package's.
    pub fn vader() -> Arc<Lexicon> {
        static LEXICON: LazyLock<Arc<Lexicon>> = LazyLock::new(|| {
            let entries = parse(VADER).expect("the shipped lexicon is well formed");
            Arc::new(Lexicon::bare().with(entries))
        });
        LEXICON.clone()
    }

    /// VADER's with our words of finance over it, for headlines about markets.
    pub fn finance() -> Arc<Lexicon> {
        static LEXICON: LazyLock<Arc<Lexicon>> = LazyLock::new(|| {
            let entries = parse(FINANCE).expect("the shipped lexicon is well formed");
            Arc::new(Lexicon::clone(&Lexicon::vader()).with(entries))
        });
        LEXICON.clone()
    }

    /// Only negations and boosters, no word with a strength.
    pub fn bare() -> Lexicon {
        let mut words: BTreeMap<Box<str>, Word> = BTreeMap::new();
        for word in NEGATIONS {
            words.entry(word.into()).or_default().negates = true;
        }
        for word in BOOSTERS {
            words.entry(word.into()).or_default().boost = BOOST;
        }
        for word in DAMPENERS {
            words.entry(word.into()).or_default().boost = -BOOST;
        }
        Lexicon { table: table(&words), words }
    }

    /// The lexicon with these words in place of its own. A strength of 0 takes a word out: it is
    /// then as neutral as one that nobody knows.
    pub fn with<'a>(mut self, entries: impl IntoIterator<Item = (&'a str, f64)>) -> Lexicon {
        for (word, strength) in entries {
            let entry = self.words.entry(word.into()).or_default();
            entry.strength = (strength != 0.0).then_some(strength);
        }
        self.table = table(&self.words);
        self
    }

    /// Words that have a strength.
    pub fn len(&self) -> usize {
        self.words.values().filter(|w| w.strength.is_some()).count()
    }

    /// No word with a strength at all?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The strength of a word in lower case.
    pub fn strength(&self, word: &str) -> Option<f64> {
        self.word(word).strength
    }

    pub(super) fn word(&self, lower: &str) -> Word {
        let mut place = hash(lower) & (self.table.len() - 1);
        let mut word = Word::default();
        // A quarter of the table at most is taken, so that this ends.
        while let Some((there, known)) = &self.table[place] {
            if **there == *lower {
                word = *known;
                break;
            }
            place = (place + 1) & (self.table.len() - 1);
        }
        word.negates |= lower.as_bytes().windows(3).any(|three| three == b"n't");
        word
    }
}

/// FNV-1a, folded: short words, and only a power of two of places.
fn hash(word: &str) -> usize {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = word.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash ^ (hash >> 32)) as usize
}

fn table(words: &BTreeMap<Box<str>, Word>) -> Vec<Option<(Box<str>, Word)>> {
    let mut table = vec![None; (words.len() * 4).next_power_of_two()];
    for (word, known) in words {
        let mut place = hash(word) & (table.len() - 1);
        while table[place].is_some() {
            place = (place + 1) & (table.len() - 1);
        }
        table[place] = Some((word.clone(), *known));
    }
    table
}

/// Can this be an entry of a lexicon?
///
/// # Errors
/// When the word could never be found in a text, or the strength is out of range.
pub fn check(word: &str, strength: f64) -> Result<(), &'static str> {
    match strength {
        -4.0..=4.0 if word.is_empty() => Err("no word"),
        -4.0..=4.0 => Ok(()),
        _ => Err("the strength is not from -4 to 4"),
    }
}

/// Reads the text of a lexicon: a word, a tab, its strength from -4 to 4, anything after a second
/// tab (so that files of VADER's shape do). Empty lines, and lines that begin with `# `, say
/// nothing. Of a word that is there twice the last one counts.
///
/// # Errors
/// The first line with no tab, with no word, or whose strength is no number from -4 to 4.
pub fn parse(text: &str) -> Result<Vec<(&str, f64)>, LexiconError> {
    let mut entries = Vec::new();
    for (number, line) in text.lines().enumerate() {
        // `#` alone begins emoticons too.
        if matches!(line.trim(), "" | "#") || line.starts_with("# ") {
            continue;
        }
        let bad = |reason| LexiconError { line: number + 1, reason };
        let mut fields = line.trim().split('\t');
        let word = fields.next().filter(|w| !w.is_empty()).ok_or_else(|| bad("no word"))?;
        let strength = fields.next().ok_or_else(|| bad("no tab after the word"))?;
        let strength: f64 =
            strength.trim().parse().map_err(|_| bad("the strength is no number"))?;
        check(word, strength).map_err(bad)?;
        entries.push((word, strength));
    }
    Ok(entries)
}
