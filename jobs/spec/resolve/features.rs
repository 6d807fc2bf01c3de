//! Features: each has its columns and needs no other.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::{JobError, document::Cursor};
use operators::{
    features::{
        FeatureSpec, Sentiment,
        sentiment::{LexiconName, check_strength, parse_lexicon},
    },
    market::{FeatureNode, Node},
};
use pipeline::plan::ColumnPlan;

/// Features by name, with their columns.
pub(super) fn resolve(
    cx: &Context<'_>,
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<FeatureNode>, JobError> {
    let section = cx.at("features");
    let mut features = Vec::new();
    for (name, spec) in &cx.spec.features {
        let at = section.get(name);
        columns.define(name, "a feature", &at)?;
        let outputs = spec.entry().outputs;
        for output in outputs.iter().filter(|output| !output.suffix.is_empty()) {
            // As it is called in the table readings.
            let column = format!("{name}_{}", output.suffix);
            columns.define(&column, &format!("a column of `{name}`"), &at)?;
        }
        let (spec, operator, warm_up) = match spec {
            FeatureSpec::BookImbalance(f) => {
                (spec.clone(), format!("book_imbalance levels={}", f.levels), 0)
            }
            FeatureSpec::TradeImbalance(f) => {
                let operator = format!("trade_imbalance trades={}", f.trades);
                (spec.clone(), operator, f.trades.get() - 1)
            }
            FeatureSpec::Sentiment(f) => {
                let f = sentiment(f, &at.get("sentiment"))?;
                let own = match f.words.len() {
                    0 => String::new(),
                    words => format!("+{words} words"),
                };
                let operator = format!(
                    "sentiment half_life={} embargo={} duplicates={} lexicon={}{own}",
                    f.half_life, f.embargo, f.duplicates, f.lexicon
                );
                (FeatureSpec::Sentiment(f), operator, 0)
            }
        };
        let slot = columns.plans().len() as u32;
        for output in outputs {
            let (name, doc) = match (outputs.len(), output.suffix) {
                (1, _) => (name.clone(), spec.entry().doc),
                (_, "") => (name.clone(), output.doc),
                (_, suffix) => (format!("{name}.{suffix}"), output.doc),
            };
            columns.push(ColumnPlan {
                name,
                doc: doc.to_owned(),
                unit: output.unit.to_owned(),
                warm_up: warm_up.into(),
                operator: operator.clone(),
                shared_with: Vec::new(),
            });
        }
        let node = Node { name: name.as_str().into(), ordinal: ordinals.next() };
        features.push(FeatureNode { node, spec, slot });
    }
    Ok(features)
}

/// With the words of its lexicon in the place of the file that holds them.
fn sentiment(written: &Sentiment, at: &Cursor<'_, '_>) -> Result<Sentiment, JobError> {
    let mut sentiment = written.clone();
    if sentiment.half_life.0 <= 0 {
        let error = at.get("half_life").error("a half-life is longer than nothing");
        return Err(error.label("zero").help("as in half_life = \"30m\""));
    }
    for (i, (word, strength)) in written.words.iter().enumerate() {
        check_strength(word, *strength)
            .map_err(|why| at.get("words").get(i).error(why).label("no entry of a lexicon"))?;
    }
    if let LexiconName::File(path) = &written.lexicon {
        let at = at.get("lexicon");
        let text = std::fs::read_to_string(path).map_err(|error| {
            at.error(format!("there is no lexicon `{path}`: {error}"))
                .label("not found")
                .help("lexicons are finance, vader, and files of words with their strength")
        })?;
        let words = parse_lexicon(&text).map_err(|error| {
            at.error(format!("{path} is no lexicon: {error}"))
                .label("this file")
                .help("each line is a word, a tab, and its strength from -4 to 4")
        })?;
        let words = words.into_iter().map(|(word, strength)| (word.into(), strength));
        sentiment.words = words.chain(written.words.iter().cloned()).collect();
        sentiment.lexicon = LexiconName::Vader;
    }
    // Texts are looked up in lower case.
    for (word, _) in &mut sentiment.words {
        *word = word.to_lowercase().into();
    }
    Ok(sentiment)
}
