//! When the market is looked at after fills, and which of them are toxic.

use super::{Context, terms::Terms};
use crate::spec::{JobError, raw::ToxicText};
use operators::account::{MarkoutSpec, Toxic, ToxicBar};
use pipeline::plan::Plan;
use schemas::Span;

/// Looked at if the job does not say.
const HORIZONS: [Span; 4] =
    [Span(100_000_000), Span::SECOND, Span(10 * Span::SECOND.0), Span(60 * Span::SECOND.0)];

/// Half-life of `toxicity` if the job does not say.
const HALF_LIFE: Span = Span(300 * Span::SECOND.0);

/// More would be a chart, of which each fill makes a row a point.
const HORIZONS_MAX: usize = 32;

pub(super) fn resolve(cx: &Context<'_>, terms: &Terms) -> Result<MarkoutSpec, JobError> {
    let (written, at) = (&cx.spec.markouts, cx.at("markouts"));
    let candles = terms.execution.values().all(|terms| terms.fill.model.needs_candles());
    if candles && !terms.execution.is_empty() {
        let named = written.horizons.as_ref().is_some_and(|horizons| !horizons.is_empty());
        if named || written.toxic.is_some() {
            let message = "candles fill all orders of this job, and tell prices too late";
            return Err(at.key_error(message).label("not with these venues").help(
                "markouts need a market between candles: leave this section out, or read trades \
                 and quotes",
            ));
        }
        return Ok(MarkoutSpec::default());
    }
    let mut horizons = written.horizons.clone().unwrap_or_else(|| HORIZONS.to_vec());
    for (i, horizon) in horizons.iter().enumerate() {
        let at = at.get("horizons").get(i);
        if horizon.0 <= 0 {
            let error = at.error("a horizon is above 0: the table fills tells the mid at the fill");
            return Err(error.label("zero"));
        }
        if horizons[..i].contains(horizon) {
            return Err(at.error("this horizon is there already").label("the second"));
        }
    }
    if horizons.len() > HORIZONS_MAX {
        let count = horizons.len();
        let message = format!("there are at most {HORIZONS_MAX} horizons, not {count}");
        return Err(at.get("horizons").error(message).label("too many"));
    }
    horizons.sort();
    let toxic = written.toxic.as_ref().map(|toxic| resolve_toxic(cx, toxic, &horizons));
    Ok(MarkoutSpec { horizons, toxic: toxic.transpose()? })
}

fn resolve_toxic(
    cx: &Context<'_>,
    written: &ToxicText,
    horizons: &[Span],
) -> Result<Toxic, JobError> {
    let at = cx.at("markouts").get("toxic");
    if !horizons.contains(&written.horizon) {
        let all: Vec<String> = horizons.iter().map(Span::to_string).collect();
        let message = format!("{} is none of the horizons", written.horizon);
        return Err(at.get("horizon").error(message).label("not a horizon").help(
            match all.is_empty() {
                true => "there are none: name it in horizons, too".to_owned(),
                false => format!("horizons: {}; name it there, too", all.join(", ")),
            },
        ));
    }
    let (bar, key) = match (written.spreads, written.ticks) {
        (Some(spreads), None) => (ToxicBar::Spreads(spreads), "spreads"),
        (None, Some(ticks)) => (ToxicBar::Ticks(ticks), "ticks"),
        _ => {
            let error = at.error("a fill is toxic beyond one distance").label("not one");
            return Err(error.help(
                "as in { horizon = \"1s\", spreads = 0.5 }: half the spread at the fill, or \
                 { horizon = \"1s\", ticks = 3 }",
            ));
        }
    };
    let (ToxicBar::Spreads(distance) | ToxicBar::Ticks(distance)) = bar;
    if !(distance.is_finite() && distance >= 0.0) {
        return Err(at.get(key).error("a distance is not below 0").label("not a distance"));
    }
    let half_life = written.half_life.unwrap_or(HALF_LIFE);
    if half_life.0 <= 0 {
        return Err(at.get("half_life").error("a half-life is above 0").label("zero"));
    }
    Ok(Toxic { horizon: written.horizon, bar, half_life })
}

/// What is looked at, in words.
pub(super) fn assumptions(cx: &Context<'_>, plan: &Plan) -> Vec<String> {
    let Some(spec) = plan.accounts.first().map(|account| &account.markouts) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let says = cx.spec.markouts.horizons.is_some();
    if let Some((last, rest)) = spec.horizons.split_last().filter(|_| !says) {
        let rest: Vec<String> = rest.iter().map(Span::to_string).collect();
        all.push(format!(
            "markouts: the market is looked at {} and {last} after each fill, because the job \
             does not say",
            rest.join(", ")
        ));
    }
    if let Some(Toxic { horizon, bar, half_life }) = spec.toxic {
        let distance = match bar {
            ToxicBar::Spreads(spreads) => format!("{spreads} of the spread at the fill"),
            ToxicBar::Ticks(ticks) => format!("{ticks} ticks"),
        };
        all.push(format!(
            "markouts: a fill is toxic if the mid {horizon} later is further than {distance} on \
             the bad side of its price; in `toxicity` it counts half after {half_life}"
        ));
    }
    all
}
