//! What ends a position besides the rules.

use super::{
    rules::Text,
    strategies::{Next, is_at_most},
};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{AfterText, ExitAt, ExitText, RuleText},
};
use operators::{
    execution::FillModel,
    rules::Kind,
    strategy::{After, Exit},
};
use pipeline::plan::Plan;

/// The rules of an exit in the order in which they are taken out again.
pub(super) fn texts<'a>(
    exit: &'a ExitText,
    at: &Cursor<'a, 'a>,
) -> Result<Vec<Text<'a>>, JobError> {
    let ExitText { stop, take, trail, after, at: place } = exit;
    if stop.is_none() && take.is_none() && trail.is_none() && after.is_none() {
        return Err(at
            .error("an exit has at least one of stop, take, trail and after")
            .label("none of them")
            .help("as in exit = { stop = \"entry - side * 2 * atr\", after = \"30 bars\" }"));
    }
    if *place == Some(ExitAt::Venue) {
        if trail.is_some() {
            return Err(at
                .get("trail")
                .error("a trail is kept by the strategy, and no order at the venue goes with it")
                .label("not with at = \"venue\"")
                .help("leave `at` out, or let `stop` follow the price by a rule"));
        }
        if stop.is_none() && take.is_none() {
            return Err(at
                .get("at")
                .error("there is neither stop nor take that could rest at the venue")
                .label("nothing to rest")
                .help("`after` is kept by the strategy: leave `at` out"));
        }
    }
    let members = [("stop", stop), ("take", take), ("trail", trail)];
    let text = |(key, rule): (&str, &'a Option<RuleText>)| {
        let rule = rule.as_ref()?;
        Some(Text { at: at.get(key), text: &rule.0, kind: Kind::Number, of_quote: 0 })
    };
    Ok(members.into_iter().filter_map(text).collect())
}

/// An exit with its rules.
pub(super) fn resolve(
    exit: &ExitText,
    next: &mut Next<'_>,
    at: &Cursor<'_, '_>,
) -> Result<Exit, JobError> {
    let stop = next(exit.stop.is_some());
    let take = next(exit.take.is_some());
    let trail = next(exit.trail.is_some());
    if trail.as_ref().is_some_and(|rule| is_at_most(rule, 0.0)) {
        let error = at.get("trail").error("a trail is a distance above 0, for either direction");
        return Err(error.label("not above 0").help("as in trail = \"1.5 * atr\""));
    }
    let after = exit.after.map(|after| match after {
        AfterText::Bars(bars) => After::Bars(bars),
        AfterText::Span(span) => After::Span(span),
    });
    let at_venue = exit.at == Some(ExitAt::Venue);
    Ok(Exit { stop, take, trail, after, at_venue })
}

/// Orders of an exit rest where the market is more than candles.
pub(super) fn check(exit: &Exit, model: FillModel, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    if !exit.at_venue || !model.needs_candles() {
        return Ok(());
    }
    let why = format!("`{model}` sees candles only, and exits are met inside them already");
    let error = at.get("at").error(why).label("no orders to rest");
    Err(error.help("leave `at` out, or fill from trades or quotes"))
}

/// What exits assume, by what fills orders.
pub(super) fn assumptions(plan: &Plan) -> Vec<String> {
    let mut all = Vec::new();
    let markets = guarded(plan, false, |fill| !fill.needs_candles());
    if !markets.is_empty() {
        all.push(format!(
            "exits: levels of {} are compared with the price of each trade, before the first one \
             with the best bid for a long position and the best ask for a short one; what touches \
             both stop and take touched the stop",
            markets.join(", ")
        ));
    }
    let resting = guarded(plan, true, |_| true);
    if !resting.is_empty() {
        all.push(format!(
            "exits: stop and take of {} rest at the venue once the position is known, the take as \
             a limit order and the stop as one that waits and then goes at market; what is \
             executed of one is taken off the other at once, and one that moves is taken back \
             before it is sent anew",
            resting.join(", ")
        ));
    }
    let candles = guarded(plan, false, FillModel::needs_candles);
    if !candles.is_empty() {
        let known = |model: FillModel| matches!(model, FillModel::BarOhlc | FillModel::BarOlhc);
        let first = match guarded(plan, false, known).is_empty() {
            true => "if stop and take lie inside one candle, the stop came first",
            false => {
                "if stop and take lie inside one candle, the path says which came first, and \
                 without a path it was the stop"
            }
        };
        all.push(format!(
            "exits: levels of {} are met inside candles, also in the one that opens the position: \
             at the open if that is beyond them, else at the level itself, where a stop takes and \
             a profit is given, without latency; {first}",
            candles.join(", ")
        ));
    }
    all
}

/// What flatters about exits, or disappoints.
pub(super) fn warnings(plan: &Plan) -> Vec<String> {
    let mut all = Vec::new();
    for account in &plan.accounts {
        let watches = |exit: &Exit| !exit.at_venue;
        for strategy in account.strategies.iter().filter(|s| s.exit.as_ref().is_some_and(watches)) {
            let places = account.instruments.iter();
            let traded = places.filter(|i| strategy.instruments.binary_search(&i.index).is_ok());
            let live = traded.filter(|i| !i.execution.fill.model.needs_candles());
            let live = live.map(|i| &i.execution.latency);
            if let Some(slowest) = live.max_by_key(|latency| latency.median_entry()) {
                let slowest = slowest.entry_words();
                all.push(format!(
                    "exits of `{}` are watched by the job and not by the venue: what they end goes \
                     out by a market order that takes {slowest} to arrive and fills at what is \
                     there then",
                    strategy.name
                ));
            }
        }
    }
    all
}

/// Strategies with levels, at the venue or not, that trade where orders are filled like this.
fn guarded(plan: &Plan, at_venue: bool, fits: impl Fn(FillModel) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    for account in &plan.accounts {
        for strategy in &account.strategies {
            let levels = |exit: &Exit| {
                exit.at_venue == at_venue && exit.rules().iter().any(|rule| rule.is_some())
            };
            let trades = account.instruments.iter().any(|i| {
                strategy.instruments.binary_search(&i.index).is_ok() && fits(i.execution.fill.model)
            });
            if strategy.exit.as_ref().is_some_and(levels) && trades {
                names.push(format!("`{}`", strategy.name));
            }
        }
    }
    names
}
