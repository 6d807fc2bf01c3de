//! Features: each has its column and needs no other; computed once where they are the same.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::JobError;
use operators::{
    features::{Feature, FeatureSpec},
    indicators::Entry,
    market::{FeatureNode, Node},
};
use pipeline::plan::ColumnPlan;
use schemas::Span;

/// Features by name.
pub(super) fn resolve(
    cx: &Context<'_>,
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<FeatureNode>, JobError> {
    let section = cx.at("features");
    let mut features: Vec<FeatureNode> = Vec::new();
    for (name, spec) in &cx.spec.features {
        let at = section.get(name);
        columns.define(name, "a feature", &at)?;
        let column = match spec.running() {
            Some(feature) => {
                if let Some((parameter, why)) = feature.fault() {
                    let place = at.get(feature.kind()).get(parameter);
                    return Err(place.error(why).label("does not fit"));
                }
                running(name, spec, feature)
            }
            None => looked_up(name, spec),
        };
        if let Some(node) = features.iter().find(|node| node.spec == *spec) {
            columns.share(name, node.slot);
            continue;
        }
        let slot = columns.push(column);
        let node = Node { name: name.as_str().into(), ordinal: ordinals.next() };
        features.push(FeatureNode { node, spec: spec.clone(), slot });
    }
    Ok(features)
}

fn looked_up(name: &str, spec: &FeatureSpec) -> ColumnPlan {
    let (operator, warm_up) = match spec {
        FeatureSpec::BookImbalance(f) => (format!("book_imbalance levels={}", f.levels), 0),
        FeatureSpec::TradeImbalance(f) => {
            (format!("trade_imbalance trades={}", f.trades), f.trades.get() - 1)
        }
        _ => unreachable!("a feature that does not run is one of these"),
    };
    let kind = operator.split(' ').next().unwrap_or_default();
    let entry = FeatureSpec::CATALOGUE.iter().find(|entry| entry.kind == kind);
    ColumnPlan {
        name: name.to_owned(),
        doc: entry.map_or("", |entry| entry.doc).to_owned(),
        unit: "-1 to 1".to_owned(),
        warm_up: warm_up.into(),
        operator,
        shared_with: Vec::new(),
    }
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
