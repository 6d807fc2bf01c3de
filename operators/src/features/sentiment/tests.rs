//! VADER's scores against the Python package's, and what lexicons hold.

use super::{Lexicon, LexiconName, SCORED_BYTES, Scores, Sentiment, parse_lexicon};
use schemas::Span;

/// Own sentences, one rule or more each, with what vaderSentiment 3.3.2 said on Python 3.11:
/// `neg`, `neu`, `pos`, `compound`.
#[rustfmt::skip]
const SAMPLES: &[(&str, [f64; 4])] = &[
    ("The quarter was good.", [0.0, 0.508, 0.492, 0.4404]),
    ("The quarter was not good.", [0.376, 0.624, 0.0, -0.3412]),
    ("The quarter wasn't good!", [0.473, 0.527, 0.0, -0.4015]),
    ("The quarter was GOOD, they said", [0.0, 0.579, 0.421, 0.5622]),
    ("ALL OF THIS IS GOOD", [0.0, 0.58, 0.42, 0.4404]),
    ("The quarter was very good", [0.0, 0.556, 0.444, 0.4927]),
    ("The quarter was VERY good, really GOOD!!!", [0.0, 0.341, 0.659, 0.8922]),
    ("The quarter was hardly good??", [0.0, 0.574, 0.426, 0.4528]),
    ("What a great fund???? Great???", [0.0, 0.247, 0.753, 0.8796]),
    ("The fund is good, but fees are horrible and the service is not great.",
     [0.415, 0.497, 0.088, -0.8497]),
    ("Good but good and bad but bad", [0.519, 0.164, 0.317, -0.6908]),
    ("A kind of happy market", [0.0, 0.54, 0.46, 0.5279]),
    ("I am kind of very happy today", [0.0, 0.6, 0.4, 0.6115]),
    ("They are just enough of a success", [0.0, 0.619, 0.381, 0.5719]),
    ("It is the least good plan", [0.325, 0.675, 0.0, -0.3412]),
    ("At the very least good plan", [0.0, 0.611, 0.389, 0.4902]),
    ("Least happy traders", [0.6, 0.4, 0.0, -0.4585]),
    ("It was never so good", [0.0, 0.475, 0.525, 0.6626]),
    ("We have never seen this great", [0.0, 0.506, 0.494, 0.7073]),
    ("Without a doubt great", [0.0, 0.244, 0.756, 0.7359]),
    ("Without doubt a great one", [0.0, 0.326, 0.674, 0.7359]),
    ("no good news", [0.546, 0.454, 0.0, -0.3412]),
    ("No hope, no growth or success today", [0.608, 0.24, 0.151, -0.6908]),
    ("NO good luck for them", [0.768, 0.232, 0.0, -0.6827]),
    ("This trade is the bomb", [0.0, 0.5, 0.5, 0.6124]),
    ("We all got the kiss of death", [0.5, 0.5, 0.0, -0.6124]),
    ("That is a plan to die for now", [0.358, 0.642, 0.0, -0.5994]),
    ("The old bus stop is nice", [0.0, 1.0, 0.0, 0.0]),
    ("Yeah right, they are so happy", [0.0, 0.366, 0.634, 0.787]),
    ("My poor beating heart is sad", [0.586, 0.127, 0.287, -0.5719]),
    ("The index :) fell :-( and D: xD lol", [0.131, 0.21, 0.658, 0.876]),
    ("Rockets \u{1f680} and joy \u{1f602}\u{1f602} now", [0.151, 0.397, 0.452, 0.8625]),
    ("\u{1f60d}love\u{1f480}", [0.0, 0.571, 0.429, 0.4588]),
    ("   Tab\tand\u{a0}no-break\u{1c}spaces are nice  ", [0.0, 0.641, 0.359, 0.4215]),
    ("\"Quoted,\" (nice) 'words' ;) ok.", [0.0, 0.39, 0.61, 0.5719]),
    ("\u{1c5} is a TITLE letter, Win", [0.0, 0.568, 0.432, 0.5859]),
    ("\u{c9}norme SUCC\u{c8}S \u{3a3}\u{391}\u{3a3} win WIN", [0.0, 0.265, 0.735, 0.8531]),
    ("the of and", [0.0, 1.0, 0.0, 0.0]),
    ("!!!", [0.0, 1.0, 0.0, 0.0]),
    ("shares rose 12% to $101.5", [0.0, 0.645, 0.355, 0.296]),
    ("can't stand losses, couldn't care less", [0.296, 0.45, 0.254, -0.0951]),
    ("Uh-uh, not great, nope", [0.0, 0.527, 0.473, 0.4014]),
    ("Despite the happy crowd, rarely seldom sad", [0.507, 0.493, 0.0, -0.6307]),
    ("sort of good, sort-of bad, kinda ugly", [0.463, 0.311, 0.226, -0.4679]),
    ("SO BAD it hurts, so bad", [0.821, 0.179, 0.0, -0.941]),
];

#[test]
fn samples_score_as_in_the_reference() {
    for (text, [neg, neu, pos, compound]) in SAMPLES {
        let expected = Scores { neg: *neg, neu: *neu, pos: *pos, compound: *compound };
        assert_eq!(Lexicon::vader().score(text), expected, "{text}");
    }
}

#[test]
fn an_empty_text_has_no_mood() {
    for text in ["", "  \t "] {
        assert_eq!(Lexicon::vader().score(text), Scores::default());
    }
    let neutral = Lexicon::bare().score("a wonderful day");
    assert_eq!(neutral, Scores { neu: 1.0, ..Scores::default() });
}

#[test]
fn words_of_finance_lie_over_the_others() {
    let (vader, finance) = (Lexicon::vader(), Lexicon::finance());
    assert_eq!((vader.len(), vader.strength("bullish")), (7506, None));
    assert_eq!(finance.strength("bullish"), Some(2.2));
    // A thing, not a mood: taken out. What finance does not know stays.
    assert_eq!((vader.strength("shares"), finance.strength("shares")), (Some(1.2), None));
    assert_eq!(finance.strength("wonderful"), vader.strength("wonderful"));
    let headlines = [
        ("Analysts are extremely bullish on the chip sector", 1.0),
        ("Broker downgrades retailer after profit warning", -1.0),
        ("Shares plunge as regulator opens probe into exchange", -1.0),
        ("Drugmaker beats estimates, raises outlook", 1.0),
        ("Shareholders to vote on share capital", 0.0),
    ];
    for (headline, sign) in headlines {
        let compound = finance.score(headline).compound;
        let direction = if compound == 0.0 { 0.0 } else { compound.signum() };
        assert_eq!(direction, sign, "{headline}: {compound}");
    }
}

#[test]
fn a_users_words_count_and_a_strength_of_zero_takes_out() {
    let entries = parse_lexicon("# mine\n\nhodl\t2.5\tmore\nmoonish\t-1\ngood\t0\n").unwrap();
    assert_eq!(entries, [("hodl", 2.5), ("moonish", -1.0), ("good", 0.0)]);
    let mine = Lexicon::clone(&Lexicon::vader()).with(entries);
    assert_eq!(mine.len(), Lexicon::vader().len() + 1);
    assert!(mine.score("just HODL it").compound > mine.score("just hodl it").compound);
    assert_eq!(mine.score("good").compound, 0.0);
}

#[test]
fn a_line_that_is_no_entry_is_named() {
    let reasons = [
        ("a\t1\nb 2", "line 2: no tab after the word"),
        ("a\tone", "line 1: the strength is no number"),
        ("a\t4.5", "line 1: the strength is not from -4 to 4"),
        ("a\tNaN", "line 1: the strength is not from -4 to 4"),
    ];
    for (text, reason) in reasons {
        assert_eq!(parse_lexicon(text).unwrap_err().to_string(), reason);
    }
}

#[test]
fn lists_of_words_are_lower_case_and_without_doubles() {
    let finance = parse_lexicon(include_str!("data/finance.tsv")).unwrap();
    let mut words: Vec<&str> = finance.iter().map(|(word, _)| *word).collect();
    assert!(words.iter().all(|w| w.to_lowercase() == **w && !w.contains(' ')));
    words.sort();
    let all = words.len();
    words.dedup();
    assert_eq!(words.len(), all);
}

#[test]
fn of_a_hostile_headline_only_the_start_counts() {
    let sentiment = Sentiment::new(Span(1), Span(0), LexiconName::Vader);
    let start = "good é ".repeat(SCORED_BYTES);
    let score = sentiment.score(&start);
    assert!(score > 0.9, "{score}");
    assert_eq!(sentiment.score(&format!("{start}{}", "but bad ".repeat(1 << 20))), score);
    assert_eq!(sentiment.score("\0good\0 \u{feff}"), 0.0);
}
