//! Limits of accounts, and how venues treat orders.

use super::{
    Context, clocks, exits, fees, impact, instruments::Known, latency, margin, orders,
    sources::Supply, strategies::Resolved,
};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{Decimal, Execution, Fill},
    suggest,
};
use operators::{
    execution::{Consumed, ExecutionSpec, FillModel, FillSpec, QueueModel, VenueClock},
    risk::{OrderRate, RiskSpec},
};
use schemas::{Money, Text, instrument::Rate};
use std::collections::{BTreeMap, BTreeSet};

/// A quarter.
const QUARTER: Rate = Rate(Rate::ONE / 4);

/// Terms of accounts.
pub(super) struct Terms {
    pub risk: RiskSpec,
    /// By venue.
    pub execution: BTreeMap<Text, ExecutionSpec>,
}

/// The terms of every venue that is traded.
pub(super) fn resolve(
    cx: &Context<'_>,
    known: &[Known],
    strategies: &[Resolved<'_>],
    supplies: &[Supply],
) -> Result<Terms, JobError> {
    let section = cx.at("execution");
    let venues: BTreeSet<&str> = known.iter().map(|k| k.instrument.id.venue()).collect();
    let mut execution = BTreeMap::new();
    for (venue, written) in &cx.spec.execution {
        let at = section.get(venue);
        if !venues.contains(venue.as_str()) {
            let names: Vec<&str> = venues.iter().copied().collect();
            return Err(at
                .key_error(format!("no instrument is at venue `{venue}`"))
                .label("not in the sources")
                .help_if(suggest::help(venue, &names, "venues")));
        }
        let of_venue =
            |s: &&Supply| s.instruments.iter().any(|(id, _)| id.venue() == venue.as_str());
        let mut of_venue = supplies.iter().filter(of_venue);
        let quotes = of_venue.clone().any(|s| s.quotes != Some(false));
        let mut books = of_venue.clone().filter(|s| s.quotes != Some(false)).map(|s| s.by_order);
        let by_order = books.next().unwrap_or(Some(false));
        let by_order = by_order.filter(|first| books.all(|other| other == Some(*first)));
        let model = written.fill.model;
        if model.needs_candles() && of_venue.all(|s| s.candles == Some(false)) {
            let message = format!("`{model}` fills orders in candles, and the sources hold none");
            let at = at.get("fill").get("model");
            return Err(at.error(message).label("without candles").help(
                "read candles, or write model = \"displayed_depth\", or \"next_trade\" where \
                 there are trades only",
            ));
        }
        let clock = clocks::resolve(written, venue, supplies, &at)?;
        let drawn = (clock, cx.spec.job.seed);
        let mut terms = terms(written, (quotes, by_order), drawn, &at)?;
        terms.borrow = margin::borrow(written, venue, known, &at)?;
        execution.insert(venue.as_str().into(), terms);
    }
    for strategy in strategies {
        for place in &strategy.spec.instruments {
            let venue = known[*place as usize].instrument.id.venue();
            if execution.contains_key(venue) {
                continue;
            }
            return Err(strategy
                .at_instrument(*place)
                .error(format!("the terms of venue `{venue}` are not stated"))
                .label("traded here")
                .help(format!(
                    "add\n[execution.{venue}]\n\
                     latency = {{ entry = \"1ms\", response = \"1ms\" }}\n\
                     fees = {{ maker = \"0.0002\", taker = \"0.0005\" }}\n\
                     fill = {{ model = \"displayed_depth\", partial = true }}"
                )));
        }
    }
    for strategy in strategies {
        for place in &strategy.spec.instruments {
            let terms: &ExecutionSpec = &execution[known[*place as usize].instrument.id.venue()];
            let (style, at) = strategy.order(*place);
            orders::check(style, terms.fill.model, &at)?;
            if let Some(exit) = &strategy.spec.exit {
                exits::check(exit, terms.fill.model, &strategy.at.get("exit"))?;
            }
            let legs = strategy.spec.legs.as_ref();
            let watched = legs.is_some_and(|legs| legs.unhedged.is_some());
            if watched && terms.fill.model.needs_candles() {
                let model = terms.fill.model;
                let why = format!("`{model}` finds sizes where it fills, each leg at its own time");
                let error = strategy.at.get("unhedged").error(why).label("no ratio to watch");
                return Err(error.help(
                    "leave `unhedged` out: candles fill market orders whole; or fill from trades \
                     or quotes",
                ));
            }
        }
    }
    for strategy in strategies.iter().filter(|strategy| strategy.spec.quote.is_some()) {
        let venues = strategy.spec.instruments.iter();
        let mut venues = venues.map(|place| known[*place as usize].instrument.id.venue());
        let candles = |venue: &&str| execution[*venue].fill.model.needs_candles();
        if let Some(venue) = venues.find(candles) {
            let model = execution[venue].fill.model;
            return Err(strategy
                .at
                .get("quote")
                .error(format!(
                    "`{model}` fills orders of `{venue}` in candles, which quote nothing"
                ))
                .label("not at this venue")
                .help(
                    "orders on both sides need a market between them: read trades and quotes, and \
                     write model = \"displayed_depth\", or \"next_trade\" where there are trades \
                     only",
                ));
        }
    }
    Ok(Terms { risk: risk(cx)?, execution })
}

fn terms(
    written: &Execution,
    books: (bool, Option<bool>),
    (clock, seed): (Option<VenueClock>, u64),
    at: &Cursor<'_, '_>,
) -> Result<ExecutionSpec, JobError> {
    Ok(ExecutionSpec {
        latency: latency::resolve(&written.latency, seed, &at.get("latency"))?,
        fees: fees::resolve(&written.fees, &at.get("fees"))?,
        fill: fill(written, books, &at.get("fill"))?,
        clock,
        margin: margin::margin(written, at)?,
        borrow: None,
        impact: impact::resolve(written, seed, at)?,
    })
}

/// `quotes`: may there be quotes or books? `by_order`: are books by order, unless only their
/// records can tell?
fn fill(
    written: &Execution,
    (quotes, by_order): (bool, Option<bool>),
    at: &Cursor<'_, '_>,
) -> Result<FillSpec, JobError> {
    let fill = &written.fill;
    let candles = fill.model.needs_candles();
    let partial = match (fill.model, fill.partial) {
        (FillModel::NextTrade, Some(true)) => {
            let message = "`next_trade` fills an order whole, at one trade";
            return Err(at.get("partial").error(message).label("not with this model"));
        }
        (model, Some(true)) if candles => {
            let message = format!("`{model}` fills an order whole, at one price");
            return Err(at.get("partial").error(message).label("not with this model"));
        }
        (FillModel::NextTrade, _) => false,
        (FillModel::NextOpen | FillModel::BarOhlc | FillModel::BarOlhc, _) => false,
        (FillModel::DisplayedDepth, Some(partial)) => partial,
        (FillModel::DisplayedDepth, None) => {
            return Err(at
                .key_error("`displayed_depth` must say whether orders can be filled in parts")
                .label("`partial` is needed here")
                .help("add partial = true"));
        }
    };
    let needed = fill.model == FillModel::NextTrade || candles || !quotes;
    let half_spread = match &fill.half_spread {
        None if needed => {
            let why = match quotes {
                _ if candles => format!("`{}` looks at candles only", fill.model),
                true => "`next_trade` does not look at quotes".to_owned(),
                false => "the sources hold no quotes".to_owned(),
            };
            return Err(at
                .key_error(format!("{why}, so what a market order pays must be stated"))
                .label("`half_spread` is needed here")
                .help("add half_spread = \"0.01\": half the usual spread, in price units"));
        }
        None => 0.0,
        Some(Decimal(text)) => match text.parse::<f64>() {
            Ok(value) if value >= 0.0 => value,
            _ => {
                let at = at.get("half_spread");
                return Err(at.error("a spread is not negative").label("negative"));
            }
        },
    };
    let (queue, consumed) = (queue(fill, by_order, at)?, consumed(fill, at)?);
    Ok(FillSpec { model: fill.model, queue, partial, consumed, half_spread })
}

fn queue(fill: &Fill, by_order: Option<bool>, at: &Cursor<'_, '_>) -> Result<QueueModel, JobError> {
    let takes = fill.model == FillModel::DisplayedDepth;
    let Some(queue) = fill.queue else {
        let exact = takes && by_order == Some(true);
        return Ok(if exact { QueueModel::Fifo } else { QueueModel::RiskAverse });
    };
    if fill.model != FillModel::DisplayedDepth {
        let message = format!("`{}` knows no queues", fill.model);
        return Err(at.get("queue").key_error(message).label("not with this model"));
    }
    match queue.power() {
        Some(n) if !(n > 0.0 && n <= 100.0) => {
            let at = at.get("queue").get(queue.name());
            Err(at.error("a power is above 0, and at most 100").label("not such a number"))
        }
        None if queue == QueueModel::Fifo && by_order == Some(false) => Err(at
            .get("queue")
            .error("`fifo` serves orders one by one, and the sources name none")
            .label("without order ids")
            .help(
                "read market by order (lake tables = [\"trades\", \"book_orders\"], files of \
                 databento or lobster), or name a model for levels, as queue = \"risk_averse\"",
            )),
        _ => Ok(queue),
    }
}

fn consumed(fill: &Fill, at: &Cursor<'_, '_>) -> Result<Consumed, JobError> {
    let Some(consumed) = fill.consumed else { return Ok(Consumed::UntilRefresh) };
    if fill.model != FillModel::DisplayedDepth {
        let message = format!("`{}` takes nothing of what is displayed", fill.model);
        return Err(at.get("consumed").key_error(message).label("not with this model"));
    }
    match consumed {
        Consumed::HalfLife(half_life) if half_life.0 <= 0 => {
            let error = at.get("consumed").get("half_life").error("a half-life is above 0");
            Err(error.label("zero").help("write \"ignored\" if all of it is there at once"))
        }
        _ => Ok(consumed),
    }
}

fn risk(cx: &Context<'_>) -> Result<RiskSpec, JobError> {
    let (risk, at) = (&cx.spec.risk, cx.at("risk"));
    let within = |value: &Decimal, most: Rate, at: Cursor<'_, '_>| {
        let rate = fraction(value, &at)?;
        match rate.0 > 0 && rate <= most {
            true => Ok(rate),
            false => {
                let message = format!("this fraction must be above 0 and at most {most}");
                Err(at.error(message).label("out of range"))
            }
        }
    };
    let (one, hundred) = (Rate(Rate::ONE), Rate(100 * Rate::ONE));
    let position_fraction = match &risk.max_position {
        None => QUARTER,
        Some(most) => within(&most.fraction, hundred, at.get("max_position").get("fraction"))?,
    };
    let position_notional = match &risk.max_notional {
        None => None,
        Some(Decimal(text)) => match Money::parse(text) {
            Ok(most) if most > Money::ZERO => Some(most),
            _ => {
                let at = at.get("max_notional");
                return Err(at.error("a notional is above 0").label("not above 0"));
            }
        },
    };
    let price_band = match &risk.price_band {
        None => None,
        Some(band) => Some(within(band, one, at.get("price_band"))?),
    };
    let order_rate = match &risk.order_rate {
        None => None,
        Some(rate) if rate.per.0 > 0 => Some(OrderRate { count: rate.count.get(), per: rate.per }),
        Some(_) => {
            let at = at.get("order_rate").get("per");
            return Err(at.error("a rate is over some time").label("zero"));
        }
    };
    let drawdown_stop = match &risk.drawdown {
        None => QUARTER,
        Some(stop) => within(&stop.stop, one, at.get("drawdown").get("stop"))?,
    };
    Ok(RiskSpec {
        position_fraction: Some(position_fraction),
        position_notional,
        price_band,
        order_rate,
        drawdown_stop: Some(drawdown_stop),
    })
}

pub(super) fn fraction(value: &Decimal, at: &Cursor<'_, '_>) -> Result<Rate, JobError> {
    Rate::parse(&value.0).map_err(|e| at.error(format!("{} is {e}", value.0)).label("here"))
}
