//! Strategies that quote: orders on both sides instead of rules that set a target.

use super::{
    columns::Columns,
    rules::Text,
    strategies::{Next, is_at_most},
};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{Decimal, JobSpec, QuoteText, RuleText, Strategy},
};
use operators::{
    rules::Kind,
    strategy::{QUOTE_COLUMNS, Quote, Size},
};

/// A quote, for help.
pub(super) const EXAMPLE: &str =
    "quote = { bid = \"mid - 2 * tick\", ask = \"mid + 2 * tick\", quantity = \"0.01\" }";

/// Most orders a side: each trigger compares all that is at work with all that is wanted.
const LEVELS_MAX: u32 = 100;

/// The rules of a strategy that quotes in the order in which they are taken out again.
pub(super) fn texts<'a>(
    strategy: &'a Strategy,
    quote: &'a QuoteText,
    at: &Cursor<'a, 'a>,
    columns: &Columns,
) -> Result<Vec<Text<'a>>, JobError> {
    let Strategy { long, short, flat, size, order, exit, .. } = strategy;
    let others = [
        ("long", long.is_some(), "it sets a target"),
        ("short", short.is_some(), "it sets a target"),
        ("flat", flat.is_some(), "write when to take all orders back as `pull`"),
        ("size", size.is_some(), "`quantity` in `quote` is that of each order"),
        ("order", order.is_some(), "`quote` says how: limit orders, `post_only` or not"),
        ("exit", exit.is_some(), "lean the prices against `position`, or write `pull`"),
    ];
    if let Some((key, _, why)) = others.iter().find(|(_, there, _)| *there) {
        let error = at.get(key).key_error(format!("`{key}` does not go with `quote`"));
        return Err(error.label("of another kind of strategy").help(format!(
            "{why}; for both kinds, write two strategies, which may share an account"
        )));
    }
    let fair = strategy.fair.is_some();
    if fair && (columns.slot("fair").is_some() || columns.constant("fair").is_some()) {
        let error = at.get("fair").key_error("`fair` is a column or a constant already");
        return Err(error.label("two things").help("give the other one another name"));
    }
    // `fair` comes last, and does not read itself.
    let all = QUOTE_COLUMNS.len() - usize::from(!fair);
    let at_quote = at.get("quote");
    let text = |at, RuleText(text): &'a RuleText, kind, of_quote| Text { at, text, kind, of_quote };
    let mut texts = Vec::new();
    if let Some(rule) = &strategy.fair {
        texts.push(text(at.get("fair"), rule, Kind::Number, QUOTE_COLUMNS.len() - 1));
    }
    for (key, rule) in [("bid", &quote.bid), ("ask", &quote.ask), ("quantity", &quote.quantity)] {
        texts.push(text(at_quote.get(key), rule, Kind::Number, all));
    }
    if let Some(rule) = &strategy.pull {
        texts.push(text(at.get("pull"), rule, Kind::Truth, all));
    }
    Ok(texts)
}

/// A quote with its rules, and the quantity of its orders.
pub(super) fn resolve(
    strategy: &Strategy,
    quote: &QuoteText,
    next: &mut Next<'_>,
    at: &Cursor<'_, '_>,
) -> Result<(Size, Quote), JobError> {
    let fair = next(strategy.fair.is_some());
    let mut rule = || next(true).expect("each text has its rule");
    let (bid, ask, quantity) = (rule(), rule(), rule());
    let pull = next(strategy.pull.is_some());
    let at = at.get("quote");
    if is_at_most(&quantity, 0.0) {
        let error = at.get("quantity").error("a quantity is above 0, for either side");
        return Err(error.label("not above 0"));
    }
    let levels = quote.levels.unwrap_or(1);
    if !(1..=LEVELS_MAX).contains(&levels) {
        let message = format!("a quote has 1 to {LEVELS_MAX} levels a side");
        return Err(at.get("levels").error(message).label("not so many"));
    }
    let step_ticks = match quote.step_ticks {
        Some(0) if levels > 1 => {
            let error = at.get("step_ticks").error("at one price there is one order a side");
            return Err(error.label("no step").help("write 1 or more, or levels = 1"));
        }
        None if levels > 1 => {
            let error = at.get("levels").key_error("several levels are some ticks apart");
            return Err(error.label("`step_ticks` is needed too").help("as in step_ticks = 5"));
        }
        ticks => ticks.unwrap_or(1),
    };
    let requote_ticks = quote.requote_ticks.unwrap_or(1);
    if requote_ticks == 0 {
        let error =
            at.get("requote_ticks").error("no order is less than 0 ticks away from another");
        return Err(error.label("zero").help("write 1 to move an order with every tick"));
    }
    let max_position = match &quote.max_position {
        None => None,
        Some(Decimal(text)) => match text.parse::<f64>() {
            Ok(most) if most > 0.0 => Some(most),
            _ => {
                let error = at.get("max_position").error("a largest position is above 0");
                return Err(error.label("not above 0").help("it holds long and short alike"));
            }
        },
    };
    let post_only = quote.post_only.unwrap_or(true);
    let quote =
        Quote { fair, bid, ask, pull, levels, step_ticks, post_only, requote_ticks, max_position };
    Ok((Size::Quantity(quantity), quote))
}

/// What quotes assume.
pub(super) fn assumptions(spec: &JobSpec) -> Vec<String> {
    let mut all = Vec::new();
    let quoting = spec.strategy.iter().filter_map(|s| Some((&s.name, s.quote.as_ref()?)));
    for (name, quote) in quoting {
        all.push(format!(
            "quotes: an order of `{name}` that is not wanted any more counts, and holds its price, \
             until its end is known"
        ));
        all.push(format!(
            "quotes: an order of `{name}` of which less is wanted is amended and keeps its place \
             in the queue, as not every venue lets it"
        ));
        let mut silent = |what: String| all.push(format!("{what}, because the job does not say"));
        if quote.post_only.is_none() {
            silent(format!("quotes: orders of `{name}` never take (post_only)"));
        }
        if quote.requote_ticks.is_none() {
            silent(format!("quotes: orders of `{name}` move with every tick (requote_ticks = 1)"));
        }
        if quote.max_position.is_none() {
            silent(format!("quotes: nothing but risk limits the position of `{name}`"));
        }
    }
    all
}
