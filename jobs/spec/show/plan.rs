//! A plan: operators with ordinals, columns, units, warm-up, what is shared.

use super::{section, table};
use crate::spec::resolve::short;
use comfy_table::{CellAlignment, Table};
use operators::{
    account::AccountSpec,
    execution::Wake,
    market::{MarketSpec, TriggerNode, TriggerOn},
    rules::Rule,
    strategy::{Exit, Legs, OrderStyle, Quote, Size, StrategySpec},
};
use pipeline::{
    plan::{ColumnPlan, Plan},
    sources::{SourceKind, kafka::History},
};
use schemas::{Span, records::TimeInForce};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

/// More instruments than this are counted rather than named.
const NAMED: usize = 4;

/// A plan in words and tables: operators with ordinals, columns, units, warm-up, what is shared.
pub fn plan(plan: &Plan) -> String {
    let mut out = format!("job {}, seed {}, digest {}\n", plan.job, plan.seed, plan.digest());
    section(&mut out, "Sources", &sources(plan));
    section(&mut out, "Operators", &operators(plan));
    section(&mut out, "Columns", &columns(&plan.columns));
    if !plan.market.foreign.is_empty() {
        section(&mut out, "Stepped together, on one worker", &clusters(plan));
    }
    section(&mut out, "Accounts", &accounts(&plan.accounts));
    section(&mut out, "Strategies", &strategies(plan));
    let tables: Vec<&str> = plan.lake.write.iter().map(|table| table.name()).collect();
    let _ = write!(
        out,
        "\nResults\n {} every {}: {}\n\nIn flight\n at most {} MB of market data a worker\n\n\
         Assumptions\n",
        plan.lake.url,
        plan.lake.commit_every,
        tables.join(", "),
        plan.in_flight as f64 / 1e6
    );
    for assumption in &plan.assumptions {
        let _ = writeln!(out, " {assumption}");
    }
    out
}

/// A plan for programs: its members and its digest.
pub fn plan_json(plan: &Plan) -> Value {
    let mut value = serde_json::to_value(plan).expect("a plan is plain data");
    value["digest"] = json!(plan.digest());
    value
}

fn sources(plan: &Plan) -> Table {
    let mut rows = table(["rank", "name", "what", "instruments"]);
    let files = |paths: &[PathBuf]| {
        paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    for source in &plan.sources {
        let (what, instruments) = match &source.kind {
            SourceKind::Hftbacktest { paths, instrument }
            | SourceKind::Lobster { paths, instrument } => {
                (files(paths), instruments(plan, &[*instrument]))
            }
            SourceKind::Jsonl { paths }
            | SourceKind::Cryptofeed { paths, .. }
            | SourceKind::Databento { paths, .. } => {
                (files(paths), "as the records say".to_owned())
            }
            SourceKind::News(news) => (files(&news.paths), "as articles say".to_owned()),
            SourceKind::Columns { files: partitions, .. } => {
                let all: Vec<PathBuf> = partitions.iter().flat_map(|p| p.0.clone()).collect();
                let places: Vec<u32> = partitions.iter().filter_map(|p| p.1).collect();
                let named = instruments(plan, &places);
                (files(&all), if named.is_empty() { "as the rows say".to_owned() } else { named })
            }
            SourceKind::Synthetic(market) => {
                let minutes =
                    market.minutes.map_or("no end".to_owned(), |m| format!("{m} minutes"));
                let what = format!("{minutes} from {}, seed {}", market.start, market.seed);
                (what, format!("{} at {}", market.instruments, market.venue))
            }
            SourceKind::Kafka(kafka) => {
                let topics: Vec<&str> = kafka.topics.iter().map(|t| t.topic.as_str()).collect();
                let mut what = format!("{}: {}", kafka.access.brokers, topics.join(", "));
                if let Some(History { url, recording, .. }) = &kafka.history {
                    what = format!("recording {recording} in {url}, then {what}");
                }
                (what, "as the records say".to_owned())
            }
            SourceKind::Lake { url, recording, tables, instruments: some } => {
                let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
                let of = recording.as_ref().map(|r| format!(" recording {r},"));
                let what = format!("{url}:{} {}", of.unwrap_or_default(), names.join(", "));
                (what, instruments(plan, some))
            }
        };
        rows.add_row([source.rank.to_string(), source.name.clone(), what, instruments]);
    }
    rows
}

fn instruments(plan: &Plan, places: &[u32]) -> String {
    let id = |place: &u32| plan.instruments[*place as usize].id.to_string();
    let named: Vec<String> = places.iter().take(NAMED).map(id).collect();
    match places.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn operators(plan: &Plan) -> Table {
    let mut rows = table(["ordinal", "name", "operator", "shared with"]);
    let MarketSpec { bars, indicators, features, models, readings, .. } = &plan.market;
    let column = |slot: u32| &plan.columns[slot as usize];
    let mut all: Vec<(u16, String, String, String)> = Vec::new();
    for node in bars {
        all.push((
            node.node.ordinal,
            node.node.name.to_string(),
            column(node.slot).operator.clone(),
            String::new(),
        ));
    }
    let named = indicators
        .iter()
        .map(|n| (&n.node, n.slot))
        .chain(features.iter().map(|n| (&n.node, n.slot)))
        .chain(models.iter().map(|n| (&n.node, n.slot)));
    for (node, slot) in named {
        let ColumnPlan { operator, shared_with, .. } = column(slot);
        all.push((node.ordinal, node.name.to_string(), operator.clone(), shared_with.join(", ")));
    }
    if let Some(readings) = readings {
        let when = if readings.at_bars { "at triggers and bars" } else { "at triggers" };
        let what = format!("{} {when}", count(readings.slots.len()));
        all.push((readings.ordinal, "readings".to_owned(), what, String::new()));
    }
    for node in &plan.market.triggers {
        let on = on(&plan.market, node.on);
        let what = format!("strategy on {on}, {}", count(node.slots.len()));
        all.push((node.node.ordinal, node.node.name.to_string(), what, String::new()));
    }
    if let Some(account) = plan.accounts.first() {
        let o = account.ordinals;
        let outputs = [
            (o.orders, "orders"),
            (o.fills, "fills"),
            (o.ledger, "ledger"),
            (o.positions, "positions"),
            (o.portfolio, "portfolio"),
            (o.markouts, "markouts"),
        ];
        for (ordinal, name) in outputs {
            all.push((ordinal, name.to_owned(), "account".to_owned(), String::new()));
        }
    }
    all.push((
        plan.market.quality_ordinal,
        "quality".to_owned(),
        "market".to_owned(),
        String::new(),
    ));
    for (ordinal, name, operator, shared) in all {
        rows.add_row([ordinal.to_string(), name, operator, shared]);
    }
    right(&mut rows, 0);
    rows
}

fn count(columns: usize) -> String {
    format!("{columns} column{}", if columns == 1 { "" } else { "s" })
}

fn right(rows: &mut Table, column: usize) {
    if let Some(column) = rows.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn columns(plans: &[ColumnPlan]) -> Table {
    let mut rows = table(["column", "unit", "warm-up", "operator", "meaning"]);
    for plan in plans {
        let names = std::iter::once(&plan.name).chain(&plan.shared_with);
        let names = names.map(String::as_str).collect::<Vec<_>>().join(" = ");
        let warm_up = plan.warm_up.to_string();
        rows.add_row([&names, &plan.unit, &warm_up, &plan.operator, &plan.doc]);
    }
    right(&mut rows, 2);
    rows
}

/// Instruments of which some read columns of others.
fn clusters(plan: &Plan) -> Table {
    let mut rows = table(["instruments", "because these are read by others"]);
    let first = plan.market.clusters(plan.instruments.len());
    for of in 0..first.len() as u32 {
        let members: Vec<u32> = (0..).zip(&first).filter(|m| *m.1 == of).map(|m| m.0).collect();
        let read = plan.market.foreign.iter().map(|node| node.instrument);
        let read: BTreeSet<u32> = read.filter(|place| members.contains(place)).collect();
        let read = Vec::from_iter(read);
        if !read.is_empty() {
            rows.add_row([instruments(plan, &members), instruments(plan, &read)]);
        }
    }
    rows
}

fn accounts(accounts: &[AccountSpec]) -> Table {
    let mut rows = table(["account", "cash", "strategies", "limits"]);
    for account in accounts {
        let cash: Vec<String> = account
            .cash
            .iter()
            .map(|(currency, cash)| format!("{} {currency}", short(&cash.to_string())))
            .collect();
        let strategies: Vec<&str> = account.strategies.iter().map(|s| &*s.name).collect();
        let risk = &account.risk;
        let limits = [
            risk.position_fraction.map(|f| format!("position {f} of equity")),
            risk.position_notional.map(|n| format!("position {}", short(&n.to_string()))),
            risk.price_band.map(|b| format!("limit within {b} of the mark")),
            risk.order_rate.map(|r| format!("{} orders in {}", r.count, r.per)),
            risk.drawdown_stop.map(|s| format!("stop at {s} drawdown")),
        ];
        let limits: Vec<String> = limits.into_iter().flatten().collect();
        let name = account.name.to_string();
        rows.add_row([name, cash.join(", "), strategies.join(", "), limits.join(", ")]);
    }
    rows
}

fn on(market: &MarketSpec, on: TriggerOn) -> String {
    match on {
        TriggerOn::Bar(bar) => market.bars[usize::from(bar)].node.name.to_string(),
        TriggerOn::Trade => "trade".to_owned(),
        TriggerOn::Quote => "quote".to_owned(),
        TriggerOn::Book => "book".to_owned(),
        TriggerOn::News => "news".to_owned(),
        TriggerOn::Funding => "funding".to_owned(),
        TriggerOn::Every { every, offset: Span(0) } => format!("every {every}"),
        TriggerOn::Every { every, offset } => format!("every {every} and {offset}"),
    }
}

fn strategies(plan: &Plan) -> Table {
    let mut rows = table(["strategy", "", ""]);
    let text = |rule: &Rule| {
        rule.parts().iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(" AND ")
    };
    let optional = |rule: &Option<Rule>| rule.as_ref().map_or(String::new(), text);
    for (node, place) in plan.market.triggers.iter().zip(&plan.strategies) {
        let account = &plan.accounts[place.account as usize];
        let ordinal = node.node.ordinal;
        let Some(spec) = account.strategies.iter().find(|s| s.ordinal == ordinal) else { continue };
        let lines = [
            ("account", account.name.to_string()),
            ("on", on(&plan.market, node.on)),
            ("for", instruments(plan, &node.instruments)),
            ("long", optional(&spec.long)),
            ("short", optional(&spec.short)),
            ("flat", optional(&spec.flat)),
            ("size", size(&spec.size, text)),
            ("order", order(&spec.order, text)),
            ("exit", spec.exit.as_ref().map_or(String::new(), |e| exit(e, text))),
        ];
        let lines = match (&spec.quote, &spec.legs) {
            (Some(of), _) => [&lines[..3], &quote(spec, of, text)].concat(),
            (None, Some(of)) => [&lines[..2], &legs(plan, node, (spec, of), text)].concat(),
            (None, None) => lines.to_vec(),
        };
        let mut name = spec.name.to_string();
        for (key, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
            rows.add_row([std::mem::take(&mut name), key.to_owned(), value]);
        }
    }
    rows
}

fn size(size: &Size, text: impl Fn(&Rule) -> String) -> String {
    match size {
        Size::Quantity(rule) => format!("quantity {}", text(rule)),
        Size::Notional(rule) => format!("notional {}", text(rule)),
        Size::Fraction(fraction) => format!("{fraction} of equity"),
        Size::Risk { fraction, distance } => format!("risk {fraction} over {}", text(distance)),
    }
}

fn quote(
    spec: &StrategySpec,
    quote: &Quote,
    text: impl Fn(&Rule) -> String,
) -> [(&'static str, String); 5] {
    let optional = |rule: &Option<Rule>| rule.as_ref().map_or(String::new(), &text);
    let Quote { levels, step_ticks, requote_ticks, .. } = quote;
    let levels = match levels {
        1 => "1 order a side".to_owned(),
        n => format!("{n} orders a side, {step_ticks} ticks apart"),
    };
    let post = if quote.post_only { ", post only" } else { "" };
    let most = quote.max_position.map_or(String::new(), |most| format!(", position up to {most}"));
    let how = format!(
        "{levels}, {}{post}, moved when {requote_ticks} ticks away{most}",
        size(&spec.size, &text)
    );
    [
        ("fair", optional(&quote.fair)),
        ("bid", text(&quote.bid)),
        ("ask", text(&quote.ask)),
        ("quote", how),
        ("pull", optional(&quote.pull)),
    ]
}

fn legs(
    plan: &Plan,
    node: &TriggerNode,
    (spec, legs): (&StrategySpec, &Legs),
    text: impl Fn(&Rule) -> String + Copy,
) -> Vec<(&'static str, String)> {
    let mut lines = vec![("of", instruments(plan, &node.instruments))];
    for leg in &legs.legs {
        let instrument = spec.instruments[usize::from(leg.place)];
        let (name, of) = (&leg.name, instruments(plan, &[instrument]));
        let (size, order) = (size(&leg.size, text), order(&leg.order, text));
        lines.push(("leg", format!("{name} = {of}: {}; {size}; {order}", text(&leg.target))));
    }
    let unhedged = legs.unhedged.as_ref();
    let unhedged = unhedged.map(|of| format!("{} after {}", of.remedy, of.after));
    lines.push(("unhedged", unhedged.unwrap_or_default()));
    lines
}

fn exit(exit: &Exit, text: impl Fn(&Rule) -> String) -> String {
    let rules = ["stop", "take", "trail"].iter().zip(exit.rules());
    let rules = rules.filter_map(|(name, rule)| Some(format!("{name} {}", text(rule.as_ref()?))));
    let after = exit.after.map(|after| format!("after {after}"));
    let at = exit.at_venue.then(|| "at the venue".to_owned());
    rules.chain(after).chain(at).collect::<Vec<_>>().join(", ")
}

fn order(style: &OrderStyle, text: impl Fn(&Rule) -> String) -> String {
    match style {
        OrderStyle::Market => "market".to_owned(),
        OrderStyle::Reduce(style) => format!("{}, reduce only", order(style, text)),
        OrderStyle::Limit { price, post_only, timeout, then_market, in_force } => {
            let post = if *post_only { ", post only" } else { "" };
            let at_once = match in_force {
                TimeInForce::Ioc | TimeInForce::Fok => format!(", {in_force}"),
                TimeInForce::Gtc | TimeInForce::Gtd => String::new(),
            };
            format!("limit {}{post}{at_once}{}", text(price), ends(*timeout, *then_market))
        }
        OrderStyle::Wait { wake, at, limit, timeout, then_market } => {
            let wake = match wake {
                Wake::Stop => "stop",
                Wake::Touch => "touch",
                Wake::Trail => "trail",
            };
            let limit = limit.as_ref().map(|limit| format!(", limit {}", text(limit)));
            let (limit, ends) = (limit.unwrap_or_default(), ends(*timeout, *then_market));
            format!("{wake} {}{limit}{ends}", text(at))
        }
    }
}

/// When an order ends by itself, and what follows.
fn ends(timeout: Option<Span>, then_market: bool) -> String {
    let timeout = timeout.map_or(String::new(), |t| format!(", {t}"));
    let then = if then_market { ", then market" } else { "" };
    format!("{timeout}{then}")
}
