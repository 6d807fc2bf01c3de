//! Limits of accounts, and how venues treat orders.

use super::{Context, instruments::Known, sources::Supply, strategies::Resolved};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{Decimal, Execution, MatchOn},
    suggest,
};
use operators::{
    execution::{ExecutionSpec, FillModel, FillSpec},
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
        let quotes = supplies
            .iter()
            .filter(|s| s.instruments.iter().any(|(id, _)| id.venue() == venue))
            .any(|s| s.quotes != Some(false));
        execution.insert(venue.as_str().into(), terms(written, quotes, &at)?);
    }
    for strategy in strategies {
        let of = |place: &u32| known[*place as usize].instrument.id.venue();
        let traded = strategy.spec.instruments.iter().map(of);
        if let Some(venue) = traded.clone().find(|venue| !execution.contains_key(*venue)) {
            return Err(strategy
                .at
                .get("for")
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
    Ok(Terms { risk: risk(cx)?, execution })
}

fn terms(
    written: &Execution,
    quotes: bool,
    at: &Cursor<'_, '_>,
) -> Result<ExecutionSpec, JobError> {
    if written.match_on == Some(MatchOn::Exchange) {
        return Err(at
            .get("match_on")
            .error("matching by the exchange's clock is not available yet")
            .label("not yet")
            .help("write match_on = \"receive\", or leave it out"));
    }
    let fees = at.get("fees");
    let fee = |fee: &Decimal, key: &str| {
        let rate = fraction(fee, &fees.get(key))?;
        if rate.0 < 0 {
            return Err(fees
                .get(key)
                .error(format!("the {key} fee is negative: rebates are not modelled"))
                .label("negative")
                .help("write 0 for no fee"));
        }
        if rate.0 >= Rate::ONE {
            let message = format!("the {key} fee would take the whole notional");
            let help = "a fee is a fraction of notional: 0.0005 is 0.05 percent";
            return Err(fees.get(key).error(message).label("1 or more").help(help));
        }
        Ok(rate)
    };
    let (maker_fee, taker_fee) =
        (fee(&written.fees.maker, "maker")?, fee(&written.fees.taker, "taker")?);
    Ok(ExecutionSpec {
        entry_latency: written.latency.entry,
        response_latency: written.latency.response,
        maker_fee,
        taker_fee,
        fill: fill(written, quotes, &at.get("fill"))?,
    })
}

fn fill(written: &Execution, quotes: bool, at: &Cursor<'_, '_>) -> Result<FillSpec, JobError> {
    let fill = &written.fill;
    let partial = match (fill.model, fill.partial) {
        (FillModel::NextTrade, Some(true)) => {
            let message = "`next_trade` fills an order whole, at one trade";
            return Err(at.get("partial").error(message).label("not with this model"));
        }
        (FillModel::NextTrade, _) => false,
        (FillModel::DisplayedDepth, Some(partial)) => partial,
        (FillModel::DisplayedDepth, None) => {
            return Err(at
                .key_error("`displayed_depth` must say whether orders can be filled in parts")
                .label("`partial` is needed here")
                .help("add partial = true"));
        }
    };
    let needed = fill.model == FillModel::NextTrade || !quotes;
    let half_spread = match &fill.half_spread {
        None if needed => {
            let why = match quotes {
                true => "`next_trade` does not look at quotes",
                false => "the sources hold no quotes",
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
    Ok(FillSpec { model: fill.model, partial, half_spread })
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

fn fraction(value: &Decimal, at: &Cursor<'_, '_>) -> Result<Rate, JobError> {
    Rate::parse(&value.0).map_err(|e| at.error(format!("{} is {e}", value.0)).label("here"))
}
