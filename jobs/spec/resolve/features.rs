//! Features: each has its columns and needs no other; computed once where they are the same.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::{JobError, document::Cursor};
use operators::{
    features::{
        Feature, FeatureSpec, Sentiment,
        sentiment::{LexiconName, check_strength, parse_lexicon},
    },
    indicators::Entry,
    market::{FeatureNode, Node},
};
use pipeline::plan::ColumnPlan;
use schemas::Span;

/// Features by name, with their columns.
pub(super) fn resolve(
    cx: &Context<'_>,
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<FeatureNode>, JobError> {
    columns.begin_features();
    let section = cx.at("features");
    let mut features: Vec<FeatureNode> = Vec::new();
    for (name, spec) in &cx.spec.features {
        let at = section.get(name);
        columns.define(name, "a feature", &at)?;
        let (spec, plans) = match spec.running() {
            Some(feature) => {
                if let Some((parameter, why)) = feature.fault() {
                    let place = at.get(feature.kind()).get(parameter);
                    return Err(place.error(why).label("does not fit"));
                }
                (spec.clone(), vec![running(name, spec, feature)])
            }
            None => looked_up(name, spec, &at)?,
        };
        for plan in plans.iter().filter(|plan| plan.name != *name) {
            // As it is called in the table readings.
            columns.define(&plan.name.replace('.', "_"), &format!("a column of `{name}`"), &at)?;
        }
        let same = features.iter().find(|node| node.spec == spec);
        if let Some(node) = same {
            for (slot, plan) in (node.slot..).zip(&plans) {
                columns.share(&plan.name, slot);
            }
            continue;
        }
        let slot = columns.plans().len() as u32;
        for plan in plans {
            columns.push(plan);
        }
        let node = Node { name: name.as_str().into(), ordinal: ordinals.next() };
        features.push(FeatureNode { node, spec, slot });
    }
    Ok(features)
}

/// A feature whose value is looked up, with all that its job file leaves to others, and its
/// columns.
fn looked_up(
    name: &str,
    spec: &FeatureSpec,
    at: &Cursor<'_, '_>,
) -> Result<(FeatureSpec, Vec<ColumnPlan>), JobError> {
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
        _ => unreachable!("a feature that does not run is one of these"),
    };
    let entry = spec.entry().expect("a feature that does not run has an entry");
    let plan = |output: &operators::features::FeatureOutput| {
        let (name, doc) = match (entry.outputs.len(), output.suffix) {
            (1, _) => (name.to_owned(), entry.doc),
            (_, "") => (name.to_owned(), output.doc),
            (_, suffix) => (format!("{name}.{suffix}"), output.doc),
        };
        ColumnPlan {
            name,
            doc: doc.to_owned(),
            unit: output.unit.to_owned(),
            warm_up: warm_up.into(),
            operator: operator.clone(),
            shared_with: Vec::new(),
        }
    };
    let plans = entry.outputs.iter().map(plan).collect();
    Ok((spec, plans))
}

fn running(name: &str, spec: &FeatureSpec, feature: &dyn Feature) -> ColumnPlan {
    let entry = entry_of(feature.kind());
    let given = given(spec).into_iter().map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!(" {key}={text}")
    });
    let doc = match feature.warm_up() {
        Span(0) => entry.title.to_owned(),
        span => format!("{}; null in the first {span}", entry.title),
    };
    ColumnPlan {
        name: name.to_owned(),
        doc,
        unit: feature.unit().to_owned(),
        // It takes time, and no number of rows.
        warm_up: 0,
        operator: format!("{}{}", feature.kind(), given.collect::<String>()),
        shared_with: Vec::new(),
    }
}

fn entry_of(kind: &str) -> &'static Entry {
    let entry = FeatureSpec::running_kinds().iter().find(|entry| entry.kind == kind);
    entry.expect("every kind has an entry")
}

/// Names and values of the parameters of a feature with running state, in their order, without
/// what is as it would be if it were left out.
pub(in crate::spec) fn given(spec: &FeatureSpec) -> Vec<(&'static str, serde_json::Value)> {
    let Some(feature) = spec.running() else { return Vec::new() };
    let mut values = serde_json::to_value(spec).expect("parameters are plain data");
    let values = &mut values[feature.kind()];
    let each = entry_of(feature.kind()).parameters.iter();
    let each = each.map(|p| (p, values[p.name].take()));
    each.filter(|(p, value)| p.default.is_none() || value.as_str() != p.default)
        .map(|(p, value)| (p.name, value))
        .collect()
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
