//! Sentiment against recorded scores and against people's labels.

#[path = "shared/mod.rs"]
mod shared;

use operators::features::sentiment::{Lexicon, Scores};
use std::{fs, io::Read};

#[test]
fn all_recorded_scores_are_met() {
    let path = "vaderSentiment__lexicon/nytEditorialSnippets_vader.tsv.gz";
    let Some(path) = shared::shared_file(path) else { return };
    let mut text = String::new();
    let mut file = flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap());
    file.read_to_string(&mut text).unwrap();
    let vader = Lexicon::vader();
    let mut texts = 0;
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.splitn(7, '\t').collect();
        let score = |i: usize| -> f64 { fields[i].parse().unwrap() };
        let expected = Scores { neg: score(2), neu: score(3), pos: score(4), compound: score(5) };
        assert_eq!(vader.score(fields[6]), expected, "{line}");
        texts += 1;
    }
    assert_eq!(texts, 5190);
}

#[test]
fn the_examples_of_the_reference_are_met() {
    let path = shared::shared_file("vaderSentiment__lexicon/readme_examples.json");
    let Some(path) = path else { return };
    let examples: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let examples = examples.as_array().unwrap();
    for example in examples {
        let score = |name: &str| example["vader_run"][name].as_f64().unwrap();
        let expected = Scores {
            neg: score("neg"),
            neu: score("neu"),
            pos: score("pos"),
            compound: score("compound"),
        };
        assert_eq!(Lexicon::vader().score(example["text"].as_str().unwrap()), expected);
    }
    assert_eq!(examples.len(), 16);
}

/// The share of sentences whose label (-1, 0, 1) the sign of the compound score tells.
fn share_right(lexicon: &Lexicon, sentences: &[(&str, i8)]) -> f64 {
    let sign = |compound: f64| i8::from(compound >= 0.05) - i8::from(compound <= -0.05);
    let right = |(text, label): &&(&str, i8)| sign(lexicon.score(text).compound) == *label;
    sentences.iter().filter(right).count() as f64 / sentences.len() as f64
}

#[test]
fn words_of_finance_help_with_sentences_of_finance() {
    let path = "FinancialPhraseBank__sentences/Sentences_66Agree_minus_AllAgree.utf8.txt";
    let Some(path) = shared::shared_file(path) else { return };
    let text = fs::read_to_string(path).unwrap();
    let label = |text: &str| match text {
        "positive" => 1,
        "negative" => -1,
        "neutral" => 0,
        other => panic!("no label: {other}"),
    };
    let sentences = text.lines().map(|line| line.trim_end().rsplit_once('@').unwrap());
    let sentences: Vec<(&str, i8)> = sentences.map(|(text, l)| (text, label(l))).collect();
    assert_eq!(sentences.len(), 1954);
    let vader = share_right(&Lexicon::vader(), &sentences);
    let finance = share_right(&Lexicon::finance(), &sentences);
    eprintln!("right: VADER {vader:.4}, with words of finance {finance:.4}");
    assert!(vader > 0.53 && finance > vader + 0.03);
}
