//! What a run computes.

use crate::{EventTime, Money, Price, Quantity, Side, Text, record, text_enum};

text_enum! {
    /// Which clock orders or cuts.
    Clock {
        /// When the collector received it.
        Receive = "receive",
        /// When the venue says it happened.
        Exchange = "exchange",
    }
}

text_enum! {
    /// What an order row tells.
    OrderStage {
        /// The strategy decided.
        Decided = "decided",
        /// Risk refused it.
        Refused = "refused",
        /// It arrived at the venue.
        Arrived = "arrived",
        /// The price that it waited for came.
        Triggered = "triggered",
        /// Part of it was executed.
        PartlyFilled = "partly_filled",
        /// It is of a smaller quantity from now on, and keeps its place.
        Amended = "amended",
        /// All of it was executed.
        Filled = "filled",
        /// The venue took it back on request or at its timeout.
        Cancelled = "cancelled",
        /// The venue did not take it.
        Rejected = "rejected",
    }
}

text_enum! {
    /// How an order meets the market.
    OrderKind {
        /// At any price.
        Market = "market",
        /// At its price or better.
        Limit = "limit",
        /// At any price, once the market has come to a price that is worse.
        Stop = "stop",
        /// At its limit or better, once the market has come to a price that is worse.
        StopLimit = "stop_limit",
        /// At any price, once the market has come to a price that is better.
        Touch = "touch",
        /// At its limit or better, once the market has come to a price that is better.
        TouchLimit = "touch_limit",
        /// At any price, once the market has turned by a distance.
        Trailing = "trailing",
    }
}

text_enum! {
    /// How long an order works.
    TimeInForce {
        /// Until cancelled.
        Gtc = "gtc",
        /// Until its timeout.
        Gtd = "gtd",
        /// What cannot be had at once is cancelled.
        Ioc = "ioc",
        /// All at once, or not at all.
        Fok = "fok",
    }
}

text_enum! {
    /// Who gave the liquidity.
    Liquidity {
        /// This order rested.
        Maker = "maker",
        /// This order took.
        Taker = "taker",
    }
}

text_enum! {
    /// What a posting is for.
    PostingKind {
        /// Realised profit of a fill.
        Trade = "trade",
        /// Commission.
        Fee = "fee",
        /// Funding payment.
        Funding = "funding",
        /// Interest on what is owed.
        Borrow = "borrow",
        /// What a liquidation takes besides the fee.
        Liquidation = "liquidation",
        /// What a liquidation left below zero, which the venue bears.
        Insurance = "insurance",
        /// Money put in.
        Deposit = "deposit",
    }
}

text_enum! {
    /// What a position is valued at.
    MarkSource {
        /// Middle of the best bid and ask.
        Mid = "mid",
        /// The last trade.
        Last = "last",
    }
}

text_enum! {
    /// What was wrong with the data.
    QualityKind {
        /// Updates of a book are missing.
        Gap = "gap",
        /// Bid at or above ask.
        Crossed = "crossed",
        /// No update for too long.
        Stale = "stale",
        /// The venue's clock and ours disagree.
        Skew = "skew",
        /// Arrived behind what its partition had already passed.
        Late = "late",
        /// The same record again.
        Duplicate = "duplicate",
        /// Far from its neighbours.
        Outlier = "outlier",
        /// A candle that reaches beyond a bar that it would be part of.
        Misfit = "misfit",
    }
}

record! {
    /// A bar over [open_ts, close_ts).
    Bar {
        /// name in the job file
        name: Text,
        /// what it was built from
        origin: Text,
        /// which clock cut it
        clock: Clock,
        /// start, included
        open_ts: EventTime,
        /// end, excluded
        close_ts: EventTime,
        /// first price
        open: Price,
        /// highest price
        high: Price,
        /// lowest price
        low: Price,
        /// last price
        close: Price,
        /// sum of quantities
        volume: Quantity,
        /// sum of price times quantity times multiplier, from integers; null from candles
        notional: f64,
        /// volume of trades whose aggressor bought; 0 from candles that do not say it
        buy_volume: Quantity,
        /// number of trades; 0 from candles that do not say it
        trades: u64,
        /// sum of price times quantity over volume, divided once; null from candles
        vwap: f64,
        /// without a trade: carries the last close
        empty: bool,
        /// made while data was missing
        tainted: bool,
    }
}

record! {
    /// Head of the `readings` table; the job's columns stand before `tainted`.
    Readings {
        /// made while data was missing
        tainted: bool,
    }
}

record! {
    /// A change of a strategy's target, or of what it wants to quote on a side.
    Signal {
        /// strategy
        strategy: Text,
        /// direction of the change; of a quote, its side
        side: Option<Side>,
        /// wanted position, signed; of a quote, what its side is to have at work
        target: Quantity,
        /// the target as a fraction of the full size, signed
        strength: f64,
        /// mid or last price when decided; of a quote, the price of its first order
        price: Option<Price>,
        /// which rule spoke: of a quote bid, ask or pull
        reason: Text,
        /// digests of the models behind it
        model_digest: Option<Text>,
    }
}

record! {
    /// A transition of an order.
    OrderEvent {
        /// account
        account: Text,
        /// strategy
        strategy: Text,
        /// id, derived from the order key of the decision
        order_id: Text,
        /// order that this one replaces
        parent_id: Option<Text>,
        /// what happened
        event: OrderStage,
        /// side
        side: Side,
        /// how it meets the market
        kind: OrderKind,
        /// how long it works
        time_in_force: TimeInForce,
        /// quantity wanted
        quantity: Quantity,
        /// worst price accepted
        limit_price: Option<Price>,
        /// price at which it becomes active
        trigger_price: Option<Price>,
        /// state after the event: pending, working, done
        status: Text,
        /// executed so far
        filled_quantity: Quantity,
        /// average price so far, for display
        average_price: f64,
        /// when the strategy decided
        decided_ts: EventTime,
        /// when it reached the venue
        arrived_ts: Option<EventTime>,
        /// when the strategy knew of this event
        acknowledged_ts: Option<EventTime>,
        /// why, in words
        reason: Option<Text>,
    }
}

record! {
    /// An execution.
    Fill {
        /// account
        account: Text,
        /// strategy
        strategy: Text,
        /// order
        order_id: Text,
        /// id, derived from the order key
        fill_id: Text,
        /// side of the order
        side: Side,
        /// execution price
        price: Price,
        /// executed quantity
        quantity: Quantity,
        /// commission paid
        fee: Money,
        /// currency of the commission
        fee_currency: Text,
        /// who gave the liquidity
        liquidity: Liquidity,
        /// model that decided the execution
        fill_model: Text,
        /// quantity that stood before this order when it was filled
        queue_ahead: Option<Quantity>,
        /// the venue's time of the record that caused it
        exchange_ts: Option<EventTime>,
        /// mid price at the decision
        decision_mid: f64,
        /// spread at the decision
        decision_spread: f64,
        /// mid price at the arrival
        arrival_mid: f64,
        /// spread at the arrival
        arrival_spread: f64,
        /// mid price at the fill
        fill_mid: f64,
        /// spread at the fill
        fill_spread: f64,
    }
}

record! {
    /// What the market did after an execution; made when the horizon is over, and never for one
    /// that the input does not reach.
    Markout {
        /// account
        account: Text,
        /// strategy
        strategy: Text,
        /// execution
        fill_id: Text,
        /// side of the order
        side: Side,
        /// who gave the liquidity
        liquidity: Liquidity,
        /// time since the execution, as in 10s
        horizon: Text,
        /// the same in nanoseconds
        horizon_ns: u64,
        /// middle of best bid and ask as received before that; the last trade where nothing is
        /// quoted; null while the market is void or crossed
        mid: f64,
        /// which of the two it is
        mid_source: Option<MarkSource>,
        /// mid less execution price, of a sale the other way round: above 0 is good
        r#move: f64,
        /// the same in money, for the executed quantity
        worth: Option<Money>,
        /// worth without what the execution price was away from the mid at the execution
        drift: Option<Money>,
        /// currency of both
        currency: Text,
        /// worse than the job's bar for toxic fills; null at other horizons, and where that is not
        /// known
        toxic: Option<bool>,
    }
}

record! {
    /// A posting to an account.
    Posting {
        /// account
        account: Text,
        /// currency
        currency: Text,
        /// what for
        kind: PostingKind,
        /// amount, signed, rounded once half to even
        amount: Money,
        /// what it belongs to (fill_id)
        r#ref: Option<Text>,
    }
}

record! {
    /// A position after a change.
    Position {
        /// account
        account: Text,
        /// signed quantity
        quantity: Quantity,
        /// average price of what is open, for display
        average_price: f64,
        /// realised since the start, fees not included
        realised_pnl: Money,
        /// worth at the mark less its cost
        unrealised_pnl: Money,
        /// fees since the start
        fees: Money,
        /// price that it is valued at
        mark: Option<Price>,
        /// where the mark comes from
        mark_source: Option<MarkSource>,
        /// settlement currency
        currency: Text,
    }
}

record! {
    /// An account's state; cash is the sum of its ledger, equity = cash + unrealised.
    Portfolio {
        /// account
        account: Text,
        /// currency of the amounts
        currency: Text,
        /// sum of the ledger
        cash: Money,
        /// cash + unrealised
        equity: Money,
        /// realised since the start, fees not included
        realised: Money,
        /// sum over open positions
        unrealised: Money,
        /// fees since the start
        fees: Money,
        /// funding since the start
        funding: Money,
        /// loss from the highest equity, as a fraction of it
        drawdown: f64,
        /// sum of absolute position values
        gross_exposure: Money,
        /// sum of signed position values
        net_exposure: Money,
        /// margin in use
        margin: Money,
    }
}

record! {
    /// A stretch of doubtful data.
    Quality {
        /// what was wrong
        kind: QualityKind,
        /// from when
        from_ts: EventTime,
        /// until when
        to_ts: EventTime,
        /// how often
        count: u64,
    }
}

record! {
    /// A record that could not be used.
    Reject {
        /// where it failed: decode, order
        stage: Text,
        /// source
        source: Text,
        /// file:line or topic-partition@offset
        origin: Text,
        /// why, in words
        reason: Text,
        /// the record, at most 4 KiB of it
        raw: Text,
    }
}

/// What a record that could not be used is cut to.
pub const RAW_LIMIT_BYTES: usize = 4096;

/// Cuts text to [`RAW_LIMIT_BYTES`] at a character's start.
pub fn cut_raw(text: &str) -> &str {
    &text[..text.floor_char_boundary(RAW_LIMIT_BYTES)]
}
