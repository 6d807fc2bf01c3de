//! Strategies as resolved: rules, size and order style, compiled against the row that a trigger
//! brings and the columns of the account.

use crate::{execution::Wake, rules::Rule};
use schemas::{Instrument, Span, Text, records::TimeInForce};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What rules know of the account; these slots stand after those of the trigger.
pub const ACCOUNT_COLUMNS: [(&str, &str); 6] = [
    ("position", "the strategy's own signed position in the instrument, as it knows it"),
    ("entry", "average price of that position; null when flat"),
    ("side", "+1 long, -1 short, 0 flat"),
    ("bars_held", "triggers since the position was opened; 0 when flat"),
    ("equity", "the account's equity in the instrument's settlement currency"),
    (
        "toxicity",
        "which share of the account's fills in the instrument was toxic, each counting half after \
         each half-life, beside one good fill; null without `toxic` in [markouts]",
    ),
];

/// What rules of strategies that quote know besides; these slots stand last.
pub const QUOTE_COLUMNS: [(&str, &str); 2] = [
    ("tainted", "is the trigger's data doubtful? A truth value"),
    ("fair", "the strategy's `fair`; null if it has none"),
];

/// A strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategySpec {
    /// Its name.
    pub name: Text,
    /// Its ordinal in the plan: the place of its decisions in the order key.
    pub ordinal: u16,
    /// Instruments that it trades, ascending.
    pub instruments: Vec<u32>,
    /// How many values a trigger brings.
    pub columns: u32,
    /// Digests of the models that its rules read, if they read any.
    pub models: Option<Text>,
    /// When to be long.
    pub long: Option<Rule>,
    /// When to be short.
    pub short: Option<Rule>,
    /// When to be flat.
    pub flat: Option<Rule>,
    /// How much; of a strategy that quotes, the quantity of each order.
    pub size: Size,
    /// How; a strategy that quotes orders like this only to end its position for good.
    pub order: OrderStyle,
    /// What ends its positions besides rules. Left out where there is none, so that the digest of
    /// a job without is what it was before there were exits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Orders on both sides instead of a target. Then there are no rules that set one, no exit,
    /// the size is a quantity and the order style is at market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Several instruments at once instead of rules for each. Then there are no such rules, no exit
    /// and no quote, and size and order style are those of the first leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legs: Option<Legs>,
}

impl StrategySpec {
    /// The leg in one of its instruments, if it has legs.
    fn leg_at(&self, place: usize) -> Option<&Leg> {
        self.legs.as_ref()?.legs.iter().find(|leg| usize::from(leg.place) == place)
    }

    /// How much in one of its instruments; `place` is its place in [`StrategySpec::instruments`].
    pub fn size_at(&self, place: usize) -> &Size {
        self.leg_at(place).map_or(&self.size, |leg| &leg.size)
    }

    /// How orders are placed in one of its instruments, likewise.
    pub fn order_at(&self, place: usize) -> &OrderStyle {
        self.leg_at(place).map_or(&self.order, |leg| &leg.order)
    }
}

/// A strategy's instruments as parts of one position. The rows of their rules have what the trigger
/// brings, [`ACCOUNT_COLUMNS`] of each leg, and the target of each leg, as a multiple of its size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Legs {
    /// Two or more, one for each instrument, in the order in which they are evaluated.
    pub legs: Vec<Leg>,
    /// What is done when one is filled and another is not.
    pub unhedged: Option<Unhedged>,
}

/// One instrument of several that are traded at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Its name.
    pub name: Text,
    /// Place of its instrument in [`StrategySpec::instruments`].
    pub place: u16,
    /// The wanted position as a multiple of the size, below zero for a short one; null leaves it
    /// as it is.
    pub target: Rule,
    /// What 1 is.
    pub size: Size,
    /// How it orders.
    pub order: OrderStyle,
}

/// What is done about legs whose positions are out of the wanted ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unhedged {
    /// For how long they must have been, above zero.
    pub after: Span,
    /// What.
    pub remedy: Remedy,
}

schemas::text_enum! {
    /// What can be done about legs whose positions are out of the wanted ratio.
    Remedy {
        /// All legs are closed at market.
        Flatten = "flatten",
        /// What is missing is ordered at market.
        Hedge = "hedge",
        /// It is told of in `signals`.
        Report = "report",
    }
}

/// Orders on both sides, compared at each trigger with those that are at work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// What the other rules read as `fair`.
    pub fair: Option<Rule>,
    /// Price of the first buy order, rounded down to the tick; null leaves the side as it is.
    pub bid: Rule,
    /// Price of the first sell order, rounded up to the tick; null leaves the side as it is.
    pub ask: Rule,
    /// When all orders are taken back.
    pub pull: Option<Rule>,
    /// Orders a side, at least one.
    pub levels: u32,
    /// Ticks from one to the next, away from the market; above zero if there are several levels.
    pub step_ticks: u32,
    /// Never take: an order that would execute on arrival is rejected.
    pub post_only: bool,
    /// An order stays while its price is fewer ticks than this, at least one, from a wanted one.
    pub requote_ticks: u32,
    /// Largest position, long or short, that the orders of a side may bring about; rounded down to
    /// the lot.
    pub max_position: Option<f64>,
}

/// What ends a position besides the rules; at least one member is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// Price at which a loss is cut.
    pub stop: Option<Rule>,
    /// Price at which a profit is taken.
    pub take: Option<Rule>,
    /// Distance, above zero, from the best price since the position was known at which it ends.
    pub trail: Option<Rule>,
    /// How long it lasts at most.
    pub after: Option<After>,
    /// Do stop and take rest at the venue as orders of which one cancels the other? Then there is
    /// no trail. Left out where the strategy watches them, so that digests stay what they were.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_venue: bool,
}

impl Exit {
    /// Rules of `stop`, `take` and `trail`.
    pub fn rules(&self) -> [&Option<Rule>; 3] {
        [&self.stop, &self.take, &self.trail]
    }
}

/// How long a position lasts at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// So many triggers that found it held.
    Bars(u32),
    /// So long since it was known.
    Span(Span),
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            After::Bars(1) => f.write_str("1 bar"),
            After::Bars(n) => write!(f, "{n} bars"),
            After::Span(span) => span.fmt(f),
        }
    }
}

/// How large a position is wanted; always rounded down to the lot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// This quantity.
    Quantity(Rule),
    /// Worth this much settlement currency.
    Notional(Rule),
    /// Worth this fraction of the account's equity.
    Fraction(f64),
    /// Loses this fraction of equity when the price moves by the distance.
    Risk {
        /// Fraction of equity at risk.
        fraction: f64,
        /// Price distance.
        distance: Rule,
    },
}

/// A size whose rules have been evaluated: what is left is the price, and the money that is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// This quantity.
    Quantity(f64),
    /// Worth this much settlement currency.
    Notional(f64),
    /// Worth this fraction of equity.
    Fraction(f64),
    /// Loses this fraction of equity when the price moves by the distance.
    Risk {
        /// Fraction of equity at risk.
        fraction: f64,
        /// Price distance, above zero; NaN is null.
        distance: f64,
    },
}

impl Amount {
    /// The quantity at the instrument's scale, rounded down to the lot; 0 when it cannot be told.
    pub fn lots(self, instrument: &Instrument, equity: f64, price: f64) -> i64 {
        // What one unit is worth in settlement currency.
        let multiplier = instrument.multiplier as f64;
        let unit = if instrument.inverse { multiplier / price } else { multiplier * price };
        instrument.lots_down(match self {
            Amount::Quantity(quantity) => quantity,
            Amount::Notional(notional) => notional / unit,
            Amount::Fraction(fraction) => fraction * equity / unit,
            Amount::Risk { fraction, distance } => fraction * equity / (unit / price * distance),
        })
    }

    /// So many times as much; NaN and not above zero mean none.
    pub fn times(self, times: f64) -> Amount {
        match self {
            Amount::Quantity(quantity) => Amount::Quantity(quantity * times),
            Amount::Notional(notional) => Amount::Notional(notional * times),
            Amount::Fraction(fraction) => Amount::Fraction(fraction * times),
            Amount::Risk { fraction, distance } => {
                Amount::Risk { fraction: fraction * times, distance }
            }
        }
    }

    /// Does it depend on the price, or on what the account is worth?
    pub fn needs_price(self) -> bool {
        !matches!(self, Amount::Quantity(_))
    }
}

/// How orders are placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStyle {
    /// At any price.
    Market,
    /// At a price or better.
    Limit {
        /// The price; rounded passively to the tick.
        price: Rule,
        /// Never take: rejected if it would execute on arrival.
        post_only: bool,
        /// Taken back this long after it arrived.
        timeout: Option<Span>,
        /// After the timeout, take the rest at market?
        then_market: bool,
        /// What becomes of what cannot be had at once; left out where it rests.
        #[serde(default = "rests", skip_serializing_if = "does_rest")]
        in_force: TimeInForce,
    },
    /// Once the market has come to a price; what ends a position goes at market.
    Wait {
        /// Which move it waits for.
        wake: Wake,
        /// To which price; of a trailing stop by how much.
        at: Rule,
        /// Then at this price or better, rounded passively to the tick; else at any.
        limit: Option<Rule>,
        /// Taken back this long after it arrived.
        timeout: Option<Span>,
        /// After the timeout, take the rest at market?
        then_market: bool,
    },
    /// Like this, which is none of these, and never more than what closes the account's position
    /// when the order comes to the venue, and while it is there.
    Reduce(Box<OrderStyle>),
}

impl OrderStyle {
    /// How, whether it only reduces or not.
    pub fn plain(&self) -> &OrderStyle {
        match self {
            OrderStyle::Reduce(style) => style.plain(),
            style => style,
        }
    }

    /// Does it only reduce?
    pub fn reduces(&self) -> bool {
        matches!(self, OrderStyle::Reduce(_))
    }
}

/// A limit order rests, as a rule.
fn rests() -> TimeInForce {
    TimeInForce::Gtc
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn does_rest(in_force: &TimeInForce) -> bool {
    *in_force == TimeInForce::Gtc
}
