//! What a venue takes of executions.

use super::terms::fraction;
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{Decimal, Fees as FeesText},
};
use operators::execution::{FeeTier, Fees};
use schemas::{Money, instrument::Rate};

/// The fees that a job writes.
pub(super) fn resolve(written: &FeesText, at: &Cursor<'_, '_>) -> Result<Fees, JobError> {
    let mut fees =
        Fees::flat(rate(&written.maker, "maker", at)?, rate(&written.taker, "taker", at)?);
    if let Some(traded) = &written.traded {
        fees.traded = volume(traded, &at.get("traded"))?;
    }
    for (i, tier) in written.tiers.iter().enumerate() {
        let at = at.get("tiers").get(i);
        let found = FeeTier {
            volume: volume(&tier.volume, &at.get("volume"))?,
            maker: rate(&tier.maker, "maker", &at)?,
            taker: rate(&tier.taker, "taker", &at)?,
        };
        if fees.tiers.last().is_some_and(|before| before.volume >= found.volume) {
            let error = at.get("volume").error("tiers come by volume, each above the one before");
            return Err(error.label("not above it"));
        }
        fees.tiers.push(found);
    }
    if written.traded.is_some() && written.tiers.is_empty() {
        let error = at.get("traded").key_error("`traded` decides the tier, and there is none");
        return Err(error
            .label("for nothing")
            .help("add tiers = [{ volume = …, maker = …, taker = … }]"));
    }
    Ok(fees)
}

fn rate(fee: &Decimal, key: &str, at: &Cursor<'_, '_>) -> Result<Rate, JobError> {
    let rate = fraction(fee, &at.get(key))?;
    if rate.0.abs() >= Rate::ONE {
        let message = match rate.0 > 0 {
            true => format!("the {key} fee would take the whole notional"),
            false => format!("the {key} rebate would pay the whole notional"),
        };
        let help = "a fee is a fraction of notional: 0.0005 is 0.05 percent";
        return Err(at.get(key).error(message).label("1 or more").help(help));
    }
    Ok(rate)
}

fn volume(volume: &Decimal, at: &Cursor<'_, '_>) -> Result<Money, JobError> {
    match Money::parse(&volume.0) {
        Ok(money) if money >= Money::ZERO => Ok(money),
        _ => Err(at.error("a volume is an amount of money").label("not an amount")),
    }
}
