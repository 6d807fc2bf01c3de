//! What an account's own taking costs: numbers checked, and told in plain words.

use super::assumptions::short;
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{self, Decimal, Execution},
};
use operators::execution::{ExecutionSpec, Impact};
use schemas::Span;
use std::collections::BTreeMap;

/// The impact of a venue, if it states one; `at` is its section and `seed` the job's.
pub(super) fn resolve(
    written: &Execution,
    seed: u64,
    at: &Cursor<'_, '_>,
) -> Result<Option<Impact>, JobError> {
    let at = at.get("impact");
    let impact = match &written.impact {
        None => return Ok(None),
        Some(raw::Impact { square_root: Some(root), linear: None, ticks: None }) => {
            let at = at.get("square_root");
            Impact::SquareRoot {
                coefficient: above_zero(("coefficient", root.coefficient), 100.0, &at)?,
                volatility: above_zero(("volatility", root.volatility), 10.0, &at)?,
                volume: volume(&root.volume, &at)?,
                half_life: half_life(root.half_life, &at)?,
            }
        }
        Some(raw::Impact { square_root: None, linear: Some(linear), ticks: None }) => {
            let at = at.get("linear");
            Impact::Linear {
                coefficient: above_zero(("coefficient", linear.coefficient), 100.0, &at)?,
                volume: volume(&linear.volume, &at)?,
                half_life: half_life(linear.half_life, &at)?,
            }
        }
        Some(raw::Impact { square_root: None, linear: None, ticks: Some(drawn) }) => {
            let at = at.get("ticks");
            let probability = above_zero(("probability", drawn.probability), 1.0, &at)?;
            let ticks = drawn.ticks;
            if !(1..=1_000).contains(&ticks) {
                let error = at.get("ticks").error("these are 1 to 1000 ticks");
                return Err(error.label("out of range"));
            }
            Impact::Ticks { probability, ticks, seed }
        }
        Some(_) => {
            return Err(at.error("an impact has exactly one form").label("not one").help(
                "as in { ticks = { probability = 0.5, ticks = 1 } }: `tapeflow catalogue` lists \
                 them",
            ));
        }
    };
    Ok(Some(impact))
}

fn above_zero((key, value): (&str, f64), most: f64, at: &Cursor<'_, '_>) -> Result<f64, JobError> {
    if value > 0.0 && value <= most {
        return Ok(value);
    }
    let message = format!("`{key}` is above 0 and at most {most}");
    let error = at.get(key).error(message).label("out of range");
    Err(match key {
        "volatility" => error.help("a fraction: 0.02 where prices move by 2 percent a day"),
        _ => error.help("leave `impact` out if own orders do not move the market"),
    })
}

fn volume(Decimal(text): &Decimal, at: &Cursor<'_, '_>) -> Result<f64, JobError> {
    match text.parse::<f64>() {
        Ok(volume) if volume > 0.0 => Ok(volume),
        _ => {
            let error = at.get("volume").error("a volume is above 0").label("not above 0");
            Err(error.help(
                "the quantity that is traded in the time of the volatility: nothing is estimated",
            ))
        }
    }
}

fn half_life(half_life: Span, at: &Cursor<'_, '_>) -> Result<Span, JobError> {
    if half_life.0 > 0 {
        return Ok(half_life);
    }
    let error = at.get("half_life").error("a half-life is above 0").label("zero");
    Err(error.help("write \"1ns\" if each order pays for itself alone"))
}

/// What is assumed of venues.
pub(super) fn words(venues: &BTreeMap<&str, &ExecutionSpec>) -> Vec<String> {
    if venues.values().all(|terms| terms.impact.is_none()) {
        return vec!["impact: own orders do not move the market".to_owned()];
    }
    let of_venue = |(venue, terms): (&&str, &&ExecutionSpec)| match &terms.impact {
        None => format!("impact at {venue}: own orders do not move the market"),
        Some(impact) => format!("impact at {venue}: {}", of(impact)),
    };
    venues.iter().map(of_venue).collect()
}

fn of(impact: &Impact) -> String {
    let lately = |half_life: &Span| {
        format!(
            "Q is what the account took of the instrument on its side, counting half after each \
             {half_life}, and a slice pays what it adds to the cost of the whole; in whole ticks, \
             never beyond a limit, on top of what the fill model gives"
        )
    };
    match impact {
        Impact::SquareRoot { coefficient, volatility, volume, half_life } => format!(
            "what takes is worse by {coefficient} * {volatility} * sqrt(Q / {}) of its price \
             (square_root), as the job states; {}",
            short(&volume.to_string()),
            lately(half_life)
        ),
        Impact::Linear { coefficient, volume, half_life } => format!(
            "what takes is worse by {coefficient} * Q / {} of its price (linear), as the job \
             states; {}",
            short(&volume.to_string()),
            lately(half_life)
        ),
        Impact::Ticks { probability, ticks, .. } => format!(
            "an execution that takes is {ticks} tick{} worse with probability {probability} \
             (ticks), drawn by the job's seed and the order, and never beyond a limit",
            if *ticks == 1 { "" } else { "s" }
        ),
    }
}
