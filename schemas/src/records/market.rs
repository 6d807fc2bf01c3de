//! What comes in: market data as the venue published it.

use crate::{EventTime, Price, Quantity, Text, record, text_enum};

text_enum! {
    /// A side; of a trade, the aggressor's.
    Side {
        /// Buys.
        Buy = "buy",
        /// Sells.
        Sell = "sell",
    }
}
impl Side {
    /// +1 for a buyer, -1 for a seller.
    pub fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }
    /// The other side.
    pub fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }
    /// The side that a signed quantity trades on.
    pub fn of(signed: i64) -> Side {
        if signed < 0 { Side::Sell } else { Side::Buy }
    }
}

text_enum! {
    /// How a trade came about.
    TradeKind {
        /// An ordinary trade.
        Market = "market",
        /// A forced close.
        Liquidation = "liquidation",
        /// Auto-deleveraging.
        Adl = "adl",
        /// An auction.
        Auction = "auction",
    }
}

text_enum! {
    /// What a book row does to its level.
    Action {
        /// The level now has this quantity.
        Set = "set",
        /// The level is gone.
        Delete = "delete",
        /// The whole book is void; a snapshot follows.
        Clear = "clear",
        /// The message changes no level; the row stands for its update ids.
        Nothing = "nothing",
        /// Something is missing or the venue's checksum does not hold: the book is void until a
        /// snapshot.
        Gap = "gap",
    }
}

text_enum! {
    /// What a row about an order does.
    OrderAction {
        /// The order comes, behind all at its price; one of its id that was there is gone.
        Add = "add",
        /// The order has this price and quantity from now on. It keeps its place if the price
        /// is the same and the quantity not greater, and else goes behind all.
        Modify = "modify",
        /// So much of the order goes.
        Cancel = "cancel",
        /// So much of the order is executed. What takes it out of the book follows.
        Fill = "fill",
        /// No order rests any more; those that do follow in the same message.
        Clear = "clear",
        /// No order changes; the row ends its message.
        Nothing = "nothing",
        /// Something is missing: the book is void until it is cleared.
        Gap = "gap",
    }
}

text_enum! {
    /// Where a best bid and offer comes from.
    QuoteOrigin {
        /// Published by the venue.
        Feed = "feed",
        /// The top of the book rebuilt from `book_deltas`, at the end of each message.
        Book = "book",
    }
}

record! {
    /// A trade as printed by the venue.
    Trade {
        /// receive time as stamped by the collector
        recv_ts: EventTime,
        /// the venue's time of the trade
        exchange_ts: Option<EventTime>,
        /// the venue's id of the trade
        trade_id: Text,
        /// price for one unit
        price: Price,
        /// quantity in base currency or contracts
        quantity: Quantity,
        /// the aggressor's side; null if unknown
        side: Option<Side>,
        /// how it came about
        kind: TradeKind,
        /// trade_id of the trade that this one corrects
        corrects: Option<Text>,
    }
}

record! {
    /// The best bid and offer.
    Quote {
        /// receive time as stamped by the collector
        recv_ts: EventTime,
        /// the venue's time
        exchange_ts: Option<EventTime>,
        /// where it comes from
        origin: QuoteOrigin,
        /// the venue's update id
        update_id: Option<u64>,
        /// best bid; null if there is none
        bid_price: Option<Price>,
        /// quantity at the best bid
        bid_quantity: Option<Quantity>,
        /// best ask; null if there is none
        ask_price: Option<Price>,
        /// quantity at the best ask
        ask_quantity: Option<Quantity>,
    }
}

record! {
    /// One level of one message about an L2 book: a change, or a line of a snapshot.
    BookDelta {
        /// receive time as stamped by the collector
        recv_ts: EventTime,
        /// the venue's time
        exchange_ts: Option<EventTime>,
        /// first update id of the message
        first_update_id: Option<u64>,
        /// last update id of the message before, where the venue says it
        previous_update_id: Option<u64>,
        /// last update id of the message
        update_id: Option<u64>,
        /// what happens to the level
        action: Action,
        /// side of the level; null for clear, nothing and gap
        side: Option<Side>,
        /// price of the level; null for clear, nothing and gap
        price: Option<Price>,
        /// quantity at the level from now on; null for clear, nothing and gap
        quantity: Option<Quantity>,
        /// part of a snapshot
        snapshot: bool,
        /// ends the message: only now is the book to be looked at
        last: bool,
    }
}

record! {
    /// A change of one order of an L3 book, or a line of a snapshot.
    BookOrder {
        /// receive time as stamped by the collector
        recv_ts: EventTime,
        /// the venue's time
        exchange_ts: Option<EventTime>,
        /// what happens to the order
        action: OrderAction,
        /// the venue's id of the order; null for clear, nothing and gap
        order_id: Option<u64>,
        /// its place at its price, less being earlier, where the venue says it; else the orders
        /// stand as they came
        priority: Option<u64>,
        /// side of the order; null for clear, nothing and gap
        side: Option<Side>,
        /// price of the order, of a fill that of the execution; null for clear, nothing and gap
        price: Option<Price>,
        /// quantity from now on of add and modify, how much of it of cancel and fill; null for
        /// clear, nothing and gap
        quantity: Option<Quantity>,
        /// ends the message: only now are levels to be looked at
        last: bool,
    }
}

record! {
    /// A bar that the venue publishes, placed by when it is over.
    Candle {
        /// receive time as stamped by the collector; the end where nobody stamped it
        recv_ts: EventTime,
        /// start
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
        /// quantity traded
        volume: Quantity,
        /// quantity of trades whose aggressor bought
        buy_volume: Option<Quantity>,
        /// number of trades
        trades: Option<u64>,
    }
}

record! {
    /// A piece of news, placed by when it was first seen.
    News {
        /// receive time as stamped by the collector: when it was first seen
        recv_ts: EventTime,
        /// who published it
        source: Text,
        /// when it says it was published
        published_ts: Option<EventTime>,
        /// headline
        headline: Text,
        /// text
        body: Option<Text>,
        /// address
        url: Option<Text>,
    }
}

record! {
    /// A funding rate: what is paid at `next_ts`, or without it, what is settled now.
    Funding {
        /// receive time as stamped by the collector
        recv_ts: EventTime,
        /// the venue's time
        exchange_ts: Option<EventTime>,
        /// paid by longs to shorts, as a fraction of notional
        rate: f64,
        /// mark price at settlement
        mark_price: Option<Price>,
        /// when it is due; none at the settlement itself
        next_ts: Option<EventTime>,
    }
}

record! {
    /// A named number.
    Metric {
        /// receive time as stamped by the collector
        recv_ts: EventTime,
        /// the time that it is about
        exchange_ts: Option<EventTime>,
        /// name
        name: Text,
        /// value
        value: f64,
    }
}
