//! Bars: each has its columns, and needs no other but the one that it is built from.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::{JobError, document::Cursor, suggest};
use operators::{
    bars::{BAR_COLUMNS, BarKind, BarOn, Empty},
    market::{BarNode, Node},
};
use pipeline::plan::ColumnPlan;
use schemas::records::Clock;
use std::collections::BTreeSet;

/// Bars with their columns: lower ones first, then by name.
pub(super) fn resolve(
    cx: &Context<'_>,
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<BarNode>, JobError> {
    let section = cx.at("bars");
    for name in cx.spec.bars.keys() {
        columns.define(name, "a bar", &section.get(name))?;
    }
    let mut bars: Vec<BarNode> = Vec::new();
    let mut waiting: BTreeSet<&str> = cx.spec.bars.keys().map(String::as_str).collect();
    while let Some(first) = waiting.first().copied() {
        let is_free = |name: &&str| match cx.spec.bars[*name].on() {
            BarOn::Bar(lower) => !waiting.contains(&**lower),
            _ => true,
        };
        let Some(name) = waiting.iter().copied().find(is_free) else {
            let at = section.get(first).get(cx.spec.bars[first].name()).get("on");
            return Err(at
                .error(format!("`{first}` is built from itself, or from one that is"))
                .label("this closes a circle")
                .help("build one of them from trades, quotes or candles"));
        };
        waiting.remove(name);
        let kind = &cx.spec.bars[name];
        let upstream = check(kind, &bars, cx, &section.get(name).get(kind.name()))?;
        let slot = columns.plans().len() as u32;
        for (column, doc) in BAR_COLUMNS {
            columns.push(ColumnPlan {
                name: format!("{name}.{column}"),
                doc: doc.to_owned(),
                unit: unit(column).to_owned(),
                warm_up: 0,
                operator: describe(kind),
                shared_with: Vec::new(),
            });
        }
        let node = Node { name: name.into(), ordinal: ordinals.next() };
        bars.push(BarNode { node, kind: kind.clone(), upstream, slot });
    }
    Ok(bars)
}

/// What a bar is built from, if that is a bar; whether the two go together.
fn check(
    kind: &BarKind,
    bars: &[BarNode],
    cx: &Context<'_>,
    at: &Cursor<'_, '_>,
) -> Result<Option<u16>, JobError> {
    if let BarKind::Time(time) = kind
        && time.every.0 <= 0
    {
        return Err(at
            .get("every")
            .error("a bar must be longer than nothing")
            .label("zero")
            .help("write a span of time, as in every = \"1m\""));
    }
    let on = at.get("on");
    if let BarKind::Time(time) = kind
        && *kind.on() == BarOn::Candles
        && time.clock != Clock::Exchange
    {
        let error = at.get("clock").error("candles have the times of the venue");
        return Err(error.label("not by this clock").help("write clock = \"exchange\""));
    }
    let upstream = match kind.on() {
        BarOn::Bar(lower) => match bars.iter().position(|bar| bar.node.name == *lower) {
            Some(lower) => Some(lower),
            None => {
                let names = cx.spec.bars.keys().map(String::as_str);
                let names: Vec<&str> = names.chain(["trades", "quotes", "candles"]).collect();
                let error = on.error(format!("a bar cannot be built from `{lower}`"));
                return Err(error.label("no such bar").help_if(suggest::help(
                    lower,
                    &names,
                    "what bars are built from",
                )));
            }
        },
        _ => None,
    };
    if let (BarKind::Time(time), Some(lower)) = (kind, upstream) {
        let fits = match &bars[lower].kind {
            BarKind::Time(l) => l.clock == time.clock && time.every.0 % l.every.0 == 0,
            _ => false,
        };
        if !fits {
            let why = "a bar over time is built from bars over a part of its time, by one clock";
            return Err(on.error(why).label("does not fit"));
        }
    }
    let mut root = kind.on();
    let mut lower = upstream;
    while let Some(bar) = lower {
        root = bars[bar].kind.on();
        lower = bars[bar].upstream.map(usize::from);
    }
    if kind.needs_volume() && *root == BarOn::Quotes {
        let why = "best bids and offers have no volume that is traded";
        return Err(on.error(why).label("without volume").help("build it from trades"));
    }
    if kind.needs_notional() && *root == BarOn::Candles {
        let why = "candles do not say what was paid for each quantity";
        return Err(on.error(why).label("without money").help("build it from trades"));
    }
    Ok(upstream.map(|lower| lower as u16))
}

/// `time every 1m (receive clock)`, `tick count=100 on quotes`
fn describe(kind: &BarKind) -> String {
    let on = match kind.on() {
        BarOn::Trades => String::new(),
        other => format!(" on {other}"),
    };
    if let BarKind::Time(time) = kind {
        let empty = if time.empty == Empty::Carry { ", empty ones too" } else { "" };
        return format!("time every {} ({} clock){empty}{on}", time.every, time.clock);
    }
    let values = serde_json::to_value(kind).expect("parameters are plain data");
    let entry = BarKind::CATALOGUE.iter().find(|entry| entry.kind == kind.name());
    let names = entry.into_iter().flat_map(|entry| entry.parameters).map(|p| p.name);
    let given = names.filter(|name| *name != "on").map(|name| {
        let value = &values[kind.name()][name];
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!(" {name}={text}")
    });
    format!("{}{}{on}", kind.name(), given.collect::<String>())
}

/// The unit of a column of bars.
pub(in crate::spec) fn unit(column: &str) -> &'static str {
    match column {
        "volume" | "buy_volume" => "quantity",
        "trades" => "count",
        _ => "price",
    }
}
