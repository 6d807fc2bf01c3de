//! What terms of a venue mean for orders.

use operators::execution::{Consumed, FillModel, QueueModel, VenueClock};
use schemas::Span;

/// By which clock orders meet the market.
pub(super) fn clock_words(clock: &VenueClock) -> String {
    let apart = Span(clock.offset.saturating_abs());
    let offset = match clock.offset {
        0 => "taken for ours".to_owned(),
        1.. => format!("taken to be {apart} ahead of ours"),
        _ => format!("taken to be {apart} behind ours"),
    };
    format!(
        "orders meet the market when it happened by the venue's clock, {offset}; a record is taken \
         to travel for 0s to {}, and for no time if it does not say when it happened",
        clock.max_latency
    )
}

/// What orders do not see of what is displayed.
pub(super) fn taken(model: Consumed) -> String {
    match model {
        Consumed::UntilRefresh => {
            ", less what the account took of it already, until another quantity is".to_owned()
        }
        Consumed::UntilGone => {
            ", less what the account took at its price, for as long as anything is (until_gone)"
                .to_owned()
        }
        Consumed::HalfLife(half_life) => format!(
            ", less what the account took at its price, of which half is back after {half_life}, \
             and all once nothing is"
        ),
        Consumed::Ignored => ", whatever the account took of it already (ignored)".to_owned(),
    }
}

/// What a model assumes of levels that shrink by more than was traded at them.
pub(super) fn queue(model: QueueModel) -> String {
    match model {
        QueueModel::Fifo => "it is served when those before it are, order by order, as what was \
                             executed behind it or through its price says; other orders go on as \
                             they did (fifo)"
            .to_owned(),
        QueueModel::ProRata => "a trade there is shared by quantity, in whole lots rounded down, \
                                and the rest goes to who came first; those before it are taken \
                                for one order, those behind it too, and those who leave stood on \
                                both sides alike (pro_rata)"
            .to_owned(),
        QueueModel::RiskAverse => "those who leave stood behind it (risk_averse)".to_owned(),
        QueueModel::TradesOnly => "only trades advance it (trades_only)".to_owned(),
        model => format!("those who leave stood before and behind it as {model} says"),
    }
}

/// What a model assumes that knows candles only.
pub(super) fn candle_model(model: FillModel, half_spread: f64) -> String {
    let beyond = match half_spread {
        0.0 => String::new(),
        half => format!(" and {half} beyond it"),
    };
    let path = match model {
        FillModel::BarOhlc => Some("open, high, low, close"),
        FillModel::BarOlhc => Some("open, low, high, close"),
        _ => None,
    };
    let limits = path.map_or(String::new(), |path| {
        format!(
            "; within a candle the price went {path}, and a limit order fills whole at its price \
             once that path goes through it"
        )
    });
    format!(
        "{model}: a market order fills whole, however large, at the open of the first candle that \
         begins once it has arrived{beyond}, and sizes in money or parts of equity are divided by \
         that price{limits}"
    )
}
