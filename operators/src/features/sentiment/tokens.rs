//! Cuts a text into words as Python's string methods do, for equal scores are equal tokens.

use super::lexicon::{Lexicon, Word};
use std::{collections::BTreeMap, sync::LazyLock};

/// Emoji and the words that stand for them; MIT, see `data/LICENSE-vader`. Those of several code
/// points are left out: the reference looks at one at a time and never finds them.
const EMOJI: &str = include_str!("data/emoji.tsv");

static EMOJIS: LazyLock<BTreeMap<char, &'static str>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let (emoji, words) = line.split_once('\t').expect("two columns");
        (emoji.chars().next().expect("an emoji"), words)
    };
    EMOJI.lines().map(entry).collect()
});

/// A word of a text.
pub(super) struct Token {
    /// Where it stands in [`Tokens::lower`].
    from: usize,
    to: usize,
    /// Has letters, and only capital ones?
    pub upper: bool,
    /// What the lexicon knows about it.
    pub word: Word,
}

/// A text cut into words, without the punctuation around them.
pub(super) struct Tokens {
    /// The words in lower case, one after the other.
    lower: String,
    /// The words.
    pub tokens: Vec<Token>,
}

impl Tokens {
    /// Cuts a text.
    pub fn of(text: &str, lexicon: &Lexicon) -> Tokens {
        let mut lower = String::with_capacity(text.len());
        let mut tokens = Vec::with_capacity(text.len() / 5);
        for piece in text.split(is_space).filter(|piece| !piece.is_empty()) {
            let piece = without_punctuation(piece);
            let from = lower.len();
            if piece.is_ascii() {
                lower.push_str(piece);
                lower[from..].make_ascii_lowercase();
            } else {
                lower.push_str(&piece.to_lowercase());
            }
            let (to, word) = (lower.len(), lexicon.word(&lower[from..]));
            tokens.push(Token { from, to, upper: is_upper(piece), word });
        }
        Tokens { lower, tokens }
    }

    /// A word in lower case.
    pub fn text(&self, index: usize) -> &str {
        let token = &self.tokens[index];
        &self.lower[token.from..token.to]
    }

    /// Do these words stand there?
    pub fn at(&self, index: usize, words: &[&str]) -> bool {
        words.len() <= self.tokens.len().saturating_sub(index)
            && words.iter().enumerate().all(|(i, word)| self.text(index + i) == *word)
    }

    /// Are some words, but not all, in capitals?
    pub fn mixes_capitals(&self) -> bool {
        let capitals = self.tokens.iter().filter(|t| t.upper).count();
        0 < capitals && capitals < self.tokens.len()
    }
}

/// The text with words in the place of emoji, without space around it.
pub(super) fn without_emoji(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        return text.trim_matches(is_space).into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut after_space = true;
    for character in text.chars() {
        match EMOJIS.get(&character) {
            Some(words) => {
                if !after_space {
                    plain.push(' ');
                }
                plain.push_str(words);
                after_space = false;
            }
            None => {
                plain.push(character);
                after_space = character == ' ';
            }
        }
    }
    plain.trim_matches(is_space).to_owned().into()
}

/// A word without the punctuation around it, unless hardly anything would be left: then it is
/// probably an emoticon.
fn without_punctuation(piece: &str) -> &str {
    let stripped = piece.trim_matches(|c: char| c.is_ascii_punctuation());
    if stripped.chars().nth(2).is_some() { stripped } else { piece }
}

/// Python's `str.isspace`, which counts the four ASCII separators too.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// Python's `str.isupper`: no lower or title case letter, and one capital.
fn is_upper(word: &str) -> bool {
    if word.is_ascii() {
        let bytes = word.as_bytes();
        return !bytes.iter().any(u8::is_ascii_lowercase)
            && bytes.iter().any(u8::is_ascii_uppercase);
    }
    let small = |c: char| c.is_lowercase() || is_title(c);
    !word.chars().any(small) && word.chars().any(char::is_uppercase)
}

/// Letters of title case, such as `ǅ`: neither upper nor lower.
fn is_title(character: char) -> bool {
    matches!(character, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1f88}'..='\u{1f8f}'
        | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}'
        | '\u{1ffc}')
}
