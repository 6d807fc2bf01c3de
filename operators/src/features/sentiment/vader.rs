//! VADER's rules, ported exactly from vaderSentiment 3.3.2 (MIT), its quirks included. C.J. Hutto
//! and E.E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
//! Media Text", 2014. The reference adds floats from left to right, as Python before 3.12 does.

use super::{
    lexicon::Lexicon,
    tokens::{Tokens, without_emoji},
    words::{
        BOOST, CAPITALS, DAMPENING_PAIRS, EXCLAMATION, NEGATION, NORMAL, PAIRS, QUESTION,
        QUESTIONS, TRIPLES,
    },
};

/// The mood of a text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scores {
    /// Share of the text that is positive, to 3 decimals.
    pub pos: f64,
    /// Share that is negative, to 3 decimals.
    pub neg: f64,
    /// Share that is neither, to 3 decimals.
    pub neu: f64,
    /// The whole: from -1, all bad, to 1, all good, to 4 decimals. 0 for a text without a word of
    /// the lexicon.
    pub compound: f64,
}

impl Lexicon {
    /// Scores a text. Rules are made for a sentence or two; work grows with the square of the
    /// number of words where `but` is among them.
    pub fn score(&self, text: &str) -> Scores {
        let text = without_emoji(text);
        let tokens = Tokens::of(&text, self);
        if tokens.tokens.is_empty() {
            return Scores::default();
        }
        let capitals = tokens.mixes_capitals();
        let mut strengths: Vec<f64> =
            (0..tokens.tokens.len()).map(|index| strength(&tokens, index, capitals)).collect();
        weigh_but(&tokens, &mut strengths);
        sum_up(&strengths, emphasis(&text))
    }
}

/// The strength of one word among the others.
fn strength(tokens: &Tokens, index: usize, capitals: bool) -> f64 {
    let token = &tokens.tokens[index];
    let Some(own) = token.word.strength else { return 0.0 };
    if token.word.boost != 0.0 || tokens.at(index, &["kind", "of"]) {
        return 0.0;
    }
    let known = |index: usize| tokens.tokens[index].word.strength.is_some();
    let says = |back: usize, word: &str| index >= back && tokens.text(index - back) == word;

    let mut strength = own;
    let last = index + 1 == tokens.tokens.len();
    if tokens.text(index) == "no" && !last && known(index + 1) {
        strength = 0.0;
    }
    if says(1, "no") || says(2, "no") || (says(3, "no") && (says(1, "or") || says(1, "nor"))) {
        strength = own * NEGATION;
    }
    if token.upper && capitals {
        strength += if strength > 0.0 { CAPITALS } else { -CAPITALS };
    }
    for back in 1..=3.min(index) {
        if known(index - back) {
            continue;
        }
        strength += boost(tokens, index - back, strength, capitals) * [1.0, 0.95, 0.9][back - 1];
        strength *= turn(tokens, index, back);
        if back == 3 {
            strength = idioms(tokens, index, strength);
        }
    }
    if says(1, "least") && !known(index - 1) && !says(2, "at") && !says(2, "very") {
        strength *= NEGATION;
    }
    strength
}

/// What a booster or dampener adds to a word that follows it.
fn boost(tokens: &Tokens, index: usize, strength: f64, capitals: bool) -> f64 {
    let token = &tokens.tokens[index];
    let mut boost = token.word.boost;
    if boost == 0.0 {
        return 0.0;
    }
    if strength < 0.0 {
        boost = -boost;
    }
    if token.upper && capitals {
        boost += if strength > 0.0 { CAPITALS } else { -CAPITALS };
    }
    boost
}

/// What the word so far back multiplies by: negation, or the emphasis of `never so`.
fn turn(tokens: &Tokens, index: usize, back: usize) -> f64 {
    let says = |back: usize, word: &str| tokens.text(index - back) == word;
    let emphasis = |back: usize| says(back, "so") || says(back, "this");
    match back {
        2 if says(2, "never") && emphasis(1) => return 1.25,
        2 if says(2, "without") && says(1, "doubt") => return 1.0,
        // The reference binds `and` before `or`: `so` or `this` just before is enough.
        3 if (says(3, "never") && emphasis(2)) || emphasis(1) => return 1.25,
        3 if says(3, "without") && (says(2, "doubt") || says(1, "doubt")) => return 1.0,
        _ => {}
    }
    if tokens.tokens[index - back].word.negates { NEGATION } else { 1.0 }
}

/// Idioms around a word that has three words before it.
fn idioms(tokens: &Tokens, index: usize, mut strength: f64) -> f64 {
    let pair = |at: usize| PAIRS.iter().find(|(words, _)| tokens.at(at, words)).map(|p| p.1);
    let triple = |at: usize| TRIPLES.iter().find(|(words, _)| tokens.at(at, words)).map(|t| t.1);
    let before = pair(index - 1)
        .or_else(|| triple(index - 2))
        .or_else(|| pair(index - 2))
        .or_else(|| triple(index - 3))
        .or_else(|| pair(index - 3));
    // What stands later in this list is looked at later and wins.
    for found in [before, pair(index), triple(index)] {
        strength = found.unwrap_or(strength);
    }
    for at in [index - 3, index - 2] {
        if DAMPENING_PAIRS.iter().any(|words| tokens.at(at, words)) {
            strength -= BOOST;
        }
    }
    strength
}

/// What stands before the first `but` counts half, what stands after it half as much again. The
/// reference looks each strength up by value, so the first equal one is changed in its place.
fn weigh_but(tokens: &Tokens, strengths: &mut [f64]) {
    let Some(but) = (0..strengths.len()).find(|index| tokens.text(*index) == "but") else { return };
    for index in 0..strengths.len() {
        let strength = strengths[index];
        let first = strengths.iter().position(|s| *s == strength).expect("it is itself there");
        match first.cmp(&but) {
            std::cmp::Ordering::Less => strengths[first] *= 0.5,
            std::cmp::Ordering::Greater => strengths[first] *= 1.5,
            std::cmp::Ordering::Equal => {}
        }
    }
}

/// What exclamation and question marks add.
fn emphasis(text: &str) -> f64 {
    let count = |mark: u8| text.bytes().filter(|b| *b == mark).count();
    let questions = match count(b'?') {
        0 | 1 => 0.0,
        few @ (2 | 3) => few as f64 * QUESTION,
        _ => QUESTIONS,
    };
    count(b'!').min(4) as f64 * EXCLAMATION + questions
}

fn sum_up(strengths: &[f64], emphasis: f64) -> Scores {
    let mut sum: f64 = strengths.iter().sum();
    let (mut good, mut bad, mut neither) = (0.0, 0.0, 0.0);
    for strength in strengths {
        // One more for each, because a neutral word counts one.
        if *strength > 0.0 {
            good += strength + 1.0;
        } else if *strength < 0.0 {
            bad += strength - 1.0;
        } else {
            neither += 1.0;
        }
    }
    if sum > 0.0 {
        sum += emphasis;
    } else if sum < 0.0 {
        sum -= emphasis;
    }
    if good > -bad {
        good += emphasis;
    } else if good < -bad {
        bad -= emphasis;
    }
    let total = good - bad + neither;
    Scores {
        pos: round(good / total, 3),
        neg: round(-bad / total, 3),
        neu: round(neither / total, 3),
        compound: round((sum / (sum * sum + NORMAL).sqrt()).clamp(-1.0, 1.0), 4),
    }
}

/// Python's `round`: the decimal number nearest to the exact value, ties to even.
fn round(value: f64, decimals: usize) -> f64 {
    let scale = [1.0, 10.0, 100.0, 1e3, 1e4][decimals];
    let scaled = value * scale;
    // Near a tie the product's own rounding might decide, so the exact digits do.
    if ((scaled - scaled.floor()) - 0.5).abs() < 1e-6 {
        let text = format!("{value:.decimals$}");
        return text.parse().expect("a number was just written");
    }
    // `+ 0.0` makes a negative zero a plain one.
    scaled.round() / scale + 0.0
}
