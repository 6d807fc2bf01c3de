//! The gate before execution: the only place that makes an [`Approved`] order.

use crate::execution::Order;
use schemas::{EventTime, Instrument, Money, Price, Span, instrument::Rate};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// An account's limits. Orders that only reduce a position pass all of them but the price band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskSpec {
    /// Largest position in one instrument, as a fraction of equity.
    pub position_fraction: Option<Rate>,
    /// Largest position in one instrument, in settlement currency.
    pub position_notional: Option<Money>,
    /// Furthest that a limit price may lie from the mark, as a fraction of it.
    pub price_band: Option<Rate>,
    /// Most orders in a span of event time.
    pub order_rate: Option<OrderRate>,
    /// Loss from the highest equity, as a fraction of it, that closes everything for good.
    pub drawdown_stop: Option<Rate>,
}

/// Most orders in a span of event time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderRate {
    /// Orders.
    pub count: u32,
    /// In any span of this length.
    pub per: Span,
}

/// What the gate remembers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RiskState {
    recent: VecDeque<EventTime>,
    /// Has the drawdown stop closed the account?
    pub stopped: bool,
}

/// What the gate looks at.
#[derive(Debug, Clone, Copy)]
pub struct RiskView<'a> {
    /// Now, in event time.
    pub now: EventTime,
    /// The instrument of the order.
    pub instrument: &'a Instrument,
    /// The account's equity in its settlement currency.
    pub equity: Money,
    /// The account's position in it, signed.
    pub position: i64,
    /// Sum of the account's buy orders that may still be filled.
    pub open_buys: i64,
    /// Sum of the account's sell orders that may still be filled, positive.
    pub open_sells: i64,
    /// What the instrument is valued at.
    pub mark: Option<Price>,
    /// Does the order close what its strategy has, whatever others hold against it?
    pub closes_own: bool,
}

/// An order that passed the gate. Only [`gate`] and, for the venue itself, [`of_venue`] make one (a
/// checkpoint brings it back) and only execution takes one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approved(Order);

impl Approved {
    /// The order.
    pub fn order(&self) -> &Order {
        &self.0
    }
    /// Only so much of it, which no limit minds; `quantity` is not more than it has.
    pub(crate) fn cut(mut self, quantity: i64) -> Approved {
        self.0.quantity = self.0.quantity.min(quantity);
        self
    }
    /// Gives the order away; it cannot be approved again without the gate.
    pub fn into_order(self) -> Order {
        self.0
    }
}

/// Judges an order: approved, or the limit that it breaks, in words.
///
/// # Errors
/// The order and the reason why it is refused.
pub fn gate(
    spec: &RiskSpec,
    state: &mut RiskState,
    view: &RiskView<'_>,
    order: Order,
) -> Result<Approved, Box<(Order, String)>> {
    match judge(spec, state, view, &order) {
        Some(reason) => Err(Box::new((order, reason))),
        None => {
            if spec.order_rate.is_some() {
                state.recent.push_back(view.now);
            }
            Ok(Approved(order))
        }
    }
}

/// Judges an approved order anew, once its quantity is found at its price.
///
/// # Errors
/// The limit that it breaks, in words.
pub fn regate(
    spec: &RiskSpec,
    state: &RiskState,
    view: &RiskView<'_>,
    order: &Order,
) -> Result<(), String> {
    let (after, reduces) = outcome(view, order);
    let refusal = match reduces {
        true => None,
        false if state.stopped => Some(STOPPED.to_owned()),
        false => too_large(spec, view, after),
    };
    refusal.map_or(Ok(()), Err)
}

/// An order of the venue itself, which no limit of the account holds up: a liquidation.
pub fn of_venue(order: Order) -> Approved {
    Approved(order)
}

/// Judges an order by the initial margin that would be needed after it and was before, all of it
/// in one currency.
pub fn lacks_margin(
    (after, before): (Money, Money),
    equity: Money,
    currency: &str,
) -> Option<String> {
    (after > before && after > equity).then(|| {
        let (after, equity) = (told(after), told(equity));
        format!("margin: {after} {currency} would be needed, and equity is {equity}")
    })
}

/// An amount in words, without the zeros that say nothing.
pub(crate) fn told(amount: Money) -> String {
    let text = amount.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const STOPPED: &str = "drawdown: the account is stopped";

/// The position once all is filled, and whether it is only smaller than now.
fn outcome(view: &RiskView<'_>, order: &Order) -> (i64, bool) {
    let after_fills = match order.side.sign() {
        1 => view.position.saturating_add(view.open_buys),
        _ => view.position.saturating_sub(view.open_sells),
    };
    let signed = order.side.sign() * order.quantity;
    let after = after_fills.saturating_add(signed);
    let reduces = view.position.signum() == -signed.signum() && after.abs() <= view.position.abs();
    // The venue sees to it that what only reduces does.
    (after, order.reduce_only || (reduces && after.signum() != -view.position.signum()))
}

fn judge(
    spec: &RiskSpec,
    state: &mut RiskState,
    view: &RiskView<'_>,
    order: &Order,
) -> Option<String> {
    let (after, reduces) = outcome(view, order);
    if let (Some(band), Some(limit), Some(mark)) = (spec.price_band, order.limit, view.mark) {
        let distance = (view.instrument.price_f64(limit) - mark.to_f64()).abs() / mark.to_f64();
        if distance > band.0 as f64 / Rate::ONE as f64 {
            let limit = view.instrument.price(limit);
            return Some(format!("price_band: {limit} is over {band} away from {mark}"));
        }
    }
    if reduces {
        return None;
    }
    if state.stopped {
        // Strategies on both sides hold more than the sum of them: each is closed by itself.
        return (!view.closes_own).then(|| STOPPED.into());
    }
    if let Some(rate) = spec.order_rate {
        while state.recent.front().is_some_and(|t| t.plus(rate.per) <= view.now) {
            state.recent.pop_front();
        }
        if state.recent.len() >= rate.count as usize {
            return Some(format!("order_rate: {} orders in {} already", rate.count, rate.per));
        }
    }
    too_large(spec, view, after)
}

fn too_large(spec: &RiskSpec, view: &RiskView<'_>, after: i64) -> Option<String> {
    if spec.position_fraction.is_none() && spec.position_notional.is_none() {
        return None;
    }
    let Some(mark) = view.mark else {
        return Some("no price yet to value the position at".into());
    };
    let notional = view.instrument.notional(mark, after);
    if let Some(fraction) = spec.position_fraction {
        let most = fraction.of(view.equity);
        if notional > most {
            return Some(format!(
                "max_position: {notional:.2} would be over {fraction} of equity ({most:.2})"
            ));
        }
    }
    match spec.position_notional {
        Some(most) if notional > most => {
            Some(format!("max_notional: {notional:.2} would be over {most:.2}"))
        }
        _ => None,
    }
}
