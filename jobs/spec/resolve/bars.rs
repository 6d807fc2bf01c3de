//! Bars and features: each has its columns and needs no other.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::JobError;
use operators::{
    bars::{BAR_COLUMNS, BarKind},
    features::FeatureSpec,
    market::{BarNode, FeatureNode, Node},
};
use pipeline::plan::ColumnPlan;

/// Bars by name, with their columns.
pub(super) fn resolve(
    cx: &Context<'_>,
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<BarNode>, JobError> {
    let section = cx.at("bars");
    let mut bars = Vec::new();
    for (name, kind) in &cx.spec.bars {
        let at = section.get(name);
        columns.define(name, "a bar", &at)?;
        let BarKind::Time(time) = kind;
        if time.every.0 <= 0 {
            return Err(at
                .get("time")
                .get("every")
                .error("a bar must be longer than nothing")
                .label("zero")
                .help("write a span of time, as in every = \"1m\""));
        }
        let slot = columns.plans().len() as u32;
        for (column, doc) in BAR_COLUMNS {
            columns.push(ColumnPlan {
                name: format!("{name}.{column}"),
                doc: doc.to_owned(),
                unit: unit(column).to_owned(),
                warm_up: 0,
                operator: format!("time every {} ({} clock)", time.every, time.clock),
                shared_with: Vec::new(),
            });
        }
        let node = Node { name: name.as_str().into(), ordinal: ordinals.next() };
        bars.push(BarNode { node, kind: kind.clone(), slot });
    }
    columns.begin_computed();
    Ok(bars)
}

fn unit(column: &str) -> &'static str {
    match column {
        "volume" | "buy_volume" => "quantity",
        "trades" => "count",
        _ => "price",
    }
}

/// Features by name.
pub(super) fn features(
    cx: &Context<'_>,
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<FeatureNode>, JobError> {
    let section = cx.at("features");
    let mut features = Vec::new();
    for (name, spec) in &cx.spec.features {
        columns.define(name, "a feature", &section.get(name))?;
        let (operator, warm_up) = match spec {
            FeatureSpec::BookImbalance(f) => (format!("book_imbalance levels={}", f.levels), 0),
            FeatureSpec::TradeImbalance(f) => {
                (format!("trade_imbalance trades={}", f.trades), f.trades.get() - 1)
            }
        };
        let kind = operator.split(' ').next().unwrap_or_default();
        let entry = FeatureSpec::CATALOGUE.iter().find(|entry| entry.kind == kind);
        let slot = columns.push(ColumnPlan {
            name: name.clone(),
            doc: entry.map_or("", |entry| entry.doc).to_owned(),
            unit: "-1 to 1".to_owned(),
            warm_up: warm_up.into(),
            operator,
            shared_with: Vec::new(),
        });
        let node = Node { name: name.as_str().into(), ordinal: ordinals.next() };
        features.push(FeatureNode { node, spec: spec.clone(), slot });
    }
    Ok(features)
}
