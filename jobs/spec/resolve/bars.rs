//! Bars: each has its columns and needs no other.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::JobError;
use operators::{
    bars::{BAR_COLUMNS, BarKind},
    market::{BarNode, Node},
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
