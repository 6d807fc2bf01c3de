//! What a venue wants to be held against positions, and what it takes for what it lends.

use super::{instruments::Known, terms::fraction};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{self, Decimal, Execution},
    suggest,
};
use operators::execution::{Borrow, ExecutionSpec, Margin, MarginTier};
use schemas::{Money, instrument::Rate};
use std::collections::{BTreeMap, BTreeSet};

/// The margin of a venue, if it wants some; `at` is its section.
pub(super) fn margin(written: &Execution, at: &Cursor<'_, '_>) -> Result<Option<Margin>, JobError> {
    let Some(margin) = &written.margin else {
        return match written.liquidation {
            None => Ok(None),
            Some(_) => Err(at
                .get("liquidation")
                .key_error("nothing is liquidated where no margin is wanted")
                .label("for nothing")
                .help("add margin = { initial = \"0.1\", maintenance = \"0.05\" }")),
        };
    };
    let liquidation_fee = match &written.liquidation {
        None => Rate(0),
        Some(liquidation) => {
            let at = at.get("liquidation").get("fee");
            match fraction(&liquidation.fee, &at)? {
                fee if (0..Rate::ONE).contains(&fee.0) => fee,
                _ => {
                    let error = at.error("a liquidation takes from 0 to 1 of what it closes");
                    return Err(error.label("out of range"));
                }
            }
        }
    };
    Ok(Some(Margin { tiers: tiers(margin, &at.get("margin"))?, liquidation_fee }))
}

fn tiers(written: &raw::Margin, at: &Cursor<'_, '_>) -> Result<Vec<MarginTier>, JobError> {
    match written {
        raw::Margin { initial: Some(initial), maintenance: Some(maintenance), tiers }
            if tiers.is_empty() =>
        {
            let (initial, maintenance) = rates((initial, maintenance), at)?;
            Ok(vec![MarginTier { from: Money::ZERO, initial, maintenance }])
        }
        raw::Margin { initial: None, maintenance: None, tiers } if !tiers.is_empty() => {
            let mut all: Vec<MarginTier> = Vec::new();
            for (i, tier) in tiers.iter().enumerate() {
                all.push(next_tier(&all, tier, &at.get("tiers").get(i))?);
            }
            Ok(all)
        }
        raw::Margin { tiers, .. } if !tiers.is_empty() => Err(at
            .get("tiers")
            .key_error("tiers tell all of the margin")
            .label("not with `initial` or `maintenance`")
            .help("leave out one or the other")),
        raw::Margin { initial, .. } => {
            let key = if initial.is_none() { "initial" } else { "maintenance" };
            Err(at.error(format!("`{key}` is missing")).label("needed here").help(
                "margin = { initial = \"0.1\", maintenance = \"0.05\" }, or by notional: margin = \
                 { tiers = [{ from = \"0\", initial = \"0.01\", maintenance = \"0.005\" }] }",
            ))
        }
    }
}

fn next_tier(
    before: &[MarginTier],
    written: &raw::MarginTier,
    at: &Cursor<'_, '_>,
) -> Result<MarginTier, JobError> {
    let of = at.get("from");
    let from = match Money::parse(&written.from.0) {
        Ok(from) if from >= Money::ZERO => from,
        _ => return Err(of.error("a notional is an amount of money").label("not an amount")),
    };
    let (initial, maintenance) = rates((&written.initial, &written.maintenance), at)?;
    match before.last() {
        None if from != Money::ZERO => {
            let error = of.error("the first tier holds from 0 on").label("above 0");
            return Err(error.help("else a small position would need nothing"));
        }
        Some(last) if last.from >= from => {
            let error = of.error("tiers come by notional, each above the one before");
            return Err(error.label("not above it"));
        }
        Some(last) if last.initial > initial || last.maintenance > maintenance => {
            let key = if last.initial > initial { "initial" } else { "maintenance" };
            let error = at.get(key).error("a larger position needs no smaller part of itself");
            return Err(error.label("below the tier before"));
        }
        _ => {}
    }
    Ok(MarginTier { from, initial, maintenance })
}

/// Initial and maintenance margin, each above 0 and at most the whole notional.
fn rates(
    (initial, maintenance): (&Decimal, &Decimal),
    at: &Cursor<'_, '_>,
) -> Result<(Rate, Rate), JobError> {
    let rate = |value: &Decimal, key: &str| {
        let at = at.get(key);
        match fraction(value, &at)? {
            rate if rate.0 > 0 && rate.0 <= Rate::ONE => Ok(rate),
            _ => Err(at
                .error("a margin is above 0 and at most 1")
                .label("out of range")
                .help("it is a fraction of the notional: 0.1 is ten percent, a leverage of 10")),
        }
    };
    let (initial, maintenance) = (rate(initial, "initial")?, rate(maintenance, "maintenance")?);
    if maintenance > initial {
        let message = "what keeps a position is no more than what opens it";
        let error = at.get("maintenance").error(message).label("above `initial`");
        return Err(error.help("else it would be liquidated at once"));
    }
    Ok((initial, maintenance))
}

/// The largest interest of a year that is not taken for a slip: ten times what is owed.
const MOST: Rate = Rate(10 * Rate::ONE);

/// What a venue charges for what is owed; `at` is its section.
pub(super) fn borrow(
    written: &Execution,
    venue: &str,
    known: &[Known],
    at: &Cursor<'_, '_>,
) -> Result<Option<Borrow>, JobError> {
    let Some(written) = &written.borrow else { return Ok(None) };
    let at = at.get("borrow");
    let here = known.iter().map(|k| &k.instrument).filter(|i| i.id.venue() == venue);
    let currencies: BTreeSet<&str> = here.flat_map(|i| [&*i.base, &*i.settle]).collect();
    let mut rates = BTreeMap::new();
    for (currency, value) in &written.rates {
        let at = at.get("rates").get(currency);
        if !currencies.contains(currency.as_str()) {
            let names: Vec<&str> = currencies.into_iter().collect();
            return Err(at
                .key_error(format!("nothing at `{venue}` can owe {currency}"))
                .label("not a currency there")
                .help_if(suggest::help(currency, &names, "currencies")));
        }
        rates.insert(currency.as_str().into(), yearly(value, &at)?);
    }
    Ok(Some(Borrow { rate: yearly(&written.rate, &at.get("rate"))?, rates }))
}

fn yearly(value: &Decimal, at: &Cursor<'_, '_>) -> Result<Rate, JobError> {
    match fraction(value, at)? {
        rate if rate.0 >= 0 && rate <= MOST => Ok(rate),
        _ => Err(at
            .error(format!("a year's interest is from 0 to {MOST} times what is owed"))
            .label("out of range")
            .help("it is a fraction: 0.10 is ten percent a year")),
    }
}

/// What a venue holds against positions, in plain words.
pub(super) fn words(venue: &str, terms: &ExecutionSpec) -> String {
    let Some(Margin { tiers, liquidation_fee }) = &terms.margin else {
        return format!("margin at {venue}: none, so that positions of any size are held");
    };
    let [first, last] = [tiers.first(), tiers.last()].map(|tier| tier.expect("there is one"));
    let rates = match tiers.len() {
        1 => format!(
            "{} of the notional opens a position and {} keeps it",
            first.initial, first.maintenance
        ),
        n => format!(
            "by {n} tiers of the notional, {} to {} of it opens a position and {} to {} keeps it",
            first.initial, last.initial, first.maintenance, last.maintenance
        ),
    };
    let fee = match liquidation_fee.0 {
        0 => "nothing besides the fee".to_owned(),
        _ => format!("{liquidation_fee} of their notional besides the fee"),
    };
    format!(
        "margin at {venue}: {rates}, all of a settlement currency together; with less equity the \
         venue takes back all orders and closes all positions in it at market, takes {fee}, and \
         bears what is left below zero"
    )
}

/// What a venue takes for what is owed, in plain words; nothing where nothing can be.
pub(super) fn borrow_words(venue: &str, terms: &ExecutionSpec, spot: bool) -> Option<String> {
    match &terms.borrow {
        Some(Borrow { rate, rates }) => {
            let own = rates.iter().map(|(currency, rate)| format!(", of {currency} {rate}"));
            Some(format!(
                "borrowing at {venue}: {rate} a year{} of what is owed at each whole hour: what \
                 was sold on spot markets and not had, and money beyond the cash",
                own.collect::<String>()
            ))
        }
        None => spot.then(|| {
            format!("borrowing at {venue}: what is not there is sold and spent at no cost")
        }),
    }
}
