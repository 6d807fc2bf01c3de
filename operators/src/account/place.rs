//! Where an order of a strategy is placed.

use super::AccountLoop;
use crate::{
    execution::{Wake, WakeAt},
    rules::{Context, Rule},
    strategy::{OrderStyle, StrategySpec},
};
use schemas::{Instrument, Side, Span, records::TimeInForce};
use serde::{Deserialize, Serialize};

/// What orders are to be placed at, as rules came to it; NaN is null.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Prices {
    limit: f64,
    /// The price that it waits for, or the distance that it trails by.
    level: f64,
}

/// How an order is placed.
pub(super) struct Place {
    pub limit: Option<i64>,
    pub wake: Option<WakeAt>,
    pub post_only: bool,
    pub timeout: Option<Span>,
    pub then_market: bool,
    pub in_force: TimeInForce,
    /// What of it is no price.
    pub wrong: Option<&'static str>,
}

impl Place {
    /// At any price, until it is filled.
    fn at_market() -> Place {
        Place {
            limit: None,
            wake: None,
            post_only: false,
            timeout: None,
            then_market: false,
            in_force: TimeInForce::Gtc,
            wrong: None,
        }
    }

    /// That of an order towards a target; without prices at market.
    pub fn of(
        style: &OrderStyle,
        prices: Option<Prices>,
        instrument: &Instrument,
        (side, target): (Side, i64),
    ) -> Place {
        let (buys, mut place) = (side == Side::Buy, Place::at_market());
        let Some(prices) = prices else { return place };
        match style.plain() {
            OrderStyle::Limit { post_only, timeout, then_market, in_force, .. } => {
                place.limit = instrument.tick_passive(prices.limit, buys);
                place.wrong = place.limit.is_none().then_some("limit price");
                (place.post_only, place.in_force) = (*post_only, *in_force);
                (place.timeout, place.then_market) = (*timeout, *then_market);
            }
            // What ends a position does not wait.
            OrderStyle::Wait { wake, limit, timeout, then_market, .. } if target != 0 => {
                // Rounded so that it wakes at the price, not before.
                let down = if *wake == Wake::Touch { buys } else { !buys };
                let at = instrument.tick_passive(prices.level, *wake != Wake::Trail && down);
                place.wake = at.map(|at| WakeAt { on: *wake, at });
                place.wrong = at.is_none().then_some("price that it waits for");
                if limit.is_some() {
                    place.limit = instrument.tick_passive(prices.limit, buys);
                    place.wrong = place.wrong.or(place.limit.is_none().then_some("limit price"));
                }
                (place.timeout, place.then_market) = (*timeout, *then_market);
            }
            OrderStyle::Wait { .. } | OrderStyle::Market | OrderStyle::Reduce(_) => {}
        }
        if place.timeout.is_some() {
            place.in_force = TimeInForce::Gtd;
        }
        place
    }
}

impl AccountLoop {
    /// What the strategy's orders are placed at; none of those at market.
    pub(super) fn prices(
        &mut self,
        strategy: &StrategySpec,
        number: u16,
        cx: &Context<'_>,
        place: usize,
    ) -> Option<Prices> {
        let stance = &mut self.stances[usize::from(number)][place];
        let [limit_state, level_state] = &mut stance.prices;
        let mut of = |rule: &Rule| rule.number(cx, limit_state);
        match strategy.order_at(place).plain() {
            OrderStyle::Market | OrderStyle::Reduce(_) => None,
            OrderStyle::Limit { price, .. } => Some(Prices { limit: of(price), level: f64::NAN }),
            OrderStyle::Wait { at, limit, .. } => {
                let limit = limit.as_ref().map_or(f64::NAN, of);
                Some(Prices { limit, level: at.number(cx, level_state) })
            }
        }
    }
}
