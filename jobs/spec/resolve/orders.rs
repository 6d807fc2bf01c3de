//! How the orders of a strategy are placed.

use super::{
    rules::Text,
    strategies::{Next, is_at_most},
};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{InForce, OrderTable, OrderText, RuleText},
};
use operators::{
    execution::{FillModel, Wake},
    rules::Kind,
    strategy::OrderStyle,
};
use schemas::records::TimeInForce;

/// What an order can wait for.
fn waits(order: &OrderTable) -> [(&'static str, &Option<RuleText>, Wake); 3] {
    [
        ("stop", &order.stop, Wake::Stop),
        ("touch", &order.touch, Wake::Touch),
        ("trail", &order.trail, Wake::Trail),
    ]
}

/// Its rules in the order in which they are taken out again; whether its members go together.
pub(super) fn texts<'a>(
    order: &'a OrderTable,
    at: &Cursor<'a, 'a>,
) -> Result<Vec<Text<'a>>, JobError> {
    let waits = waits(order);
    let given: Vec<&str> =
        waits.iter().filter(|(_, rule, _)| rule.is_some()).map(|(key, ..)| *key).collect();
    match given[..] {
        [] if order.limit.is_none() && order.reduce_only => at_market(order, at)?,
        [] if order.limit.is_none() => {
            let error = at.error("an order is at market, or says its price");
            return Err(error.label("no price").help("as in order = { limit = \"bid\" }"));
        }
        [one, two, ..] => {
            let why = format!("an order waits for one price, not for `{one}` and `{two}`");
            return Err(at.get(two).key_error(why).label("too much"));
        }
        [one] if order.post_only || order.in_force.is_some() => {
            let key = if order.post_only { "post_only" } else { "in_force" };
            let why =
                format!("an order with `{one}` waits: `{key}` is of limit orders that do not");
            return Err(at.get(key).key_error(why).label("not here"));
        }
        ["trail"] if order.limit.is_some() => {
            let error = at.get("limit").key_error("an order that trails goes at market");
            return Err(error.label("not here").help("leave `limit` out"));
        }
        _ => {}
    }
    if order.then.is_some() && order.timeout.is_none() {
        return Err(at
            .get("then")
            .key_error("`then` follows a timeout, and there is none")
            .label("never")
            .help("add timeout = \"60s\""));
    }
    if order.timeout.is_some_and(|timeout| timeout.0 <= 0) {
        let error = at.get("timeout").error("an order must rest longer than nothing");
        return Err(error.label("zero"));
    }
    let at_once = matches!(order.in_force, Some(InForce::Ioc | InForce::Fok));
    let rests = [("post_only", order.post_only), ("timeout", order.timeout.is_some())];
    if let (true, Some((key, _))) = (at_once, rests.iter().find(|(_, given)| *given)) {
        let why = "an order with `in_force` ioc or fok never rests";
        return Err(at.get(key).key_error(why).label("for orders that rest"));
    }
    let rules = [("limit", &order.limit)].into_iter();
    let rules = rules.chain(waits.map(|(key, rule, _)| (key, rule)));
    let text = |(key, rule): (&str, &'a Option<RuleText>)| {
        let RuleText(text) = rule.as_ref()?;
        Some(Text { at: at.get(key), text, kind: Kind::Number, of_quote: 0 })
    };
    Ok(rules.filter_map(text).collect())
}

/// An order without a price never rests.
fn at_market(order: &OrderTable, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    let rests = [
        ("post_only", order.post_only),
        ("in_force", order.in_force.is_some()),
        ("timeout", order.timeout.is_some()),
        ("then", order.then.is_some()),
    ];
    match rests.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((key, _)) => {
            let error = at.get(key).key_error("an order without a price goes at market at once");
            let help = "add a price, as in limit = \"bid\"";
            Err(error.label("for orders with a price").help(help))
        }
    }
}

/// The order style that it writes.
pub(super) fn resolve(
    order: Option<&OrderText>,
    next: &mut Next<'_>,
    at: &Cursor<'_, '_>,
) -> Result<OrderStyle, JobError> {
    let Some(OrderText::At(order)) = order else { return Ok(OrderStyle::Market) };
    let style = plain(order, next, at)?;
    Ok(if order.reduce_only { OrderStyle::Reduce(Box::new(style)) } else { style })
}

fn plain(
    order: &OrderTable,
    next: &mut Next<'_>,
    at: &Cursor<'_, '_>,
) -> Result<OrderStyle, JobError> {
    let limit = next(order.limit.is_some());
    let (timeout, then_market) = (order.timeout, order.then.is_some());
    let wait = waits(order).into_iter().find(|(_, rule, _)| rule.is_some());
    let Some((key, _, wake)) = wait else {
        let Some(price) = limit else { return Ok(OrderStyle::Market) };
        return Ok(OrderStyle::Limit {
            price,
            post_only: order.post_only,
            timeout,
            then_market,
            in_force: match order.in_force {
                None | Some(InForce::Gtc) => TimeInForce::Gtc,
                Some(InForce::Ioc) => TimeInForce::Ioc,
                Some(InForce::Fok) => TimeInForce::Fok,
            },
        });
    };
    let level = next(true).expect("each text has its rule");
    if is_at_most(&level, 0.0) {
        let error = at.get(key).error("prices and distances are above 0");
        return Err(error.label("not above 0"));
    }
    Ok(OrderStyle::Wait { wake, at: level, limit, timeout, then_market })
}

/// Orders that wait, want all at once or have a limit need a market that they can look at.
pub(super) fn check(
    style: &OrderStyle,
    model: FillModel,
    at: &Cursor<'_, '_>,
) -> Result<(), JobError> {
    if style.reduces() && model.needs_candles() {
        let why = format!("`{model}` finds quantities in candles, and does not cut them down");
        let error = at.get("reduce_only").key_error(why).label("not at this venue");
        return Err(error.help("fill from trades or quotes, or leave it out"));
    }
    let at_once = |in_force: &TimeInForce| matches!(in_force, TimeInForce::Ioc | TimeInForce::Fok);
    match style.plain() {
        OrderStyle::Wait { .. } if model.needs_candles() => {
            let why = format!("`{model}` sees candles only, and no price to wait for");
            Err(at
                .error(why)
                .label("never woken")
                .help("fill from trades or quotes; exits do look inside candles"))
        }
        OrderStyle::Limit { in_force, .. }
            if at_once(in_force) && model != FillModel::DisplayedDepth =>
        {
            let why = format!("`{model}` does not see what can be had at once");
            let error = at.get("in_force").error(why).label("not known");
            Err(error.help("fill = { model = \"displayed_depth\", … } does"))
        }
        OrderStyle::Limit { .. } if model == FillModel::NextOpen => Err(at
            .error("`next_open` knows no price but the open, so it fills market orders only")
            .label("not at this venue")
            .help(
                "write order = \"market\", or model = \"bar_ohlc\" in the venue's fill: the \
                 price then goes from open to high to low to close",
            )),
        _ => Ok(()),
    }
}

/// What the orders of a strategy assume, in each of its instruments.
pub(super) fn assumptions(name: &str, orders: &[&OrderStyle]) -> Vec<String> {
    let mut all = Vec::new();
    let rests = |order: &&OrderStyle| {
        let gtc = TimeInForce::Gtc;
        matches!(order.plain(), OrderStyle::Limit { timeout: None, in_force, .. }
            if *in_force == gtc)
    };
    if orders.iter().any(rests) {
        all.push(format!("orders: limit orders of `{name}` rest until the target changes"));
    }
    if orders.iter().any(|order| order.reduces()) {
        all.push(format!(
            "orders: those of `{name}` only reduce what the account has in an instrument, of all \
             its strategies, when they come to the venue and while they are there"
        ));
    }
    if orders.iter().any(|order| matches!(order.plain(), OrderStyle::Wait { .. })) {
        all.push(format!(
            "orders: those of `{name}` wait at the venue, which compares their prices with each \
             trade, before the first one with the best bid or ask that they would take; what ends \
             a position goes at market"
        ));
    }
    all
}
