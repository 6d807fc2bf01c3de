//! Kinds of orders of strategies, and what is looked at after their fills.

use super::{CatalogueEntry, Described, Group, entry};

/// Name, the names that others use, what it is, when it is executed, an example.
const KINDS: [(&str, &str, &str, &str, &str); 6] = [
    (
        "market",
        "",
        "At any price, at once. If the job does not say, and whenever a position is ended by an \
         order that would wait.",
        "when it comes to the venue",
        "order = \"market\"",
    ),
    (
        "limit",
        "",
        "At its price or better, rounded passively to the tick. What cannot be had at once rests, \
         unless in_force says otherwise.",
        "price <= limit to buy, price >= limit to sell",
        "order = { limit = \"bid\", post_only = true, timeout = \"30s\", then = \"market\" }",
    ),
    (
        "stop",
        "Stop-loss, stop-market or stop-limit order",
        "Waits at the venue for a price that is worse: up to it to buy, down to it to sell. Then \
         at market, or with limit at that or better. One that comes too late wakes at once.",
        "last trade >= stop to buy, <= stop to sell",
        "order = { stop = \"1.01 * mid\" }",
    ),
    (
        "touch",
        "Take-profit, market-if-touched or limit-if-touched order",
        "Waits at the venue for a price that is better: down to it to buy, up to it to sell. Then \
         at market, or with limit at that or better.",
        "last trade <= touch to buy, >= touch to sell",
        "order = { touch = \"0.99 * mid\", limit = \"0.99 * mid\" }",
    ),
    (
        "trail",
        "Trailing stop",
        "Waits at the venue until the market turns by a distance from its best price since the \
         order arrived, and then goes at market. It follows the price and never goes back.",
        "last trade >= lowest + trail to buy, <= highest - trail to sell",
        "order = { trail = \"5 * tick\", timeout = \"1h\" }",
    ),
    (
        "reduce_only",
        "",
        "Never more than what closes the account's net position in the instrument, which is that \
         of all of its strategies: it is cut down when it comes, becomes smaller with the \
         position, and ends with it. At market; with limit, stop, touch or trail as those.",
        "quantity <= abs(position), on the other side of it",
        "order = { limit = \"ask\", reduce_only = true }",
    ),
];

pub(super) fn kinds() -> impl Iterator<Item = CatalogueEntry> {
    KINDS.into_iter().map(|(name, title, doc, formula, example)| CatalogueEntry {
        title: title.to_owned(),
        formula: Some(formula.to_owned()),
        parameters: parameters(name),
        ..entry(Group::Order, name, doc, example.to_owned())
    })
}

/// What may be said besides.
fn parameters(kind: &str) -> Vec<Described> {
    let limit = || Described::new("limit", "a rule", "Once awake, at this price or better.");
    let post_only = Described::new("post_only", "true or false", "Rejected if it would take.");
    let in_force = Described::new(
        "in_force",
        "gtc, ioc or fok",
        "What cannot be had at once rests, is cancelled, or nothing is had. Left out: gtc.",
    );
    let ends = || {
        [
            Described::new("timeout", "span of time", "Taken back so long after it arrived."),
            Described::new("then", "market", "What follows the timeout. Left out: nothing."),
        ]
    };
    let own: Vec<Described> = match kind {
        "limit" => [post_only, in_force].into_iter().chain(ends()).collect(),
        "stop" | "touch" => [limit()].into_iter().chain(ends()).collect(),
        "trail" => ends().into(),
        _ => return Vec::new(),
    };
    let reduces = Described::new("reduce_only", "true or false", "See there. Left out: false.");
    own.into_iter().chain([reduces]).collect()
}

pub(super) fn markouts() -> CatalogueEntry {
    let doc = "What the market did after each fill: its mid when a horizon is over less the \
               price, of a sale the other way round. A row of the table markouts for each fill \
               and horizon; a fill that is toxic counts in the column toxicity.";
    let text = "[markouts]\nhorizons = [\"100ms\", \"1s\", \"10s\"]\n\
                toxic = { horizon = \"1s\", spreads = 0.5 }";
    let horizons = "How long after each fill. Left out: 100ms, 1s, 10s, 1m; none with [].";
    let toxic = "Which fills are toxic: those that the market has gone against by more than so \
                 many spreads of the moment of the fill, or so many ticks, when one of the \
                 horizons is over; each counts half after each half_life, 5m if left out. Left \
                 out: none are marked.";
    CatalogueEntry {
        formula: Some("side * (mid after the horizon - price)".to_owned()),
        parameters: vec![
            Described::new("horizons", "spans of time above 0", horizons),
            Described::new("toxic", "{ horizon, spreads or ticks, half_life }", toxic),
        ],
        ..entry(Group::Markouts, "markouts", doc, text.to_owned())
    }
}
